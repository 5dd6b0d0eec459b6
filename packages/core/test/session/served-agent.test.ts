import type { AgentSettings } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { SessionDriver, type SettingsChange, sentEvents, testSettings, testTool } from './session-driver.ts';

function agent(tool: string, voice = 'cedar'): AgentSettings {
  const [base] = Object.values(testSettings().agents);
  return {
    ...(base as AgentSettings),
    session: { type: 'realtime', audio: { output: { voice } } },
    tools: [testTool(tool), testTool('shared')],
  };
}

function desk(changes: SettingsChange & { readonly voice?: string } = {}): SessionDriver {
  const { voice, ...rest } = changes;
  const agents = { concierge: agent('look'), billing: agent('charge', voice) };
  return new SessionDriver({ agents, ...rest }).ready();
}

function handOver(session: SessionDriver) {
  return session.on({ type: 'agent.handoff', agent: 'billing' });
}

const refusal = { type: 'invalid_request_error', code: 'invalid_value', message: 'No.' };

/** For whom a call of a response is run that begins now. */
function runsFor(session: SessionDriver, name: string, at = '1'): readonly string[] {
  session.created(`resp_${at}`);
  const effects = session.call(`resp_${at}`, `call_${at}`, name);
  session.done(`resp_${at}`);
  return effects.flatMap((effect) => (effect.type === 'tool.start' ? [effect.agent] : []));
}

describe('a response that begins around a handover', () => {
  it('is of the agent before until the server has taken the settings of the next', () => {
    const session = desk();
    handOver(session);
    expect(runsFor(session, 'look', '1')).toEqual(['concierge']);
    expect(runsFor(session, 'shared', '2')).toEqual(['concierge']);
    session.server({ type: 'session.updated', session: {} });
    expect(runsFor(session, 'shared', '3')).toEqual(['billing']);
  });

  it('is of each of several in their order', () => {
    const session = desk();
    handOver(session);
    session.on({ type: 'agent.handoff', agent: 'concierge' });
    expect(runsFor(session, 'shared', '1')).toEqual(['concierge']);
    session.server({ type: 'session.updated', session: {} });
    expect(runsFor(session, 'shared', '2')).toEqual(['billing']);
    session.server({ type: 'session.updated', session: {} });
    expect(runsFor(session, 'shared', '3')).toEqual(['concierge']);
  });

  it('is of the one in charge when it calls what that one alone has: not every server says what it has taken', () => {
    const session = desk();
    handOver(session);
    expect(runsFor(session, 'charge')).toEqual(['billing']);
  });

  it('is of the one whose function it called, also where that call has handed over', () => {
    const agents = {
      concierge: agent('look'),
      billing: { ...agent('charge'), handoffs: { back: 'concierge' } },
    };
    const session = desk({ agents });
    handOver(session);
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'back');
    expect(session.state.agent).toBe('concierge');
    expect(session.call('resp_1', 'call_2', 'charge')).toContainEqual(
      expect.objectContaining({ type: 'tool.start', agent: 'billing' }),
    );
  });

  it('is of the next once an item of ours is told that was sent behind the settings', () => {
    const session = desk();
    const before = session.on({ type: 'user.text', text: 'Hello' });
    handOver(session);
    session.confirm(before);
    expect(runsFor(session, 'shared', '1')).toEqual(['concierge']);
    session.confirm(session.on({ type: 'user.text', text: 'Hello again' }));
    expect(runsFor(session, 'shared', '2')).toEqual(['billing']);
  });

  it('is of no agent that was before the last, when the server says late what it has taken', () => {
    const session = desk();
    handOver(session);
    session.on({ type: 'agent.handoff', agent: 'concierge' });
    session.confirm(session.on({ type: 'user.text', text: 'Hello' }));
    session.server({ type: 'session.updated', session: {} });
    expect(runsFor(session, 'shared')).toEqual(['concierge']);
  });

  it('goes back to the agent before where the refusal comes behind the answer to a later item', () => {
    const session = desk();
    const [update] = sentEvents(handOver(session), 'session.update');
    const [text] = sentEvents(session.on({ type: 'user.text', text: 'Hi.' }), 'conversation.item.create');
    const { item } = text as unknown as { item: { id: string } };
    session.server({
      type: 'conversation.item.added',
      item: { id: item.id, type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi.' }] },
    });
    session.server({ type: 'error', error: { ...refusal, event_id: update?.['event_id'] } });
    expect(runsFor(session, 'shared')).toEqual(['concierge']);
  });

  it('stays with the agent before where the server refuses the settings', () => {
    const session = desk();
    const [update] = sentEvents(handOver(session), 'session.update');
    session.server({ type: 'error', error: { ...refusal, event_id: update?.['event_id'] } });
    expect(runsFor(session, 'shared')).toEqual(['concierge']);
  });

  it.each([
    { refused: [1], has: 'night' },
    { refused: [1, 2], has: 'concierge' },
    { refused: [2, 1], has: 'concierge' },
    { refused: [2], has: 'billing' },
  ])(
    'stays with the last that was taken where settings $refused of a new connection are refused',
    ({ refused, has }) => {
      const agents = { concierge: agent('look'), billing: agent('charge'), night: agent('guard') };
      const session = new SessionDriver({ agents });
      const sent = [...session.on({ type: 'session.start' }), ...session.opened()];
      sent.push(...handOver(session), ...session.on({ type: 'agent.handoff', agent: 'night' }));
      const updates = sentEvents(sent, 'session.update');
      session.server({ type: 'session.created', session: { id: 'sess_p' } });
      session.server({ type: 'session.updated', session: {} });
      for (const at of refused) {
        session.server({ type: 'error', error: { ...refusal, event_id: updates[at]?.['event_id'] } });
      }
      if (refused.length === 1) session.server({ type: 'session.updated', session: {} });
      expect(runsFor(session, 'shared')).toEqual([has]);
    },
  );

  it.each([
    { answers: ['no'], has: 'concierge' },
    { answers: ['yes'], has: 'billing' },
    { answers: [], has: 'billing' },
    { answers: ['no, once it has taken over'], has: 'concierge' },
  ])(
    'over a connection that stood by is of the agent whose settings it has taken: $answers',
    ({ answers, has }) => {
      const session = desk();
      session.created('resp_0');
      session.on({ type: 'session.reseat', reason: 'asked' });
      session.agreed();
      const { successor } = session.state;
      const epoch = 'epoch' in successor ? successor.epoch : 0;
      // The connection in use is told first.
      const asked = sentEvents(handOver(session), 'session.update').at(-1)?.['event_id'];
      const answer = (event: object) => session.on({ type: 'server.event', epoch, event: event as never });
      const refuse = () => answer({ type: 'error', event_id: 'no', error: { ...refusal, event_id: asked } });
      if (answers[0] === 'no') refuse();
      if (answers[0] === 'yes') answer({ type: 'session.updated', event_id: 'yes', session: {} });
      session.done('resp_0');
      expect(session.state.connection).toMatchObject({ kind: 'ready', epoch });
      if (answers[0]?.startsWith('no,')) refuse();
      expect(runsFor(session, 'shared')).toEqual([has]);
    },
  );

  it('over the connection of another voice is of the agent that it was made for', () => {
    const session = desk({ voice: 'marin' });
    const { epoch } = session.state.connection;
    handOver(session);
    const tell = (type: string, status: string) => {
      const event = { event_id: type, type, response: { id: 'resp_1', status, output: [] } };
      session.on({ type: 'server.event', epoch, event: event as never });
    };
    tell('response.created', 'in_progress');
    expect(session.state.response).toMatchObject({ agent: 'concierge' });
    tell('response.done', 'completed');
    session.agreed();
    expect(runsFor(session, 'shared', '2')).toEqual(['billing']);
  });

  it('of a call that was left has the agent that its server has the settings of', () => {
    const session = new SessionDriver({
      agents: { concierge: agent('look'), billing: agent('charge') },
      callId: 'rtc_1',
    });
    session.on({ type: 'session.start' });
    session.opened();
    session.server({ type: 'session.updated', session: {} });
    session.lost();
    handOver(session);
    session.fired('backoff');
    session.opened();
    expect(runsFor(session, 'shared', '1')).toEqual(['concierge']);
    session.server({ type: 'session.updated', session: {} });
    expect(runsFor(session, 'shared', '2')).toEqual(['billing']);
  });
});
