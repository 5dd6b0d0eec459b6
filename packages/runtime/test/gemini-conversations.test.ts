// Whole conversations with a model of Gemini Live, on a clock that passes when told to.
import { defineTool, type Tool } from '@antiphon/tools';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GeminiModel, type GeminiTurn } from './support/gemini-model.ts';
import { type LiveCall, type LiveCallOptions, prepareCall } from './support/live-call.ts';

async function talk(
  turns: readonly GeminiTurn[],
  options: LiveCallOptions & { readonly heard?: readonly string[] } = {},
): Promise<{ readonly call: LiveCall; readonly model: GeminiModel }> {
  const { heard = [], ...rest } = options;
  const model = new GeminiModel(turns, heard);
  const call = await prepareCall({ ...rest, given: () => ({ fake: model }) });
  model.clock = call.clock;
  await call.start({ sink: call.caller.sink, ...(options.caller && { source: call.caller.source }) });
  return { call, model };
}

/** A tool that takes its time on the clock of the call. */
function slow(
  name: string,
  ms: number,
  settings: object = {},
): { readonly tool: Tool; bind(call: LiveCall): void } {
  let call: LiveCall | undefined;
  const tool = defineTool({
    name,
    description: `The ${name} tool.`,
    input: { type: 'object', properties: {} },
    ...settings,
    execute: () => new Promise<string>((resolve) => call?.clock.setTimer(ms, () => resolve(name))),
  }) as Tool;
  return {
    tool,
    bind: (bound) => {
      call = bound;
    },
  };
}

function expectHealthy({ call, model }: { readonly call: LiveCall; readonly model: GeminiModel }): void {
  expect(model.refused).toEqual([]);
  expect(call.noticesOf('warning').map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  expect(call.noticesOf('connection_lost')).toEqual([]);
}

describe('a conversation with Gemini', () => {
  it('greets, hears, and is cut short by the user', async () => {
    const talked = await talk(
      [
        { says: 'Welcome.' },
        { says: 'Once upon a time there was a very long story to be told' },
        { says: 'I stop.' },
      ],
      {
        heard: ['Tell me a story.', 'Stop.'],
        agent: 'greeting: { say: "Welcome." }',
        caller: (caller) =>
          caller
            .waitsForAnswer()
            .says({ speechMs: 800 })
            .says({ speechMs: 800 })
            .after({ agentSpeaksMs: 600 })
            .waitsForAnswer(),
      },
    );
    const { call } = talked;
    await call.until('the end', () => call.agentTexts.includes('I stop.'), 40_000);
    await call.settled();
    expectHealthy(talked);
    expect(call.noticesOf('response_done').map(({ status }) => status)).toEqual([
      'completed',
      'cancelled',
      'completed',
    ]);
    const [story] = call.noticesOf('audio_done').filter(({ unheardText }) => unheardText !== '');
    expect(story?.heardText).toMatch(/^Once/);
    expect(call.caller.heard.at(-1)?.itemId).not.toBe(story?.itemId);
  });

  it('runs tools that take long, and says nothing in their place', async () => {
    const look = slow('look', 12_000, { filler: { afterMs: 1000, say: 'One moment.' } });
    const talked = await talk([{ calls: ['look'] }, { says: 'Found.' }], { tools: [look.tool] });
    look.bind(talked.call);
    await talked.call.turn('Look.');
    expectHealthy(talked);
    expect(talked.call.agentTexts).toEqual(['Found.']);
    expect(talked.model.received).toEqual(['setup', 'clientContent', 'toolResponse']);
  });

  it('goes on with another call after a call', async () => {
    const [one, two] = [slow('one', 100), slow('two', 100)];
    const talked = await talk([{ calls: ['one'] }, { calls: ['two'] }, { says: 'Done.' }], {
      tools: [one.tool, two.tool],
    });
    one.bind(talked.call);
    two.bind(talked.call);
    await talked.call.turn('Do it.');
    expectHealthy(talked);
    expect(talked.call.agentTexts).toEqual(['Done.']);
  });

  it('asks whether anybody is there', async () => {
    const talked = await talk([{ says: 'Hello.' }, { says: 'Are you there?' }], {
      agent: 'idle: { after_ms: 3000, say: "Are you there?" }',
    });
    await talked.call.turn('Hi.');
    await talked.call.until('the question', () => talked.call.agentTexts.includes('Are you there?'));
    expectHealthy(talked);
  });

  it('comes to rest whatever the user does, and when', async () => {
    const acts = fc.constantFrom('type', 'interrupt', 'say', 'wait', 'wait_long');
    const turn = fc.oneof(
      fc.record({ says: fc.constantFrom('Yes.', 'A longer answer that goes on for quite a while.') }),
      fc.record({ calls: fc.constantFrom(['fast'], ['late'], ['fast', 'late']) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(acts, { minLength: 1, maxLength: 8 }),
        fc.array(turn, { maxLength: 8 }),
        async (steps, turns) => {
          const [fast, late] = [slow('fast', 30), slow('late', 900)];
          const talked = await talk(turns, { tools: [fast.tool, late.tool] });
          const { call } = talked;
          fast.bind(call);
          late.bind(call);
          call.session.sendText('Begin.');
          for (const step of steps) {
            if (step === 'type') call.session.sendText('And?');
            if (step === 'interrupt') call.session.interrupt();
            if (step === 'say') call.session.say('Listen.');
            await call.pass(step === 'wait_long' ? 1500 : 70);
          }
          await call.settled(12_000);
          expectHealthy(talked);
          const calls = call.session.history.filter(({ kind }) => kind === 'function_call');
          const outputs = call.session.history.filter(({ kind }) => kind === 'function_call_output');
          expect(outputs).toHaveLength(calls.length);
          await call.antiphon.close();
        },
      ),
      { numRuns: 25, seed: 1 },
    );
  }, 120_000);

  it.each([
    ['the server finds turns', ''],
    ['this side ends turns', 'turn_detection: { type: push_to_talk }'],
  ])(
    'comes to rest whoever speaks over whom: %s',
    async (_, agent) => {
      const turn = fc.oneof(
        fc.record({ says: fc.constantFrom('Yes.', 'A longer answer that goes on for quite a while.') }),
        fc.record({ calls: fc.constantFrom(['fast'], ['late']) }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 2500 }), { minLength: 1, maxLength: 5 }),
          fc.array(turn, { maxLength: 8 }),
          async (pauses, turns) => {
            const [fast, late] = [slow('fast', 30), slow('late', 900)];
            const buttons: (() => void)[] = [];
            const talked = await talk(turns, {
              agent,
              heard: pauses.map((_pause, at) => `Number ${at}.`),
              tools: [fast.tool, late.tool],
              caller: (caller) => {
                for (const ms of pauses) {
                  if (agent !== '') caller.does(() => buttons[0]?.());
                  caller.says({ speechMs: 500 }).after({ ms });
                  if (agent !== '') caller.does(() => buttons[1]?.());
                }
                caller.staysSilent(3000);
              },
            });
            const { call } = talked;
            fast.bind(call);
            late.bind(call);
            buttons.push(
              () => call.session.startTurn(),
              () => call.session.commit(),
            );
            await call.pass(pauses.reduce((sum, ms) => sum + ms + 600, 4000));
            await call.settled(12_000);
            expectHealthy(talked);
            const users = call.session.history.filter(
              (item) => item.kind === 'message' && item.role === 'user',
            );
            expect(users.length).toBeLessThanOrEqual(pauses.length);
            expect(users.length).toBeGreaterThan(0);
            await call.antiphon.close();
          },
        ),
        { numRuns: 25, examples: [[[0, 0, 0], [{ calls: ['late'] }]]] },
      );
    },
    120_000,
  );
});
