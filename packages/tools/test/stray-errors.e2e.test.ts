import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const built = (file: string): string => new URL(`../build/${file}`, import.meta.url).href;
const entry = built('stray-errors.js');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a module in a process of its own, with `own` for code of a tool and `logged` for what the log was told. */
function run(body: string): Promise<Ended> {
  const script = `
    import { containStrayErrors, runOwned } from ${JSON.stringify(entry)};
    const logged = [];
    const log = { error: (message, { stack, ...fields }) => logged.push(fields) };
    const own = (code) => runOwned({ log, names: { tool: 'late' } }, code);
    const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    process.on('exit', () => console.log(JSON.stringify(logged)));
    ${body}`;
  const args = ['--input-type=module', '--eval', script];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: fileURLToPath(new URL('..', import.meta.url)) },
      (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: out.trim(), err }),
    );
  });
}

describe.concurrent('an error that a tool leaves behind', () => {
  it.each([
    ['a promise that nobody awaits', 'void Promise.reject(new Error("lost"))'],
    [
      'an async function that nobody awaits',
      'void (async () => { await later(1); throw new Error("lost"); })()',
    ],
    ['a timer', 'setTimeout(() => { throw new Error("lost"); }, 1)'],
    ['a timer behind a timer', 'setTimeout(() => setTimeout(() => { throw new Error("lost"); }, 1), 1)'],
    [
      'a listener',
      'new AbortController().signal.addEventListener("abort", () => {}); const c = new AbortController(); c.signal.addEventListener("abort", () => { throw new Error("lost"); }); setTimeout(() => c.abort(), 1)',
    ],
  ])('in %s is logged as its, and the process lives', async (_where, code) => {
    const ended = await run(
      `containStrayErrors(); own(() => { ${code}; }); await later(20); console.log('lives');`,
    );
    expect(ended).toMatchObject({ code: 0, out: 'lives\n[{"tool":"late","error":"Error: lost"}]' });
  });

  it.each([
    ['a check of its health', 'ctx.health(wait)', 'scope.health.checks[0](stop.signal)'],
    ['what comes before a session', 'ctx.onSessionStart(wait)', 'scope.hooks.starts[0](told)'],
    ['what comes after a session', 'ctx.onSessionEnd(wait)', 'scope.hooks.ends[0](told)'],
    [
      'a guardrail',
      'ctx.guard({ name: "g", on: "input", check: (_, told) => wait(told) })',
      'scope.guards[0].check("", told)',
    ],
  ])(
    "in a listener of the signal of %s is logged as the plugin's, and the process lives",
    async (_what, add, start) => {
      const { code, out } = await run(`
      import { PluginScope } from ${JSON.stringify(built('plugin/plugin-scope.js'))};
      import { definePlugin } from ${JSON.stringify(built('define-plugin.js'))};
      const wait = (told) => {
        (told.signal ?? told).addEventListener('abort', () => { throw new Error('lost'); });
        return new Promise(() => {});
      };
      const letGo = containStrayErrors();
      const scope = await PluginScope.open(definePlugin({ name: 'crm', setup(ctx) { ${add}; } }), undefined, { log, limitMs: 1_000 });
      const stop = new AbortController();
      const told = { signal: stop.signal };
      void ${start};
      await later(5); stop.abort(); await later(5); console.log('lives'); letGo();`);
      expect({ code, out }).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^lives\n\[\{"plugin":"crm","error":"Error: lost"\}\]$/) as string,
      });
    },
  );

  it.each<[signal: string, end: string]>([
    ['its signal, when the call is cancelled', 'stop.abort()'],
    ['the signal of its session, when that closes', 'host.close()'],
  ])('in a listener of %s is logged, and the process lives', async (_signal, end) => {
    const { code, out } = await run(`
      import { createToolHost } from ${JSON.stringify(built('dispatch/tool-host.js'))};
      import { defineTool } from ${JSON.stringify(built('define-tool.js'))};
      import { buildRegistry } from ${JSON.stringify(built('registry.js'))};
      const throws = () => { throw new Error('lost'); };
      const wait = defineTool({ name: 'wait', description: 'x', input: { type: 'object' }, execute: (_, { signal, session }) => {
        (${JSON.stringify(end)} === 'stop.abort()' ? signal : session.signal).addEventListener('abort', throws);
        return new Promise(() => {});
      } });
      const { registry } = buildRegistry([{ tool: wait, origin: 'a test', where: {} }]);
      const clock = { nowMs: () => performance.now(), setTimer: (ms, fire) => { const timer = setTimeout(fire, ms); return () => clearTimeout(timer); } };
      const letGo = containStrayErrors();
      const host = createToolHost({ registry, agentTools: ['*'], clock, logger: { ...log, debug() {}, info() {}, warn() {} } });
      const stop = new AbortController();
      const call = host.call({ callId: 'c', name: 'wait', argumentsJson: '{}', sessionId: 's', agentName: 'a' }, stop.signal, {});
      await later(5); ${end}; const { status } = await call; await later(5); console.log(status); letGo();`);
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^cancelled\n\[\{.*"error":"Error: lost"\}\]$/) as string,
    });
  });

  it('is logged ten times and no more', async () => {
    const { out } = await run(`containStrayErrors();
      own(() => { for (let at = 0; at < 50; at += 1) void Promise.reject(new Error(String(at))); }); await later(5);`);
    const logged = JSON.parse(out) as readonly { readonly note?: string }[];
    expect(logged).toHaveLength(10);
    expect(logged.at(-1)?.note).toBe('more of them are not logged');
  });

  it.each([
    ['a rejection', 'void Promise.reject(new Error("not theirs"))'],
    ['an exception', 'setTimeout(() => { throw new Error("not theirs"); }, 1)'],
  ])('is no other: %s of other code ends the process, and says why', async (_what, code) => {
    const ended = await run(`containStrayErrors(); ${code}; await later(50); console.log('lives');`);
    expect(ended).toMatchObject({ code: 1, out: '[]' });
    expect(ended.err).toContain('Error: not theirs');
  });

  it('ends the process when nobody contains it, any more or yet', async () => {
    const code = `own(() => { setTimeout(() => { throw new Error('lost'); }, 1); }); await later(50); console.log('lives');`;
    expect(await run(code)).toMatchObject({ code: 1, out: '[]' });
    expect(
      await run(
        `const first = containStrayErrors(); const second = containStrayErrors(); first(); first(); await later(2); ${code}`,
      ),
    ).toMatchObject({ code: 0 });
    expect(
      await run(
        `const first = containStrayErrors(); const second = containStrayErrors(); first(); second(); await later(2); ${code}`,
      ),
    ).toMatchObject({ code: 1, out: '[]' });
  });

  it('is contained also when it was left right before letting go', async () => {
    const ended = await run(`const letGo = containStrayErrors();
      own(() => { void Promise.reject(new Error('lost')); }); letGo(); await later(20); console.log('lives');`);
    expect(ended).toMatchObject({ code: 0, out: 'lives\n[{"tool":"late","error":"Error: lost"}]' });
  });

  it('leaves errors of other code to the listeners that the process has', async () => {
    const ended = await run(`process.on('uncaughtException', (error) => console.log('heard', error.message));
      containStrayErrors(); void Promise.reject(new Error('one')); setTimeout(() => { throw new Error('two'); }, 5); await later(50);`);
    expect(ended).toMatchObject({ code: 0, out: 'heard one\nheard two\n[]' });
  });
});
