import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeWav, resample } from '@antiphon/audio';
import { createSpeechEngineStages } from '@antiphon/local';
import { afterAll, describe, expect, it } from 'vitest';
import { askHost } from '../examples/embed/hello.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = join(root, 'packages/cli/dist/main.js');
const folder = mkdtempSync(join(tmpdir(), 'antiphon-examples-'));
const run = promisify(execFile);

async function antiphon(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [command, ...args], { cwd: root });
  return stdout;
}

/** The same, started at the given moment. */
async function antiphonAt(moment: string, ...args: readonly string[]): Promise<string> {
  const shiftedClock = `
    const shiftMs = Date.parse(${JSON.stringify(moment)}) - Date.now();
    globalThis.Date = class extends Date {
      static now() { return super.now() + shiftMs; }
      constructor(...parts) { super(...(parts.length === 0 ? [new.target.now()] : parts)); }
    };`;
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(shiftedClock)}`];
  const { stdout } = await run(process.execPath, [...preload, command, ...args], { cwd: root });
  return stdout;
}

interface Summary {
  readonly status: string;
  readonly turns: readonly {
    readonly user: { readonly transcript: string };
    readonly agent: { readonly transcript: string; readonly items: readonly { readonly file: string }[] };
    readonly tool_calls: readonly {
      readonly name: string;
      readonly arguments: unknown;
      readonly status: string;
    }[];
  }[];
}

function summaryOf(stdout: string): Summary {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Summary;
}

/** What a recogniser that knows nothing of the conversation hears in each file. */
async function hearFiles(paths: readonly string[]): Promise<readonly string[]> {
  const stages = await createSpeechEngineStages({ sttModel: 'base' });
  try {
    const clips = paths.map((path) => decodeWav(readFileSync(path)));
    return await Promise.all(
      clips.map(({ samples, sampleRateHz }) =>
        stages.recognizer.transcribe(resample(samples, { fromHz: sampleRateHz, toHz: 16_000 })),
      ),
    );
  } finally {
    await stages.close();
  }
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the examples', () => {
  it.each([
    'agents.yaml',
    'examples/weather/agents.yaml',
    'examples/reception/agents.yaml',
    'examples/parcels/agents.yaml',
  ])('%s is sound', async (file) => {
    expect(await antiphon('check', file)).toContain('is sound');
  });

  it('npm start: three spoken questions, each answered with a tool', async () => {
    const questions = readdirSync(join(root, 'examples/questions')).sort();
    const files = questions.map((name) => `examples/questions/${name}`);
    const args = ['run', ...files, '--out', join(folder, 'start'), '--json'];
    const summary = summaryOf(await antiphonAt('2026-11-24T22:16:05Z', ...args));
    expect(summary.status).toBe('completed');
    expect(summary.turns.flatMap((turn) => turn.tool_calls)).toMatchObject([
      { name: 'current_time', arguments: { place: 'Tokyo' }, status: 'completed' },
      { name: 'calculate', status: 'completed' },
      { name: 'set_timer', arguments: { duration_seconds: 600 }, status: 'completed' },
    ]);
    expect(summary.turns.map((turn) => turn.agent.transcript)).toEqual([
      'It is 7:16 AM in Tokyo.',
      expect.stringMatching(/1,?435/),
      expect.stringMatching(/10 minutes/),
    ]);
    const answers = summary.turns.flatMap(({ agent }) =>
      agent.items.map(({ file }) => join(folder, 'start', file)),
    );
    expect(await hearFiles(answers)).toEqual([
      expect.stringMatching(/it is (7:?16|seven sixteen),? a\.? ?m\.?,? in tokyo/i),
      expect.stringMatching(/1,?435|one thousand four hundred (and )?thirty[ -]five/i),
      expect.stringMatching(/(10|ten) minutes/i),
    ]);
  });

  it('the weather agent answers from its own plugin, greets, and takes a note', async () => {
    const summary = summaryOf(
      await antiphon(
        'run',
        '--config',
        'examples/weather/agents.yaml',
        '--text',
        'How is the weather in Rome?',
        '--text',
        'Take a note that it is sunny',
        '--out',
        join(folder, 'weather'),
        '--json',
      ),
    );
    expect(summary.turns[0]?.agent.transcript).toBe('It is 22 degrees in Rome.');
    expect(summary.turns[1]?.tool_calls).toMatchObject([{ name: 'take_note', status: 'completed' }]);
  });

  it('the reception hands over to billing, which answers, and its guardrail holds', async () => {
    const said = [
      'When are you open?',
      'Connect me to billing',
      'How much do I owe on invoice 4711?',
      'My card number is 4111 1111 1111 1111',
    ];
    const stdout = await antiphon(
      'run',
      '--config',
      'examples/reception/agents.yaml',
      ...said.flatMap((text) => ['--text', text]),
      '--out',
      join(folder, 'reception'),
      '--json',
    );
    const summary = summaryOf(stdout);
    expect(summary.status).toBe('completed');
    expect(summary.turns.map((turn) => turn.agent.transcript)).toEqual([
      'We are open from Monday to Friday, eight to five.',
      'You are talking to billing now.',
      'On invoice 4711 85 euros are open.',
      'Please tell no card numbers on the phone.',
    ]);
    expect(summary.turns.flatMap((turn) => turn.tool_calls)).toMatchObject([
      { name: 'opening_hours', status: 'completed' },
      { name: 'transfer_to_billing', status: 'completed' },
      { name: 'open_amount', arguments: { invoice: 4711 }, status: 'completed' },
    ]);
    const types = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(expect.arrayContaining(['agent_changed', 'guard_tripped']));
  });

  it('the parcel desk answers from a program and a locked server', async () => {
    const said = ['Where is parcel 12', 'Where is parcel 99', 'When does the depot in Leeds open'];
    const out = join(folder, 'parcels');
    const texts = said.flatMap((text) => ['--text', text]);
    const args = ['run', '--config', 'examples/parcels/agents.yaml', ...texts, '--out', out, '--json'];
    const summary = summaryOf(await antiphon(...args));
    expect(summary.turns.map((turn) => turn.agent.transcript)).toEqual([
      'Parcel 12 is in Leeds and comes on Friday.',
      expect.stringContaining('There is no parcel with that number.'),
      'The depot in Leeds is open from eight to six.',
    ]);
  });

  it('the embedding example answers in text', async () => {
    expect(await askHost('Say hello to Ada')).toBe('Hello, Ada!');
  });

  it('the line for editors names a schema that is there', () => {
    const [first = ''] = readFileSync(join(root, 'agents.yaml'), 'utf8').split('\n');
    expect(first).toBe('# yaml-language-server: $schema=./agents.schema.json');
    expect(JSON.parse(readFileSync(join(root, 'agents.schema.json'), 'utf8'))).toHaveProperty('properties');
  });
});
