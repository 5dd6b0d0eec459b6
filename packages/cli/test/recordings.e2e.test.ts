import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeWav, encodeWav, floatToInt16 } from '@antiphon/audio';
import {
  FakeRealtimeServer,
  parseRecording,
  type RecordedItem,
  type RecordedSession,
  recordedAgent,
  recordedProvider,
  recordedSession,
  speechLike,
} from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderWith, type Summary, sharedData, summaryOf } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const folders = [
  join(sharedData, 'recordings'),
  fileURLToPath(new URL('../../testing/test/recordings/', import.meta.url)),
];

const sessions = folders.flatMap((folder) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.yaml') && !file.startsWith('gemini-'))
        .map((file) => {
          const name = file.slice(0, -'.yaml'.length);
          const recording = parseRecording(readFileSync(join(folder, file), 'utf8'), name);
          return { name, recording, recorded: recordedSession(recording) };
        })
    : [],
);

/** The command takes turn after turn: it gives no history, cuts nobody short and does not change its connection. */
const fit = sessions.filter(
  ({ recorded }) =>
    recorded.opening === 'introduced' &&
    recorded.seeds.length === 0 &&
    userItems(recorded).length > 0 &&
    recorded.actions.every(({ kind, moment }) => (kind === 'text' || kind === 'audio') && moment === 'quiet'),
);

/** A session takes a second: one recording for each service, way of speaking and use of tools. */
const table = [...new Map(fit.map((each) => [kindOf(each.recorded), each] as const)).values()];

function kindOf({ service, actions, outputs }: RecordedSession): string {
  return JSON.stringify([service, actions[0]?.kind, outputs.size > 0]);
}

let server: FakeRealtimeServer;
beforeEach(async () => {
  server = await FakeRealtimeServer.start({ timeoutMs: 8_000 });
});
afterEach(() => server.close());

describe('antiphon run holds a recorded conversation again', () => {
  it('of both dialects', () => {
    expect(new Set(table.map(({ recorded }) => recorded.dialect))).toEqual(new Set(['ga', 'beta']));
  });

  it.each(table)('$name', async ({ recording, recorded }) => {
    const folder = folderWith({
      'agents.yaml': JSON.stringify({
        version: 1,
        providers: { mine: recordedProvider(recorded, server.origin) },
        plugins: ['./tools.mjs'],
        agents: { a: recordedAgent(recorded, 'mine') },
      }),
      'tools.mjs': toolsFile(recorded),
      'turn.wav': encodeWav(speechLike({ durationMs: 800, sampleRateHz: 24_000 }), {
        sampleRateHz: 24_000,
        channels: 1,
      }),
    });
    const turns = userItems(recorded).flatMap((item) =>
      isTyped(item, recorded) ? ['--text', item.text] : ['@turn.wav'],
    );
    const [playback, ended] = await Promise.all([
      server.playRecording(recording),
      runHere(['run', ...turns, '--json', '--pace', 'fast', '--out', '@answers'], { folder }),
    ]);
    expect(ended.stderr).toBe('');
    expect(ended.exitCode).toBe(0);
    expect(playback.peers.flatMap(({ refused }) => refused)).toEqual([]);
    const summary = summaryOf(ended.stdout);
    expect(summary.status).toBe('completed');
    expectTurns(summary, recorded);
    expectFiles(summary, recorded, join(folder, 'answers'));
    const tokens = recorded.conversation.responses.map(({ usage }) => Number(usage['total_tokens'] ?? 0));
    expect(summary.usage['total_tokens'] ?? 0).toBe(tokens.reduce((sum, count) => sum + count, 0));
  });
});

type Message = Extract<RecordedItem, { kind: 'message' }>;

function userItems({ conversation }: RecordedSession): readonly Message[] {
  return conversation.items.filter(
    (item): item is Message => item.kind === 'message' && item.role === 'user',
  );
}

function isTyped({ text }: Message, { actions }: RecordedSession): boolean {
  return actions.some((action) => action.kind === 'text' && action.text === text);
}

/** A plugin whose tools return what the recorded client gave, by call. */
function toolsFile({ tools, outputs }: RecordedSession): string {
  return `
const outputs = new Map(${JSON.stringify([...outputs])});
const read = (text) => { try { return JSON.parse(text); } catch { return text; } };
export default {
  [Symbol.for('antiphon.plugin')]: true, name: 'recorded', config: undefined,
  setup(ctx) {
    for (const { name, description, parameters } of ${JSON.stringify(tools)})
      ctx.tool({ [Symbol.for('antiphon.tool')]: true, name, description: description || name, settings: {},
        input: parameters, execute: (_input, { call }) => read(outputs.get(call.id) ?? '') });
  },
};
`;
}

/** What follows each item of the user, up to the next. */
function expectTurns({ turns }: Summary, recorded: RecordedSession): void {
  const { items } = recorded.conversation;
  const users = userItems(recorded);
  expect(turns.map(({ user }) => user.transcript)).toEqual(users.map(({ text }) => text));
  for (const [index, turn] of turns.entries()) {
    const from = items.indexOf(users[index] as RecordedItem);
    const next = users[index + 1];
    const answer = items.slice(from + 1, next === undefined ? undefined : items.indexOf(next));
    const said = answer.flatMap((item) =>
      item.kind === 'message' && item.role === 'agent' && item.text !== '' ? [item.text] : [],
    );
    expect(turn.agent.transcript).toBe(said.join(' '));
    const calls = answer.flatMap((item) =>
      item.kind === 'function_call'
        ? [
            [
              item.callId,
              item.name,
              valueOf(item.argumentsJson),
              valueOf(recorded.outputs.get(item.callId) ?? ''),
            ],
          ]
        : [],
    );
    const made = turn.tool_calls.map((call) => [call.call_id, call.name, call.arguments, call.output]);
    expect(made.sort()).toEqual(calls.sort());
  }
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function expectFiles({ turns }: Summary, { conversation }: RecordedSession, folder: string): void {
  const files = turns.flatMap(({ agent }) => agent.items);
  const sounding = [...conversation.audio].filter(([, bytes]) => bytes.length > 1);
  expect(files.map(({ id }) => id).sort()).toEqual(sounding.map(([id]) => id).sort());
  for (const { id, file } of files) {
    const bytes = conversation.audio.get(id) ?? new Uint8Array();
    const { samples, sampleRateHz, channels } = decodeWav(readFileSync(join(folder, file)));
    expect([id, sampleRateHz, channels]).toEqual([id, 24_000, 1]);
    const written = floatToInt16(samples);
    const whole = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
    expect(Buffer.from(written.buffer, written.byteOffset, written.byteLength).equals(whole)).toBe(true);
  }
}
