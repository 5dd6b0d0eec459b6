import {
  type AgentSettings,
  defaultLimits,
  initialState,
  replayJournal,
  type SessionEvent,
  transition,
} from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { renderInstructions } from '../../src/session/agents.ts';
import { asked, notices, SessionDriver, sent, sentEvents, testSettings, testTool } from './session-driver.ts';

function agent(changes: Partial<AgentSettings> & { readonly voice?: string } = {}): AgentSettings {
  const { voice, ...rest } = changes;
  const [base] = Object.values(testSettings().agents);
  return {
    ...(base as AgentSettings),
    session: {
      type: 'realtime',
      instructions: 'Help {{caller}}.',
      ...(voice && { audio: { output: { voice } } }),
    },
    ...rest,
  };
}

function desk(billing: AgentSettings): SessionDriver {
  return new SessionDriver({
    agents: {
      concierge: agent({
        voice: 'cedar',
        handoffs: { transfer_to_billing: 'billing' },
        tools: [testTool('look', { onInterrupt: 'cancel' })],
      }),
      billing,
    },
    variables: { caller: 'Ada' },
  }).ready();
}

describe('handing over', () => {
  it('is answered by the session itself, changes the agent and tells the server before the next response', () => {
    const session = desk(agent({ voice: 'cedar' }));
    session.created('resp_1');
    const effects = session.call('resp_1', 'call_1', 'transfer_to_billing');
    expect(asked(effects)).not.toContain('tool.start');
    expect(sent(effects)).toEqual(['conversation.item.create', 'session.update']);
    expect(sentEvents(effects, 'session.update')).toMatchObject([
      { session: { instructions: 'Help Ada.', audio: { output: {} } } },
    ]);
    expect(JSON.stringify(sentEvents(effects, 'session.update'))).not.toContain('voice');
    expect(notices(effects, 'agent_changed')).toEqual([
      { type: 'agent_changed', agent: 'billing', from: 'concierge' },
    ]);
    expect(sent(session.done('resp_1'))).toEqual(['response.create']);
  });

  it('to another voice while a connection is made makes it anew: it was told of the old one', () => {
    const session = desk(agent({ voice: 'marin' }));
    session.lost();
    session.fired('backoff');
    session.on({ type: 'transport.opened', epoch: 2 });
    const effects = session.on({ type: 'agent.handoff', agent: 'billing' });
    expect(effects).toContainEqual({ type: 'transport.close', epoch: 2, code: 1000, reason: '' });
    expect(effects).toContainEqual(expect.objectContaining({ type: 'transport.open', epoch: 3 }));
    const opened = session.on({ type: 'transport.opened', epoch: 3 });
    expect(sentEvents(opened, 'session.update')).toMatchObject([
      { session: { audio: { output: { voice: 'marin' } } } },
    ]);
  });

  it('to another voice comes with another connection, and no answer is asked for before it', () => {
    const session = desk(agent({ voice: 'marin' }));
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'transfer_to_billing');
    const done = {
      event_id: 'e',
      type: 'response.done',
      response: { id: 'resp_1', status: 'completed', output: [] },
    };
    expect(sent(session.on({ type: 'server.event', epoch: 1, event: done as never }))).toEqual([]);
    const created = session.server({ type: 'session.created', session: { id: 'p' } });
    expect(sentEvents(created, 'session.update')).toMatchObject([
      { session: { audio: { output: { voice: 'marin' } } } },
    ]);
    const effects = session.server({ type: 'session.updated', session: {} });
    expect(notices(effects, 'connection_changed')).toMatchObject([{ why: 'handoff' }]);
    expect(sent(effects).at(-1)).toBe('response.create');
  });

  it('leaves calls that were made before with the agent that made them', () => {
    const session = desk(agent({ voice: 'cedar' }));
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'transfer_to_billing');
    expect(session.call('resp_1', 'call_2', 'look')).toContainEqual(
      expect.objectContaining({ type: 'tool.start', callId: 'call_2', agent: 'concierge' }),
    );
    expect(asked(session.on({ type: 'user.interrupt' }))).toContain('tool.cancel');
  });

  it('may be asked for by the application', () => {
    const session = desk(agent({ voice: 'cedar' }));
    expect(sent(session.on({ type: 'agent.handoff', agent: 'billing' }))).toEqual(['session.update']);
    expect(session.on({ type: 'agent.handoff', agent: 'nobody' })).toEqual([]);
  });
});

describe('instructions', () => {
  it.each([
    ['Help {{caller}} and {{ caller }}.', { caller: 'Ada' }, 'Help Ada and Ada.'],
    ['Help {{caller}}.', {}, 'Help {{caller}}.'],
    ['Help {{toString}}.', {}, 'Help {{toString}}.'],
    ['Help {{a}}.', { a: '{{b}}', b: 'x' }, 'Help {{b}}.'],
  ])('%j with %j are %j', (template, values, expected) => {
    expect(renderInstructions(template, values)).toBe(expected);
  });

  it('follow the variables of the session', () => {
    const session = desk(agent());
    const effects = session.on({ type: 'variables.set', values: { caller: 'Bob' } });
    expect(sentEvents(effects, 'session.update')).toMatchObject([{ session: { instructions: 'Help Bob.' } }]);
  });
});

describe('a changed agent file', () => {
  const revision = { instructions: 'Serve {{caller}}.', idle: undefined, deadAir: undefined };
  const idle = { afterMs: 900, say: 'Hello?', times: 1, lastly: 'stay' } as const;

  it('is told to the model at once, with the values of the session', () => {
    const session = desk(agent());
    session.on({ type: 'variables.set', values: { caller: 'Bob' } });
    const effects = session.on({ type: 'agents.revised', agents: { concierge: { ...revision, idle } } });
    expect(sentEvents(effects, 'session.update')).toMatchObject([
      { session: { instructions: 'Serve Bob.' } },
    ]);
    expect(session.state.settings.agents['concierge']).toMatchObject({ idle });
    expect(session.state.settings.agents['billing']?.session.instructions).toBe('Help {{caller}}.');
  });

  it('waits for an agent that is not in charge, and is kept by its next connections', () => {
    const session = desk(agent({ voice: 'cedar' }));
    expect(session.on({ type: 'agents.revised', agents: { billing: revision } })).toEqual([]);
    const effects = session.on({ type: 'agent.handoff', agent: 'billing' });
    expect(sentEvents(effects, 'session.update')).toMatchObject([
      { session: { instructions: 'Serve Ada.' } },
    ]);
  });

  it('moves to another connection for another voice, and for no other agent in charge', () => {
    const session = desk(agent({ voice: 'marin' }));
    const revised = (name: string, voice: string) =>
      session.on({ type: 'agents.revised', agents: { [name]: { ...revision, voice } } });
    expect(revised('billing', 'ash').filter(({ type }) => type === 'transport.open')).toEqual([]);
    const effects = revised('concierge', 'verse');
    expect(sentEvents(effects, 'session.update')).toMatchObject([
      { session: { instructions: 'Serve Ada.' } },
    ]);
    expect(effects.filter(({ type }) => type === 'transport.open')).toHaveLength(1);
    expect(session.state.settings.agents['concierge']?.session.audio?.output?.voice).toBe('verse');
  });

  it('says nothing of what is the same, of strangers, and of instructions that were taken back', () => {
    const session = desk(agent());
    expect(session.on({ type: 'agents.revised', agents: { nobody: revision } })).toEqual([]);
    expect(
      session.on({ type: 'agents.revised', agents: { concierge: { ...revision, instructions: undefined } } }),
    ).toEqual([]);
    const same = { ...revision, instructions: 'Help {{caller}}.' };
    expect(session.on({ type: 'agents.revised', agents: { concierge: same } })).toEqual([]);
  });
});

describe('guardrails', () => {
  const guards = { input: true, output: true };

  it('are asked about what the user said, and about the words of the agent as they come', () => {
    const session = new SessionDriver({ guards }).ready();
    expect(session.on({ type: 'user.text', text: 'Hi' })).toContainEqual({
      type: 'guard.check',
      guard: 'input',
      itemId: 'item_user_2',
      text: 'Hi',
      final: true,
    });
    session.created('resp_1');
    const say = (delta: string) =>
      session.server({
        type: 'response.output_audio_transcript.delta',
        response_id: 'resp_1',
        item_id: 'item_a',
        content_index: 0,
        delta,
      });
    expect(asked(say('x'.repeat(60)))).toEqual([]);
    expect(asked(say('y'.repeat(30)))).toEqual(['guard.check']);
  });

  it('cut what is said and say something else', () => {
    const session = new SessionDriver({ guards }).ready();
    session.on({ type: 'user.text', text: 'Hi' });
    session.created('resp_1');
    session.audio('resp_1', 'item_a', 100);
    const effects = session.on({
      type: 'guard.tripped',
      guard: 'output',
      name: 'no_prices',
      itemId: 'item_a',
      say: 'I may not say that.',
    });
    expect(asked(effects)).toEqual(expect.arrayContaining(['sink.flush', 'transport.send']));
    expect(sent(effects)).toEqual(['response.cancel']);
    expect(notices(effects, 'guard_tripped')).toMatchObject([{ name: 'no_prices' }]);
    session.on({ type: 'playout.flushed' });
    expect(JSON.stringify(session.done('resp_1', 'cancelled'))).toContain('I may not say that.');
  });

  it('cancel the answer that the server was about to give to what was said', () => {
    const session = new SessionDriver({ guards }).ready();
    session.spoken('item_u');
    session.on({ type: 'guard.tripped', guard: 'input', name: 'g', itemId: 'item_u', say: undefined });
    expect(sent(session.created('resp_1'))).toEqual(['response.cancel']);
    expect(asked(session.audio('resp_1', 'item_a', 20))).toEqual([]);
  });
});

describe('a session whose process is gone', () => {
  /** What was written down of a session up to now, and the session that its log gives. */
  function resumed(session: RecordedDriver): SessionDriver {
    const replayed = replayJournal(JSON.parse(JSON.stringify(session.records)) as never);
    if (!replayed.ok) throw new Error(replayed.reason);
    expect(replayed.difference).toBeUndefined();
    const next = new SessionDriver();
    next.state = replayed.state;
    return next;
  }

  class RecordedDriver extends SessionDriver {
    readonly records: object[] = [];

    override on(event: SessionEvent) {
      const effects = super.on(event);
      this.records.push({ type: 'step', seq: this.records.length + 1, event, effects });
      return effects;
    }
  }

  function recorded(changes: ConstructorParameters<typeof SessionDriver>[0] = {}): RecordedDriver {
    const session = new RecordedDriver(changes);
    session.records.push({ type: 'session', version: 2, settings: session.state.settings });
    session.ready();
    return session;
  }

  it('goes on over a new connection with the conversation', () => {
    const session = recorded();
    session.on({ type: 'user.text', text: 'Hi' });
    const next = resumed(session);
    expect(asked(next.on({ type: 'session.resume' }))).toContain('transport.open');
    const effects = next.agreed();
    expect(sent(effects)).toEqual(['conversation.item.create', 'response.create']);
    expect(notices(effects, 'connection_changed')).toMatchObject([{ why: 'resume' }]);
  });

  it('knows the words of turns that were about to be heard again', () => {
    const session = recorded();
    session.spoken('item_1');
    session.spoken('item_2');
    session.server({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'item_2',
      content_index: 0,
      transcript: 'Tomorrow.',
    });
    session.lost();
    session.fired('backoff');
    session.agreed();
    const next = resumed(session);
    next.on({ type: 'session.resume' });
    const texts = JSON.stringify(sentEvents(next.agreed(), 'conversation.item.create'));
    expect(texts.match(/"text":"[^"]*"/g)).toEqual(['"text":"[unintelligible]"', '"text":"Tomorrow."']);
  });

  it('does not run a tool again that had started, unless that does no harm', () => {
    const session = recorded({ tools: [testTool('book'), testTool('look', { idempotent: true })] });
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'book');
    session.call('resp_1', 'call_2', 'look');
    session.done('resp_1');
    const next = resumed(session);
    const effects = next.on({ type: 'session.resume' });
    expect(effects.filter((effect) => effect.type === 'tool.start')).toMatchObject([{ callId: 'call_2' }]);
    expect(notices(effects, 'tool_settled')).toMatchObject([
      { callId: 'call_1', outcome: { status: 'failed' } },
    ]);
    expect(JSON.stringify(sentEvents(next.agreed(), 'conversation.item.create'))).toContain('is unknown');
    expect(sent(next.settle('call_2'))).toEqual(['conversation.item.create', 'response.create']);
  });

  it('knows what was heard: what was on its way to the ear is not', () => {
    const session = recorded();
    session.created('resp_1');
    session.server({
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_1',
      item_id: 'item_a',
      content_index: 0,
      transcript: 'one two three four',
    });
    session.audio('resp_1', 'item_a', 1_000);
    session.played('item_a', 500);
    const next = resumed(session);
    next.on({ type: 'session.resume' });
    expect(JSON.stringify(sentEvents(next.agreed(), 'conversation.item.create'))).toContain(
      '"text":"one two"',
    );
  });

  it.each([
    ['that was to end in order', { sessionMs: undefined }, 3_000],
    ['whose limit was reached', { sessionMs: 1_000 }, 4_000],
  ])('%s winds down in the time for that', (_name, limits, delayMs) => {
    const session = recorded({ limits: { ...defaultLimits, ...limits } });
    session.on({ type: 'agent.say', text: 'Wait.' });
    if (limits.sessionMs === undefined) session.on({ type: 'session.close', mode: 'drain', reason: 'bye' });
    else for (let at = 0; at < 2; at++) session.fired('limit');
    const effects = resumed(session).on({ type: 'session.resume' });
    expect(effects).toContainEqual({ type: 'timer.start', timer: 'drain', delayMs });
  });

  it('that was closed stays closed', () => {
    const session = recorded();
    session.on({ type: 'session.close', mode: 'cancel', reason: 'bye' });
    expect(resumed(session).on({ type: 'session.resume' })).toEqual([]);
  });

  it.each([
    [[], 'it holds no session'],
    [
      [{ type: 'step', event: { type: 'session.start' } }],
      'it does not begin with a record of type "session"',
    ],
    [[{ type: 'session', version: 1, settings: {} }], 'its version is 1, not 2'],
  ])('is not made from %j', (records, reason) => {
    expect(replayJournal(records as never)).toEqual({ ok: false, reason });
  });

  it('shows the first step that is another today', () => {
    const settings = testSettings();
    const event = { type: 'session.start' } as const;
    const [, effects] = transition(initialState(settings), event);
    const records = [
      { type: 'session', version: 2, settings },
      { type: 'step', seq: 1, event, effects: effects.slice(1) },
      { type: 'step', seq: 2, event: { type: 'user.interrupt' }, effects: [] },
    ];
    expect(replayJournal(JSON.parse(JSON.stringify(records)) as never)).toMatchObject({
      ok: true,
      steps: 1,
      difference: { seq: 1, event },
    });
  });
});
