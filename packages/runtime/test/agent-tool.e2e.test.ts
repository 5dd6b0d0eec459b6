// Another agent of the file as a tool: in-process, so nothing leaves this machine.
import { createAntiphon } from '@antiphon/runtime';
import { defineTool, type Tool } from '@antiphon/tools';
import { expect, it } from 'vitest';

const text = `version: 1
default_agent: desk
plugins: ["@antiphon/tools/calculator"]
tools:
  ask_maths:
    description: Asks the mathematician.
    parameters: { question: { type: string } }
    agent: { use: maths }
    effects: none
    timeout_ms: 30000
    intents: [{ match: ["ask the mathematician {question}"] }]
  ask_slow:
    description: Asks someone slow.
    parameters: { question: { type: string } }
    agent: { use: slow, prompt: "wait for it {{question}}", max_tool_calls: 1 }
    timeout_ms: 30000
agents:
  desk: { tools: [ask_maths, ask_slow], greeting: { say: Hello. }, handoffs: [maths] }
  maths: { instructions: You calculate., tools: [calculate], greeting: { say: I am the mathematician. }, handoffs: [desk] }
  slow: { instructions: You wait., tools: [wait] }
`;

const acting = `version: 1
default_agent: desk
tools:
  ask_clerk:
    description: Asks the clerk.
    parameters: { question: { type: string } }
    agent: { use: clerk }
    timeout_ms: 60000
agents:
  desk: { tools: [ask_clerk] }
  clerk: { instructions: You act., tools: [pay, break, note] }
`;

it('an agent answers calls of a tool with its own tools, and is stopped with the call', async () => {
  const signals: AbortSignal[] = [];
  let onWait: () => void = () => undefined;
  const waits = new Promise<void>((resolve) => (onWait = resolve));
  const wait = defineTool({
    name: 'wait',
    description: 'Waits.',
    input: { type: 'object', properties: {} },
    effects: 'none',
    intents: [{ match: ['wait for it'] }],
    execute: (_input, { signal, session }) => {
      signals.push(signal);
      onWait();
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error(session.agent)), { once: true }),
      );
    },
  }) as Tool;
  const antiphon = await createAntiphon({ config: { file: 'agents.yaml', text }, plugins: [wait], env: {} });
  const session = await antiphon.startSession();
  const progress: unknown[] = [];
  session.observe('tool_progress', ({ value }) => progress.push(value));
  const outcome = await new Promise<unknown>((resolve) => {
    session.observe('tool_settled', (notice) => resolve(notice.outcome));
    session.sendText('Ask the mathematician what is 20 plus 3');
  });
  expect(outcome).toMatchObject({ status: 'completed', output: expect.stringMatching(/23|twenty.three/i) });
  expect(JSON.stringify(outcome)).not.toContain('I am the mathematician');
  expect(progress).toContainEqual({ agent: 'maths', tool: 'calculate', status: 'completed' });
  expect(session.agent).toBe('desk');
  // Without a session, as a tool that is called by hand asks.
  const question = { agent: 'maths', text: 'what is 30 plus 4', maxTurns: 6, maxToolCalls: 16 };
  const alone = { callId: 'call_1', signal: new AbortController().signal, onProgress: () => undefined };
  expect(await antiphon.agentAsker()({ ...question, ...alone })).toMatch(/34|thirty.four/i);
  await expect(antiphon.agentAsker()({ ...question, ...alone, agent: 'nobody' })).rejects.toThrow(
    'there is no such agent',
  );
  await expect(antiphon.agentAsker()({ ...question, ...alone, maxTurns: 1 })).rejects.toThrow(
    'its limit of max_turns',
  );

  const abort = new AbortController();
  const stopped = session.callTool('ask_slow', { question: 'now' }, abort.signal);
  await waits;
  abort.abort();
  expect(await stopped).toMatchObject({ status: 'cancelled' });
  await expect.poll(() => signals.map(({ aborted }) => aborted)).toEqual([true]);
  await antiphon.close();
});

it.each([
  ['pay', 'pay was not run: it wants a spoken yes', 0],
  ['break', 'The tool break failed', 0],
  ['note', 'noted', 1],
])('an agent that is asked to %s answers what came of it', async (action, said, times) => {
  const runs: string[] = [];
  const act = (name: string, more: object, run: () => string) =>
    defineTool({
      name,
      description: name,
      input: { type: 'object', properties: {} },
      intents: [{ match: [name] }],
      ...more,
      execute: () => {
        const result = run();
        runs.push(name);
        return result;
      },
    }) as Tool;
  const antiphon = await createAntiphon({
    config: { file: 'agents.yaml', text: acting },
    plugins: [
      act('pay', { confirm: { by: 'spoken', ttlMs: 600_000 } }, () => 'paid'),
      act('break', {}, () => {
        throw new Error('the key is hidden-17');
      }),
      act('note', {}, () => 'noted'),
    ],
    env: {},
  });
  const session = await antiphon.startSession();
  const outcome = await session.callTool('ask_clerk', { question: action });
  expect(outcome).toMatchObject({
    status: 'completed',
    output: expect.stringMatching(new RegExp(said, 'i')),
  });
  expect(JSON.stringify(outcome)).not.toContain('hidden-17');
  expect(runs).toHaveLength(times);
  await antiphon.close();
});

it('an agent whose provider cannot be reached is told of without its address, which stands in the log', async () => {
  const lines: unknown[] = [];
  const log = (...line: unknown[]): void => void lines.push(line);
  const antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: `version: 1
default_agent: desk
providers: { far: { type: openai_compatible, base_url: "ws://127.0.0.1:9/v1", model: m } }
tools:
  ask_clerk:
    description: Asks the clerk.
    parameters: { question: { type: string } }
    agent: { use: clerk }
    timeout_ms: 60000
agents:
  desk: { tools: [ask_clerk] }
  clerk: { instructions: You act., provider: far }
`,
    },
    logger: { debug: log, info: log, warn: log, error: log },
    env: {},
  });
  const session = await antiphon.startSession();
  const outcome = await session.callTool('ask_clerk', { question: 'act' });
  expect(outcome).toMatchObject({ status: 'failed', output: { code: 'tool.agent_failed' } });
  expect(JSON.stringify(outcome)).not.toContain('127.0.0.1');
  expect(JSON.stringify(lines)).toMatch(/tool\.agent_failed.{0,40}cause.{0,80}127\.0\.0\.1/);
  await antiphon.close();
});
