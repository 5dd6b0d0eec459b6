import { ModelProvider, RealtimeServerModel, ScriptedCaller, VirtualClock } from '@antiphon/testing';
import { defineTool } from '@antiphon/tools';
import { expect, it } from 'vitest';
import { createAntiphon } from '../src/create-antiphon.ts';

const weather = defineTool({
  name: 'get_weather',
  description: 'Current weather in a city',
  input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  effects: 'none',
  execute: () => ({ temperature_c: 9 }),
});

/** The example of docs/testing.md. */
async function exampleCall() {
  const clock = new VirtualClock();
  const model = new RealtimeServerModel({ clock, hears: ['What is the weather in Oslo?', 'Thank you.'] });
  model
    .when({ turn: 1, output: 'get_weather' })
    .says('It is nine degrees in Oslo and there is a light wind from the west.')
    .when({ turn: 1 })
    .calls({ name: 'get_weather', arguments: { city: 'Oslo' } })
    .otherwise()
    .says('You are welcome.');
  const caller = new ScriptedCaller({ clock })
    .says({ speechMs: 900 })
    .says({ speechMs: 600 })
    .after({ agentSpeaksMs: 400 })
    .waitsForAnswer()
    .hangsUp();
  const provider = new ModelProvider(model);
  await using antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: 'version: 1\ndefault_agent: a\nproviders: { m: { type: local } }\nagents: { a: { provider: m, temperature: 0.7, tools: ["*"] } }',
    },
    plugins: [weather],
    providers: { m: provider },
    clock,
    env: {},
  });
  const starting = antiphon.startSession({ source: caller.source, sink: caller.sink });
  await clock.pass(0);
  const session = await starting;
  await clock.pass(20_000);
  await caller.done;
  const { history } = session;
  await session.close({ mode: 'cancel' });
  return { model, caller, history };
}

it('holds a whole conversation in virtual time', async () => {
  const { model, caller, history } = await exampleCall();
  const [, , , answer] = model.conversation.items;
  expect(answer?.keptMs).toBeGreaterThanOrEqual(400);
  expect(answer?.keptMs).toBe(Math.floor(caller.heard[0]?.ms ?? 0));
  expect([caller.cuts, caller.stepsLeft]).toEqual([1, 0]);
  expect(model.conversation.sentOf('error')).toEqual([]);
  expect(history.map((item) => (item.kind === 'message' ? item.text : item.kind))).toEqual([
    'What is the weather in Oslo?',
    'function_call',
    'function_call_output',
    expect.stringMatching(/^It is nine degrees/),
    'Thank you.',
    'You are welcome.',
  ]);
});

it('holds the same conversation each time, to the sample', async () => {
  const [one, other] = [await exampleCall(), await exampleCall()];
  expect(Buffer.from(one.caller.toWav()).equals(other.caller.toWav())).toBe(true);
  expect(one.model.conversation.sent).toEqual(other.model.conversation.sent);
});
