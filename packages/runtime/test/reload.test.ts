import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ScriptedProvider, settlePromises, VirtualClock } from '@antiphon/testing';
import { createModuleLoader } from '@antiphon/tools';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type CreateAntiphonOptions, createAntiphon } from '../src/create-antiphon.ts';
import type { ReloadReport } from '../src/reload/reloader.ts';

let folder: string;
/** What plugins did, for they are code of another realm. */
const deeds = globalThis as unknown as { reloadDeeds: string[] };

// The first import of TypeScript loads a compiler.
beforeAll(async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'antiphon-reload-')), 'a.ts');
  writeFileSync(file, 'export default {};');
  await createModuleLoader()(file);
  rmSync(dirname(file), { recursive: true });
}, 60_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antiphon-reload-'));
  deeds.reloadDeeds = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const agentFile = (more: Readonly<Record<string, string>> = {}) => `version: 1
plugins: [./shop.ts, ./bank.js]
tools:
  uname: { description: The system, parameters: {}, command: { run: [uname] } }
agents:
  desk:
    instructions: ${more['instructions'] ?? 'You keep a shop.'}
    voice: ${more['voice'] ?? 'marin'}
    output_modalities: [text]
    tools: [${more['tools'] ?? 'price, rate, uname'}]
${more['agent'] ?? ''}`;

/** As a copy of the package makes them, without the time that it takes to compile one. */
const kit = `const [plugin, tool] = [Symbol.for('antiphon.plugin'), Symbol.for('antiphon.tool')];
const definePlugin = (options) => ({ [plugin]: true, config: undefined, ...options });
const defineTool = (options) => ({ [tool]: true, settings: {}, ...options });`;

const shop = (answer: string, name = 'price') => `
${kit}
import { unit } from './unit.ts';
export default definePlugin({
  name: 'shop',
  setup(ctx) {
    reloadDeeds.push('open ${answer}');
    ctx.onClose(() => void reloadDeeds.push('close ${answer}'));
    ctx.tool(defineTool({ name: '${name}', description: 'A price', input: { type: 'object', properties: {} }, execute: () => '${answer} ' + unit }));
  },
});
declare const reloadDeeds: string[];
`;

const bank = `
${kit}
import { rate } from './rate.js';
export default definePlugin({
  name: 'bank',
  setup(ctx) {
    reloadDeeds.push('open bank ' + rate);
    ctx.onClose(() => void reloadDeeds.push('close bank ' + rate));
    ctx.tool(defineTool({ name: 'rate', description: 'A rate', input: { type: 'object', properties: {} }, execute: () => rate }));
  },
});
`;

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** A runtime on real files, whose model agrees to everything. */
async function runtime(more: Partial<CreateAntiphonOptions> = {}) {
  write({
    'agents.yaml': agentFile(),
    'shop.ts': shop('ten'),
    'unit.ts': "export const unit: string = 'euros';",
    'bank.js': bank,
    'rate.js': 'export const rate = 2;',
    'package.json': '{"type":"module"}',
  });
  const provider = new ScriptedProvider();
  const antiphon = await createAntiphon({
    config: join(folder, 'agents.yaml'),
    providers: { local: provider },
    env: {},
    ...more,
  });
  onTestFinished(() => antiphon.close());
  return { antiphon, provider };
}

const call = async (
  session: { callTool(name: string, input: object): Promise<{ output: unknown }> },
  name: string,
) => (await session.callTool(name, {})).output;

/** What changed, and when it holds. */
const told = ({ changes }: ReloadReport) =>
  changes.map(({ place, change, applies }) => [place, change, applies]);

describe('reload', { timeout: 30_000 }, () => {
  it('changes nothing where nothing has changed, and sets nothing up again', async () => {
    const { antiphon } = await runtime();
    expect(await antiphon.reload()).toEqual({ status: 'unchanged', changes: [], problems: [] });
    expect(deeds.reloadDeeds).toEqual(['open ten', 'open bank 2']);
  });

  it('gives new instructions to sessions under way, from their next response on, and the rest to new ones', async () => {
    const { antiphon, provider } = await runtime();
    const session = await antiphon.startSession();
    const first = provider.server;
    write({
      'agents.yaml': agentFile({
        instructions: 'You keep a bank.',
        voice: 'cedar',
        tools: 'rate',
        agent: '  vault: { instructions: You are a vault., tools: [rate] }\n',
      }).replace('version: 1', 'version: 1\ndefault_agent: desk'),
    });
    const report = await antiphon.reload();
    expect(report.status).toBe('applied');
    expect(told(report)).toEqual([
      ['agents.desk.instructions', 'changed', 'next_turn'],
      ['agents.desk.voice', 'changed', 'new_connection'],
      ['agents.desk.tools', 'changed', 'next_session'],
      ['agents.vault', 'added', 'now'],
    ]);
    expect(report.changes[0]?.at).toMatch(/agents\.yaml:8:5$/);
    await settlePromises();
    // The instructions at once, the voice with another connection.
    const updates = first.of('session.update').map(({ session: settings }) => settings);
    expect(updates.at(-1)).toMatchObject({ instructions: 'You keep a bank.' });
    expect((updates.at(-1) as { tools: object[] }).tools).toHaveLength(3);
    expect(provider.servers).toHaveLength(2);
    expect(provider.server.of('session.update').at(-1)?.session).toMatchObject({
      instructions: 'You keep a bank.',
      audio: { output: { voice: 'cedar' } },
      tools: [{}, {}, {}],
    });
    expect(await call(session, 'price')).toBe('ten euros');

    await antiphon.startSession();
    expect(provider.server.of('session.update').at(-1)?.session).toMatchObject({
      instructions: 'You keep a bank.',
      tools: [{ name: 'rate' }],
    });
    expect(antiphon.agentNames).toEqual(['desk', 'vault']);
    // Nothing of the plugins has changed: they serve both programs.
    expect(deeds.reloadDeeds).toEqual(['open ten', 'open bank 2']);
  });

  it.each<[string, Readonly<Record<string, string>>, string, string, string]>([
    ['a plugin', { 'shop.ts': shop('twelve') }, 'plugin shop', 'price', 'twelve euros'],
    ['what it imports', { 'unit.ts': "export const unit = 'francs';" }, 'plugin shop', 'price', 'ten francs'],
    [
      'JavaScript that Node has imported',
      { 'rate.js': 'export const rate = 3;' },
      'plugin bank',
      'rate',
      '3',
    ],
  ])('reads %s anew, for new sessions; the old one is closed with its last session', async (...row) => {
    const [, files, place, tool, answer] = row;
    const { antiphon } = await runtime();
    const old = await antiphon.startSession();
    const before = String(await call(old, tool));
    write(files);
    const report = await antiphon.reload();
    expect(report).toMatchObject({ status: 'applied', problems: [] });
    expect(report.changes).toContainEqual(
      expect.objectContaining({ place, change: 'changed', applies: 'next_session' }),
    );
    const fresh = await antiphon.startSession();
    expect([String(await call(old, tool)), String(await call(fresh, tool))]).toEqual([before, answer]);
    const closed = () => deeds.reloadDeeds.filter((deed) => deed.startsWith('close'));
    expect(closed()).toEqual([]);
    await old.close({ mode: 'cancel' });
    while (closed().length === 0) await settlePromises();
    expect(String(await call(fresh, tool))).toBe(answer);
    await antiphon.close();
    // Each was closed once for each time that it was opened.
    const opened = deeds.reloadDeeds.filter((deed) => deed.startsWith('open'));
    expect(
      closed()
        .map((deed) => deed.slice(6))
        .toSorted(),
    ).toEqual(opened.map((deed) => deed.slice(5)).toSorted());
  });

  it('lets a running call end in the plugin it began in', async () => {
    const { antiphon } = await runtime();
    let release: (answer: string) => void = () => {};
    (globalThis as unknown as { reloadGate: Promise<string> }).reloadGate = new Promise((resolve) => {
      release = resolve;
    });
    write({ 'shop.ts': shop('ten').replace("'ten ' + unit", 'globalThis.reloadGate') });
    await antiphon.reload();
    const session = await antiphon.startSession();
    const running = call(session, 'price');
    write({ 'shop.ts': shop('twelve') });
    expect((await antiphon.reload()).status).toBe('applied');
    expect(deeds.reloadDeeds.filter((deed) => deed === 'close ten')).toHaveLength(1);
    release('late, and right');
    expect(await running).toBe('late, and right');
  });

  it.each<[string, Readonly<Record<string, string>>, object[]]>([
    [
      'the file and a list of tools',
      { 'agents.yaml': agentFile({ instructions: '[1]', tools: 'prize' }) },
      [
        { line: 7, column: 19 },
        { line: 10, column: 13, code: 'tool.not_listed' },
      ],
    ],
    ['a plugin', { 'shop.ts': 'export default {' }, [{ line: 2, column: 11, code: 'tool.plugin_syntax' }]],
    [
      'a setup',
      { 'shop.ts': shop('nine').replace('reloadDeeds.push', 'nobody.push') },
      [{ line: 2, code: 'tool.plugin_setup_failed' }],
    ],
    ['a name that an agent needs', { 'shop.ts': shop('nine', 'cost') }, [{ code: 'tool.not_listed' }]],
  ])('refuses a mistake in %s, with its place, and goes on as it was', async (_what, files, problems) => {
    const { antiphon, provider } = await runtime();
    const session = await antiphon.startSession();
    write(files);
    const report = await antiphon.reload();
    expect(report.status).toBe('refused');
    expect(report.changes).toEqual([]);
    expect(report.problems).toMatchObject(problems);
    expect(await call(session, 'price')).toBe('ten euros');
    expect(await call(await antiphon.startSession(), 'price')).toBe('ten euros');
    expect(provider.closes).toBe(0);
    const open = new Set(deeds.reloadDeeds.filter((deed) => !deed.startsWith('close')));
    expect(open).toContain('open ten');
    expect(deeds.reloadDeeds).not.toContain('close ten');
    write({ 'agents.yaml': agentFile(), 'shop.ts': shop('eight') });
    expect((await antiphon.reload()).status).toBe('applied');
  });

  it('refuses a file that is gone, and anything after the close', async () => {
    const { antiphon } = await runtime();
    rmSync(join(folder, 'agents.yaml'));
    expect(await antiphon.reload()).toMatchObject({
      status: 'refused',
      problems: [{ code: 'config.file_not_found' }],
    });
    await antiphon.close();
    await expect(antiphon.reload()).rejects.toThrow(/closed/);
  });

  it('hides the secrets of the old program too, as long as it has sessions', async () => {
    const env: Record<string, string> = { KEY: 'first-secret-value' };
    const { antiphon } = await runtime({ env });
    const withKey = `${agentFile()}providers: { mine: { type: openai, base_url: "ws://127.0.0.1:9", api_key: "\${KEY}" } }
`;
    write({ 'agents.yaml': withKey.replace('voice: marin', 'voice: marin\n    provider: [local, mine]') });
    expect((await antiphon.reload()).status).toBe('applied');
    const session = await antiphon.startSession();
    env['KEY'] = 'second-secret-value';
    write({ 'agents.yaml': withKey.replace('voice: marin', 'voice: cedar\n    provider: [local, mine]') });
    expect((await antiphon.reload()).status).toBe('applied');
    expect(antiphon.redact('first-secret-value second-secret-value')).toBe('[secret:KEY] [secret:KEY]');
    await session.close({ mode: 'cancel' });
  });

  it('keeps providers, plugins and tools of the application, and closes each once', async () => {
    const { antiphon, provider } = await runtime({ clock: new VirtualClock() });
    const session = await antiphon.startSession();
    write({ 'agents.yaml': agentFile({ voice: 'cedar' }) });
    await antiphon.reload();
    await antiphon.startSession();
    await session.close({ mode: 'cancel' });
    await settlePromises();
    expect(provider.closes).toBe(0);
    await antiphon.close();
    expect(provider.closes).toBe(1);
    expect(deeds.reloadDeeds).toEqual(['open ten', 'open bank 2', 'close bank 2', 'close ten']);
  });
});

describe('watch', { timeout: 30_000 }, () => {
  it('takes up what is written, and says what is wrong with it', async () => {
    const reports: ReloadReport[] = [];
    let wake = (): void => {};
    const { antiphon } = await runtime({
      watch: true,
      onReload: (report) => {
        reports.push(report);
        wake();
      },
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
    const report = async (status: ReloadReport['status']): Promise<ReloadReport> => {
      for (;;) {
        const found = reports.find((each) => each.status === status);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    await report('unchanged');
    write({ 'agents.yaml': agentFile({ instructions: '[1]' }) });
    expect((await report('refused')).problems).toMatchObject([{ line: 7, column: 19 }]);
    write({ 'agents.yaml': agentFile(), 'unit.ts': "export const unit = 'francs';" });
    expect(told(await report('applied'))).toEqual([['plugin shop', 'changed', 'next_session']]);
    const session = await antiphon.startSession();
    expect(await call(session, 'price')).toBe('ten francs');
  });

  it('takes up what is written into a file behind a link', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    write({ 'elsewhere/unit.ts': "export const unit = 'francs';" });
    symlinkSync(join(folder, 'elsewhere/unit.ts'), join(folder, 'unit.ts'));
    let seen = (_status: ReloadReport['status']): void => {};
    const next = (status: ReloadReport['status']) =>
      new Promise<void>((resolve) => {
        seen = (each) => each === status && resolve();
      });
    const watched = next('unchanged');
    const { antiphon } = await runtime({ watch: true, onReload: ({ status }) => seen(status) });
    await watched;
    const applied = next('applied');
    write({ 'elsewhere/unit.ts': "export const unit = 'crowns';" });
    await applied;
    expect(await call(await antiphon.startSession(), 'price')).toBe('ten crowns');
  });

  it.each([
    ['the folder of a plugin', 'current', 'releases/two'],
    ['what that leads to', 'stable', 'releases/two'],
  ])('takes up another link in the place of %s', async (_what, link, target) => {
    for (const [release, unit] of [
      ['one', 'euros'],
      ['two', 'crowns'],
    ]) {
      mkdirSync(join(folder, `releases/${release}`), { recursive: true });
      write({
        [`releases/${release}/shop.ts`]: shop('ten'),
        [`releases/${release}/unit.ts`]: `export const unit = '${unit}';`,
      });
    }
    symlinkSync('releases/one', join(folder, 'stable'));
    symlinkSync('stable', join(folder, 'current'));
    // Links are swapped where no file is watched.
    mkdirSync(join(folder, 'agents'));
    write({
      'agents/agents.yaml': agentFile({ tools: 'price' }).replace(
        /plugins: .*/,
        'plugins: [../current/shop.ts]',
      ),
    });
    let seen = (_status: ReloadReport['status']): void => {};
    const next = (status: ReloadReport['status']) =>
      new Promise<void>((resolve) => {
        seen = (each) => each === status && resolve();
      });
    const watched = next('unchanged');
    const antiphon = await createAntiphon({
      config: join(folder, 'agents/agents.yaml'),
      providers: { local: new ScriptedProvider() },
      env: {},
      watch: true,
      onReload: ({ status }) => seen(status),
    });
    onTestFinished(() => antiphon.close());
    await watched;
    const swapped = next('applied');
    symlinkSync(target, join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, link));
    await swapped;
    expect(await call(await antiphon.startSession(), 'price')).toBe('ten crowns');
    const written = next('applied');
    write({ 'releases/two/unit.ts': "export const unit = 'francs';" });
    await written;
    expect(await call(await antiphon.startSession(), 'price')).toBe('ten francs');
  });
});
