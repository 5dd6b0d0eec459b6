import { type ConsentWords, consentWords } from '@antiphon/core';
import { settlePromises, VirtualClock } from '@antiphon/testing';
import {
  type ApprovalDecision,
  type ApprovalRequest,
  type ApproveCall,
  createToolHost,
  defineTool,
  type Tool,
  type ToolSettings,
} from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { buildRegistry } from '../src/registry.ts';
import { memoryLogger } from './support/host.ts';

/** A host whose one tool pays, and needs to be agreed to. */
function payments(approve: ApproveCall | undefined, settings: ToolSettings = {}, words?: ConsentWords) {
  const paid: unknown[] = [];
  const tool = defineTool({
    name: 'pay',
    description: 'Pays',
    input: { type: 'object', properties: { to: { type: 'string' }, items: { type: 'array' } } },
    confirm: 'app',
    timeoutMs: 1_000,
    ...settings,
    execute: (input) => {
      paid.push(structuredClone(input));
      return 'paid';
    },
  }) as Tool;
  const { registry, problems } = buildRegistry([{ tool, origin: 'a test', where: {} }]);
  expect(problems).toEqual([]);
  const clock = new VirtualClock();
  const logger = memoryLogger();
  const host = createToolHost({
    registry,
    agentTools: ['*'],
    clock,
    logger,
    ...(approve && { approve }),
    consentWords: () => words,
  });
  let calls = 0;
  const call = (args: object, signal = new AbortController().signal) => {
    calls += 1;
    const request = {
      callId: `call_${calls}`,
      name: 'pay',
      argumentsJson: JSON.stringify(args),
      sessionId: 's',
      agentName: 'a',
    };
    return host.call(request, signal);
  };
  return { call, paid, clock, host, logger };
}

const signal = () => new AbortController().signal;
const request = (argumentsJson: string) => ({
  callId: 'call_1',
  name: 'pay',
  argumentsJson,
  sessionId: 's',
  agentName: 'a',
});

describe('a tool that wants a spoken yes', () => {
  it('does not run, whatever the application would say', async () => {
    const { call, paid } = payments(() => true, { confirm: 'spoken' });
    const outcome = await call({ to: 'ann' });
    expect(outcome.status).toBe('rejected');
    expect(outcome.outputText).toContain('it wants a spoken yes, and the user was not asked');
    expect(paid).toEqual([]);
  });
});

describe('a call that was agreed to', () => {
  it.each(['spoken', 'app'] as const)('runs, %s', async (confirm) => {
    const { host, paid } = payments(undefined, { confirm });
    const outcome = await host.call({ ...request('{"to":"ann"}'), approved: true }, signal());
    expect(outcome.status).toBe('completed');
    expect(paid).toEqual([{ to: 'ann' }]);
  });
});

describe('a look at a call', () => {
  const look = (argumentsJson: string, settings: ToolSettings = {}) => {
    const { host, paid } = payments(undefined, settings);
    return { found: host.check?.(request(argumentsJson), signal()), paid, host };
  };

  it('gives the arguments, which nobody can change, and runs nothing', async () => {
    const { found, paid } = look('{"to":"ann","items":[1]}');
    const check = await found;
    expect(check).toEqual({ kind: 'sound', arguments: { to: 'ann', items: [1] } });
    expect(check?.kind === 'sound' && Object.isFrozen(check.arguments['items'])).toBe(true);
    expect(paid).toEqual([]);
  });

  it.each([
    ['{', 'tool.arguments_not_json'],
    ['{"to":1}', 'tool.arguments_invalid'],
  ])('ends %s', async (argumentsJson, code) => {
    const check = await look(argumentsJson).found;
    expect(check).toMatchObject({ kind: 'ended', outcome: { status: 'rejected', output: { code } } });
  });

  it.each([
    ['spoken', undefined, 'Pays. To: ann. Shall I go ahead?'],
    [{ by: 'spoken', say: 'Pay {{to}}?' }, undefined, 'Pay ann?'],
    ['spoken', 'de', 'Pays. To: ann. Soll ich das so machen?'],
  ] as const)('says what the user is asked: %j', async (confirm, language, text) => {
    const { host } = payments(undefined, { confirm }, consentWords(language ?? 'en'));
    const check = await host.check?.(request('{"to":"ann"}'), signal());
    expect(check).toMatchObject({ question: { text } });
  });

  it('gives the result of a repeat that is not run again', async () => {
    const { host, paid } = payments(undefined, { idempotentBy: ['to'] });
    await host.call({ ...request('{"to":"ann"}'), approved: true }, signal());
    const check = await host.check?.(request('{"to":"ann"}'), signal());
    expect(check).toMatchObject({ kind: 'ended', outcome: { status: 'completed', output: 'paid' } });
    expect(paid).toHaveLength(1);
  });
});

describe('settings of confirm', () => {
  it.each([
    ['maybe', 'is "maybe"'],
    [{ by: 'none' }, 'is not { by:'],
    [{ by: 'app', ttlMs: 10 }, 'has ttlMs 10'],
    [{ by: 'spoken', say: ' ' }, 'has no text in say'],
    [{ by: 'app', say: 'Pay?' }, 'has say'],
    [{ by: 'spoken', say: 'Pay {{who}}?' }, 'has {{who}}'],
  ])('are refused: %j', (confirm, problem) => {
    const tool = defineTool({
      name: 'pay',
      description: 'Pays',
      input: { type: 'object', properties: { to: { type: 'string' } } },
      confirm: confirm as never,
      execute: () => 'paid',
    }) as Tool;
    const { problems } = buildRegistry([{ tool, origin: 'a test', where: {} }]);
    expect(problems.map(({ message }) => message).join()).toContain(problem);
  });

  it('say how long an answer is waited for', () => {
    const specs = (['app', 'spoken', { by: 'app', ttlMs: 5_000 }, 'none'] as const).map(
      (confirm) => payments(undefined, { confirm }).host.specs[0],
    );
    expect(specs.map((spec) => [spec?.confirm, spec?.confirmMs])).toEqual([
      ['app', 60_000],
      ['spoken', 15_000],
      ['app', 5_000],
      ['none', undefined],
    ]);
  });
});

describe('a tool that the application has to agree to', () => {
  it('runs with exactly the arguments that were agreed to', async () => {
    const asked: ApprovalRequest[] = [];
    const { call, paid } = payments((request) => {
      asked.push(request);
      expect(() => Object.assign(request.arguments, { to: 'eve' })).toThrow(TypeError);
      expect(() => (request.arguments['items'] as unknown[]).push('more')).toThrow(TypeError);
      return true;
    });
    expect(await call({ to: 'ann', items: [1] })).toMatchObject({ status: 'completed', output: 'paid' });
    expect(asked).toMatchObject([
      { callId: 'call_1', tool: 'pay', arguments: { to: 'ann', items: [1] }, agent: 'a', sessionId: 's' },
    ]);
    expect(paid).toEqual([{ to: 'ann', items: [1] }]);
  });

  it('is asked for each time', async () => {
    let left = 1;
    const { call, paid } = payments(() => left-- > 0);
    expect((await call({ to: 'ann' })).status).toBe('completed');
    expect((await call({ to: 'ann' })).output).toHaveProperty('code', 'tool.not_approved');
    expect(paid).toHaveLength(1);
  });

  it.each<[decision: unknown, says: string]>([
    [false, 'it was not approved'],
    [undefined, 'it was not approved'],
    ['yes', 'it was not approved'],
    [1, 'it was not approved'],
    [{ approved: 'true' }, 'it was not approved'],
    [{ approved: false, reason: 'too much money' }, 'too much money'],
    [null, 'it was not approved'],
  ])('does not run after %j', async (decision, says) => {
    const { call, paid } = payments(() => decision as ApprovalDecision);
    const outcome = await call({ to: 'ann' });
    expect(outcome).toMatchObject({ status: 'rejected', output: { code: 'tool.not_approved' } });
    expect(outcome.outputText).toContain(says);
    expect(paid).toEqual([]);
  });

  it('does not run when asking fails, and tells nobody why but the log', async () => {
    const { call, paid, logger } = payments(() => {
      throw new Error('database password is hunter2');
    });
    const outcome = await call({ to: 'ann' });
    expect(outcome.output).toHaveProperty('code', 'tool.not_approved');
    expect(outcome.outputText).not.toContain('hunter2');
    expect(JSON.stringify(logger.lines)).toContain('hunter2');
    expect(paid).toEqual([]);
  });

  const throwing = (): never => {
    throw new Error('hunter2');
  };
  it.each<[what: string, decision: unknown]>([
    ['cannot be read', Object.defineProperty({}, 'approved', { get: throwing })],
    ['has a reason that is no text', { approved: false, reason: { toString: throwing } }],
    ['is a proxy', new Proxy({}, { get: (_, key) => (key === 'then' ? undefined : throwing()) })],
    ['is a promise of nothing', new Proxy({}, { get: (_, key) => (key === 'then' ? throwing : undefined) })],
  ])('does not run after an answer that %s', async (_what, decision) => {
    const { call, paid, clock } = payments(() => decision as ApprovalDecision);
    const outcome = await call({ to: 'ann' });
    expect(outcome).toMatchObject({ status: 'rejected', output: { code: 'tool.not_approved' } });
    expect(outcome.outputText).not.toContain('hunter2');
    expect(paid).toEqual([]);
    expect(clock.pendingMs).toEqual([]);
  });

  it('tells whoever listens once that it is not asked for any longer, however it ended', async () => {
    const told: string[] = [];
    const answer: Readonly<Record<string, ApproveCall>> = {
      ann: () => true,
      ben: () => false,
      cid: throwing,
      dan: () => new Promise<boolean>(() => undefined),
    };
    const { call, clock } = payments((request) => {
      const to = request.arguments['to'] as string;
      request.signal.addEventListener('abort', () => told.push(to));
      return answer[to]?.(request) ?? false;
    });
    const outcomes = ['ann', 'ben', 'cid', 'dan'].map((to) => call({ to }));
    await settlePromises();
    clock.advance(60_000);
    await Promise.all(outcomes);
    expect(told).toEqual(['ann', 'ben', 'cid', 'dan']);
  });

  it('does not run where there is nobody to ask', async () => {
    const { call, paid } = payments(undefined);
    expect((await call({ to: 'ann' })).output).toHaveProperty('code', 'tool.no_approver');
    expect(paid).toEqual([]);
  });

  it('does not run without an answer, nor on a late one', async () => {
    const answers: ((yes: boolean) => void)[] = [];
    const { call, paid, clock, host } = payments(
      () => new Promise<boolean>((resolve) => answers.push(resolve)),
    );
    expect(host.specs[0]?.timeoutMs).toBe(61_000);
    const outcome = call({ to: 'ann' });
    await settlePromises();
    clock.advance(60_000);
    expect((await outcome).output).toHaveProperty('code', 'tool.approval_late');
    answers[0]?.(true);
    await settlePromises();
    expect(paid).toEqual([]);
  });

  it('has its own time after it was agreed to', async () => {
    const answers: ((yes: boolean) => void)[] = [];
    const { call, clock, paid } = payments(() => new Promise<boolean>((resolve) => answers.push(resolve)));
    const outcome = call({ to: 'ann' });
    await settlePromises();
    clock.advance(59_000);
    answers[0]?.(true);
    expect((await outcome).status).toBe('completed');
    expect(paid).toHaveLength(1);
  });

  it('is not asked for any longer when the call is cancelled or the session ends', async () => {
    const signals: AbortSignal[] = [];
    const { call, paid, host } = payments(({ signal }) => {
      signals.push(signal);
      return new Promise<boolean>(() => undefined);
    });
    const controller = new AbortController();
    const outcomes = [call({ to: 'ann' }, controller.signal), call({ to: 'ben' })];
    await settlePromises();
    controller.abort();
    host.close();
    expect((await Promise.all(outcomes)).map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(paid).toEqual([]);
  });

  it('is not asked for arguments that do not fit, nor for a repeat that is not run', async () => {
    let asked = 0;
    const { call, paid } = payments(
      () => {
        asked += 1;
        return true;
      },
      { idempotentBy: ['to'] },
    );
    await call({ to: 7 });
    await call({ to: 'ann' });
    expect((await call({ to: 'ann' })).output).toBe('paid');
    expect([asked, paid.length]).toEqual([1, 1]);
  });
});
