// Plugins that run apart from the process and mean it no good.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const kit = `import { defineTool, toolResult } from '@antiphon/tools';
const tool = (name, timeoutMs, execute) =>
  defineTool({ name, description: 'Does ' + name, input: { type: 'object' }, timeoutMs, execute });
const circular = {};
circular.self = circular;
const secret = () => { throw new Error('secret of the house'); };
`;

/** The code of a tool, and what its output has to be. */
type Deed = readonly [code: string, output: RegExp];

const failed = /"tool\.failed"/;
const invalid = /"tool\.output_invalid"/;
/** Its time was over, perhaps before its arguments were checked: others of its round hold up the process. */
const late = /"tool\.(timed_out|not_ready)"/;
const any = /"error"/;

/** What is answered by itself. */
const calm: Readonly<Record<string, Deed>> = {
  good: [`() => 'fine'`, /^"?fine"?$/],
  split: [
    `(_, c) => { c.report({ early: 1 }); c.progress(1); return toolResult({ model: 'seen', ui: 'only the screen' }); }`,
    /^"?seen"?$/,
  ],
  throw: ['secret', failed],
  huge: [`() => 'x'.repeat(3_000_000)`, /^"?x{200}/],
  circular: ['() => circular', invalid],
  bigint: ['() => ({ n: 1n })', invalid],
  nothing: ['() => undefined', /^null$/],
  proto: [`() => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')`, /./],
  getter: [`() => Object.defineProperty({}, 'x', { enumerable: true, get: secret })`, any],
  thenable: [`() => new Proxy({}, { get: (_, key) => (key === 'then' ? secret() : undefined) })`, failed],
  deep: [`() => JSON.parse('['.repeat(5_000) + ']'.repeat(5_000))`, any],
  forged: [`() => ({ $antiphon_tool_result: { model: 'seen', ui: {} } })`, /seen/],
};

/** What stops a process, or all that runs in it. */
const fatal: Readonly<Record<string, Deed>> = {
  hang: ['() => new Promise(() => {})', any],
  loop: ['() => { for (;;); }', late],
  vast: [`() => JSON.stringify(['x'.repeat(5e8)]).length`, any],
  flood: [`(_, c) => { for (;;) { c.progress(1); c.report(1); c.log.info('x'); } }`, any],
};
const fatalToWorkers: Readonly<Record<string, Deed>> = {
  exit: ['() => process.exit(0)', any],
  crash: [`() => process.kill(process.pid, 'SIGSEGV')`, any],
  reject: ['() => { Promise.reject(secret); return new Promise(() => {}); }', any],
};
const ofSandboxes: Readonly<Record<string, Deed>> = {
  escape: [
    `() => [typeof process, typeof Buffer, secret.constructor('return typeof process')()]`,
    /^\["undefined","undefined","undefined"\]$/,
  ],
  inside: [`async () => (await fetch('http://127.0.0.1:PORT/trespass')).text()`, /"tool\.http_forbidden"/],
};

/** The tools of the two plugins: those of the worker begin with `w_`, those of the sandbox with `s_`. */
export interface HostilePlugins {
  readonly calm: readonly string[];
  readonly fatal: readonly string[];
  readonly outputs: ReadonlyMap<string, RegExp>;
}

/** Writes the plugins into a folder. */
export function writeHostilePlugins(folder: string, port: number): HostilePlugins {
  const all = {
    w: { calm, fatal: { ...fatal, ...fatalToWorkers } },
    s: { calm: { ...calm, ...ofSandboxes }, fatal },
  };
  const outputs = new Map<string, RegExp>();
  for (const [prefix, kinds] of Object.entries(all)) {
    const tools = Object.entries(kinds).flatMap(([kind, deeds]) =>
      Object.entries(deeds).map(([name, [code, output]]) => {
        outputs.set(`${prefix}_${name}`, output);
        return `tool('${prefix}_${name}', ${kind === 'calm' ? 10_000 : 400}, ${code})`;
      }),
    );
    const text = `${kit}export default [\n${tools.join(',\n')}\n];\n`;
    writeFileSync(join(folder, `${prefix}.mjs`), text.replaceAll('PORT', String(port)));
  }
  const named = (kind: 'calm' | 'fatal') =>
    Object.entries(all).flatMap(([prefix, kinds]) =>
      Object.keys(kinds[kind]).map((name) => `${prefix}_${name}`),
    );
  return { calm: named('calm'), fatal: named('fatal'), outputs };
}
