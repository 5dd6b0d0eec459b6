// What users of other frameworks suffered most, over real sockets: dialects, connections and growth.
import type { SessionState } from '@antiphon/core';
import { ScriptedCaller } from '@antiphon/testing';
import { defineTool, type Tool } from '@antiphon/tools';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { betaProvider } from './support/beta-provider.ts';
import { liveCall, prepareCall } from './support/live-call.ts';

const look = defineTool({
  name: 'look',
  description: 'Looks.',
  input: { type: 'object', properties: {} },
  effects: 'none',
  execute: () => ({ seen: 'a door' }),
}) as Tool;

/** What nobody handled while a test ran. */
const unhandled: unknown[] = [];
const note = (cause: unknown): void => void unhandled.push(cause);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  expect(unhandled).toEqual([]);
});

describe('the transport', () => {
  // The adapters of hosted preview services come with their provider; here the same session speaks their dialect.
  it.each(['2024-10-01-preview', '2025-04-01-preview'])(
    '22: a session with a server of the %s dialect is the same session',
    async (version) => {
      const call = await liveCall({
        model: { hears: ['Look!', 'Thanks.'] },
        answers: (model) =>
          model
            .when({ turn: 1, output: 'look' })
            .says('There is a door.')
            .when({ turn: 1 })
            .calls({ name: 'look' }),
        agent: 'greeting: { say: Welcome. }',
        session: { provider: 'preview' },
        given: ({ origin }) => ({
          preview: betaProvider(`${origin}/openai/realtime?api-version=${version}&deployment=d`, version),
        }),
        tools: [look],
        caller: (caller) =>
          caller
            .waitsForAnswer()
            .says({ speechMs: 600 })
            .waitsForAnswer()
            .says({ speechMs: 500 })
            .waitsForAnswer(),
      });
      await call.until('three answers', () => call.agentTexts.length === 3, 30_000);
      await call.settled();
      expect(call.agentTexts).toEqual(['Welcome.', 'There is a door.', 'All right.']);
      expect(call.model.conversation.items.map(({ type }) => type)).toEqual([
        'message',
        'message',
        'function_call',
        'function_call_output',
        'message',
        'message',
        'message',
      ]);
      expect(call.session.history.map(({ kind }) => kind)).toEqual(
        call.model.conversation.items.map(({ type }) => type),
      );
      expect(call.refusals).toEqual([]);
    },
  );

  it('23: a limit of two seconds is no event for who talks: the conversation moves on before it', async () => {
    const call = await prepareCall({
      provider: 'session_limit_ms: 2000',
      model: { expiresAfterMs: 2000 },
      answers: (model) =>
        model
          .when({ said: 'look', output: 'look' })
          .says('A door.')
          .when({ said: 'look' })
          .calls({ name: 'look' }),
      tools: [look],
    });
    await call.start({ sink: call.caller.sink });
    await call.turn('Look.');
    for (let turn = 0; turn < 6; turn++) {
      await call.turn(`Turn ${turn}.`);
      await call.pass(300);
    }
    expect(call.server.peers.length).toBeGreaterThanOrEqual(3);
    expect(call.refusals).toEqual([]);
    expect(call.noticesOf('connection_lost')).toEqual([]);
    expect(new Set(call.noticesOf('connection_changed').map(({ why }) => why))).toEqual(
      new Set(['rollover']),
    );
    const items = call.model.conversation.items.map(({ type, text }) => (type === 'message' ? text : type));
    expect(items.slice(0, 6)).toEqual([
      'Look.',
      'function_call',
      'function_call_output',
      'A door.',
      'Turn 0.',
      'All right.',
    ]);
    expect(items).toHaveLength(16);
    // Made before broken: each connection ended only after the next had begun.
    for (const [index, conversation] of call.model.conversations.entries()) {
      const next = call.model.conversations[index + 1];
      if (next !== undefined) {
        const last = conversation.received.at(-1)?.atMs ?? 0;
        expect(next.received[0]?.atMs).toBeLessThanOrEqual(last + 2000);
      }
    }
  });

  it('23: and where the limit is not known, what was said survives it', async () => {
    const call = await prepareCall({
      model: { expiresAfterMs: 2000 },
      answers: (model) =>
        model
          .when({ said: 'look', output: 'look' })
          .says('A door.')
          .when({ said: 'look' })
          .calls({ name: 'look' }),
      tools: [look],
    });
    await call.start({ sink: call.caller.sink });
    await call.turn('Look.');
    await call.until('the end of the first', () => call.noticesOf('connection_lost').length === 1);
    await call.turn('And now?');
    expect(call.model.conversations).toHaveLength(2);
    expect(call.model.conversation.items.map(({ type, text }) => (type === 'message' ? text : type))).toEqual(
      ['Look.', 'function_call', 'function_call_output', 'A door.', 'And now?', 'All right.'],
    );
    expect(call.refusals).toEqual(['session_expired']);
  });

  it('23: a break in the middle of an answer is mended, and what was heard is known', async () => {
    const call = await prepareCall({
      model: { pace: 2 },
      answers: (model) =>
        model
          .when({ instructions: 'cut off' })
          .says('three and four.')
          .otherwise()
          .says('One, two, three and four.'),
    });
    call.server.inject({ kind: 'reset', midFrame: true }, { afterAudioBytes: 600 * 48 }, 0);
    await call.start({ sink: call.caller.sink });
    const startMs = call.clock.nowMs();
    await call.turn('Count.');
    expect(call.noticesOf('connection_changed')).toMatchObject([{ why: 'lost' }]);
    const [user, first, second] = call.model.conversation.items;
    expect(user?.text).toBe('Count.');
    expect(first?.text).toMatch(/^One, two/);
    expect(second?.text).toBe('three and four.');
    const lostMs = (call.noticesOf('connection_lost')[0]?.atMs ?? 0) - startMs;
    const againMs = (call.noticesOf('audio_started').at(-1)?.atMs ?? 0) - startMs;
    expect(againMs - lostMs).toBeLessThan(1500);
  });

  it('24: a server that cannot be reached fails one session and touches no other', async () => {
    const call = await liveCall({
      model: { pace: 1 },
      moreProviders: 'dead: { type: openai, model: m, base_url: "ws://127.0.0.1:1/v1", api_key: none }',
      answers: (model) => model.otherwise().says('I go on talking whatever happens elsewhere.'),
    });
    call.session.sendText('Talk.');
    await call.until('sound', () => call.caller.heard.length > 0);
    const failing = call.antiphon.startSession({ provider: 'dead' });
    await expect(call.outcomeOf(failing)).rejects.toMatchObject({ code: 'provider.connect_failed' });
    await call.settled();
    expect(call.agentTexts).toEqual(['I go on talking whatever happens elsewhere.']);
    expect(call.caller.cuts).toBe(0);
  });

  it('24: nor does a connection that breaks, hangs or closes as it is made', async () => {
    const call = await liveCall({ model: { pace: 1 } });
    call.server.inject({ kind: 'reset' }, { onSent: 'session.created' }, 1);
    const broken = call.antiphon.startSession({});
    await expect(call.outcomeOf(broken)).rejects.toMatchObject({
      code: expect.stringMatching(/^provider\./),
    });
    call.server.rejectUpgrades({ status: 401, body: '{"error":{"message":"No key."}}' });
    await expect(call.outcomeOf(call.antiphon.startSession({}))).rejects.toMatchObject({
      code: expect.stringMatching(/^provider\./),
    });
    call.server.rejectUpgrades(undefined);
    await call.turn('Still there?');
    expect(call.agentTexts).toEqual(['All right.']);
  });

  it('24: a break of one session is mended without the other noticing', async () => {
    const call = await liveCall({ model: { pace: 1 } });
    const other = new ScriptedCaller({ clock: call.clock });
    const second = await call.outcomeOf(call.antiphon.startSession({ sink: other.sink }));
    const lost: unknown[] = [];
    second.observe('connection_lost', (notice) => lost.push(notice));
    second.sendText('Talk.');
    await call.until('sound of the second', () => other.heard.length > 0);
    call.server.peers[0]?.reset();
    await call.until('the end of the first', () => call.noticesOf('connection_lost').length === 1);
    await call.turn('Hello again?');
    await call.until('the second', () => second.settled);
    expect(lost).toEqual([]);
    expect(call.agentTexts).toEqual(['All right.']);
    expect(other.heard.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(600, 0);
  });

  it('25: sound that a server does not take is dropped, not kept', async () => {
    const call = await liveCall({ frameMs: 100, caller: (caller) => caller.staysSilent(1000) });
    await call.pass(200);
    call.server.peers[0]?.stall();
    await call.pass(600_000);
    expect(call.caller.nowMs).toBeGreaterThan(590_000);
    await call.outcomeOf(call.session.close({ mode: 'cancel' }));
    const dropped = call.logger.data.get('input audio was dropped: no connection took it');
    // What the system takes for a reader that never comes, and what waits on this side, is a small part of it.
    expect(dropped?.['droppedSamples']).toBeGreaterThan(0.7 * 600 * 24_000);
  });

  it('25: hundreds of turns leave nothing behind but the bounded record', async () => {
    const call = await liveCall({
      model: { pace: 1000, msPerWord: 20 },
      answers: (model) =>
        model.when({ output: 'look' }).says('A door.').when({ said: 'look' }).calls({ name: 'look' }),
      tools: [look],
    });
    let state: SessionState | undefined;
    call.session.inspect((inspection) => {
      state = inspection.state;
    });
    for (let turn = 0; turn < 160; turn++) {
      await call.turn(turn % 4 === 0 ? 'Look.' : 'Go on.');
    }
    expect(call.model.conversation.items).toHaveLength(400);
    expect(call.session.history.length).toBeLessThanOrEqual(500);
    expect(state?.pending.size).toBeLessThanOrEqual(64);
    expect(state?.tools.calls.size).toBeLessThanOrEqual(64);
    expect(state?.playout.parts).toEqual([]);
    expect(state?.owed).toEqual([]);
    expect(state?.finishedResponses.length).toBeLessThanOrEqual(32);
    expect(call.clock.pendingMs.length).toBeLessThan(8);
  });

  it('25: a closed session holds no timer, no connection and no listener', async () => {
    const call = await liveCall({ caller: (caller) => caller.says({ speechMs: 500 }) });
    await call.until('the answer', () => call.caller.heard.length > 0);
    await call.outcomeOf(call.session.close({ mode: 'cancel' }));
    expect(await call.server.peers[0]?.closed).toMatchObject({ code: 1000 });
    await call.pass(100);
    expect(call.clock.pendingMs).toEqual([]);
  });
});
