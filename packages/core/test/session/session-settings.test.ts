import { describe, expect, it } from 'vitest';
import type { SessionUpdate } from '../../src/protocol/session-config.ts';
import { notices, SessionDriver, sent, sentEvents, testSettings, testTool } from './session-driver.ts';

const concierge = testSettings().agents['concierge'];
if (concierge === undefined) throw new Error('there is no agent');
const base = concierge;

const serverVad = { type: 'server_vad', threshold: 0.5 } as const;

function handingOver(from: Partial<SessionUpdate>, to: Partial<SessionUpdate>): readonly string[] {
  const session = new SessionDriver({
    agents: {
      concierge: { ...base, session: { type: 'realtime', ...from } },
      billing: { ...base, session: { type: 'realtime', ...to } },
    },
  }).ready();
  return session
    .on({ type: 'agent.handoff', agent: 'billing' })
    .flatMap((effect) =>
      effect.type === 'transport.open'
        ? ['another connection']
        : effect.type === 'transport.send'
          ? ['update']
          : [],
    );
}

describe('an agent that takes over', () => {
  it.each<[string, Partial<SessionUpdate>, Partial<SessionUpdate>]>([
    ['other instructions', { instructions: 'A' }, { instructions: 'B' }],
    ['more', {}, { max_output_tokens: 5, audio: { output: { speed: 1.2 } } }],
    ['another truncation', { truncation: 'disabled' }, { truncation: 'auto' }],
    [
      'turns found otherwise',
      { audio: { input: { turn_detection: { ...serverVad, idle_timeout_ms: 6_000 } } } },
      { audio: { input: { turn_detection: { type: 'semantic_vad' } } } },
    ],
    [
      'turns found by us',
      { audio: { input: { turn_detection: serverVad } } },
      { audio: { input: { turn_detection: null } } },
    ],
  ])('with %s is told over the connection that is there', (_, from, to) => {
    expect(handingOver(from, to)).toEqual(['update']);
  });

  it.each<[string, Partial<SessionUpdate>, Partial<SessionUpdate>]>([
    ['another voice', { audio: { output: { voice: 'marin' } } }, { audio: { output: { voice: 'cedar' } } }],
    ['other traces', { tracing: 'auto' }, { tracing: { workflow_name: 'b' } }],
    ['no prompt any more', { prompt: { id: 'p' } }, {}],
    ['no temperature any more', { temperature: 0.7 }, {}],
    ['a format that is not told', { audio: { input: { format: { type: 'audio/pcmu' } } } }, {}],
    [
      'no idle timeout any more',
      { audio: { input: { turn_detection: { ...serverVad, idle_timeout_ms: 6_000 } } } },
      { audio: { input: { turn_detection: serverVad } } },
    ],
  ])('with %s comes with another connection', (_, from, to) => {
    expect(handingOver(from, to)).toEqual(['another connection']);
  });
});

describe('a call that is forced', () => {
  const forced = (tool_choice: SessionUpdate['tool_choice']) =>
    new SessionDriver({ session: { type: 'realtime', tool_choice }, tools: [testTool('f')] }).ready();

  it.each<[SessionUpdate['tool_choice'], object]>([
    ['required', { tool_choice: 'auto' }],
    [{ type: 'function', name: 'f' }, { tool_choice: 'auto' }],
  ])('by %j is forced once a turn', (choice, response) => {
    const session = forced(choice);
    const [first] = sentEvents(session.on({ type: 'user.text', text: 'Hi' }), 'response.create');
    expect(first).not.toHaveProperty('response');
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    const [second] = sentEvents(session.settle('call_1'), 'response.create');
    expect(second).toMatchObject({ response });
    session.created('resp_2');
    session.done('resp_2');
    const [third] = sentEvents(session.on({ type: 'user.text', text: 'Again' }), 'response.create');
    expect(third).not.toHaveProperty('response');
  });

  it('counts for the turn in which it runs, also where it was made in an earlier one', () => {
    const tools = [testTool('f', { confirm: { by: 'app', ttlMs: 9_000 } })];
    const session = new SessionDriver({
      session: { type: 'realtime', tool_choice: 'required' },
      tools,
    }).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    const check = { kind: 'sound', arguments: {} } as const;
    const asked = session.on({ type: 'tool.checked', callId: 'call_1', check, approver: 'present' });
    const approvalId = String(notices(asked, 'approval_requested')[0]?.['approvalId']);
    session.on({ type: 'user.text', text: 'Go on' });
    session.created('resp_2');
    session.done('resp_2');
    session.on({ type: 'approval.given', approvalId, verdict: 'approved' });
    const [answer] = sentEvents(session.settle('call_1'), 'response.create');
    expect(answer).toMatchObject({ response: { tool_choice: 'auto' } });
  });

  it('is nothing to a model that may choose', () => {
    const session = forced('auto');
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    const [answer] = sentEvents(session.settle('call_1'), 'response.create');
    expect(answer).not.toHaveProperty('response');
  });
});

describe('settings that the server refuses', () => {
  const places = {
    'audio.input.turn_detection': 'T',
    'audio.input.turn_detection.threshold': 'T.threshold',
    'audio.output.speed': 'S',
    prompt: 'P',
    'tools[1]': 'the second tool',
  };
  const provider = {
    name: 'scripted',
    voice: 'alloy',
    sessionLimitMs: undefined,
    leavesOut: ['prompt'],
    places: { 'audio.output.voice': 'V' },
  };

  function refuse(error: object): string | undefined {
    const session = new SessionDriver({
      agents: { concierge: { ...base, places } },
      providers: [provider],
    });
    session.on({ type: 'session.start' });
    session.server({ type: 'session.created', session: { id: 'p' } });
    const effects = session.server({
      type: 'error',
      error: { type: 'invalid_request_error', message: 'No.', ...error },
    });
    const [closed] = notices(effects, 'closed');
    expect(closed).toMatchObject({
      outcome: { status: 'failed', error: { code: 'provider.session_refused', provider: 'scripted' } },
    });
    return (closed as { outcome: { error: { reason: string } } }).outcome.error.reason;
  }

  const threshold = 'session.audio.input.turn_detection.threshold';
  it.each<[object, string]>([
    [{ param: threshold }, `No. (T.threshold; on the wire ${threshold})`],
    [
      { param: 'session.audio.input.turn_detection.create_response' },
      'No. (T; on the wire session.audio.input.turn_detection.create_response)',
    ],
    [{ param: 'session.audio.output.voice' }, 'No. (V; on the wire session.audio.output.voice)'],
    [
      { param: 'session.tools[1].parameters.properties' },
      'No. (the second tool; on the wire session.tools[1].parameters.properties)',
    ],
    [{ param: 'session.tools[0].name' }, 'No. (session.tools[0].name)'],
    [{ param: 'session.toolset' }, 'No. (session.toolset)'],
    [{ param: 'model' }, 'No. (model)'],
    [{ code: 'cannot_update_voice' }, 'cannot_update_voice: No. (V; on the wire session.audio.output.voice)'],
    [
      { message: "Unknown parameter: 'session.turn_detection.threshold'." },
      `Unknown parameter: 'session.turn_detection.threshold'. (T.threshold; on the wire ${threshold})`,
    ],
    [
      { code: 'unknown_parameter', param: null },
      'unknown_parameter: No. (it names no setting; what was sent: V, T.threshold, S, the second tool)',
    ],
  ])('are named: %j', (error, reason) => {
    expect(refuse(error)).toBe(reason);
  });

  it.each<[string, object]>([
    ['by the id of the update', { event_id: 'evt_2', message: 'No.', param: 'session.audio.output.speed' }],
    ['by their place alone', { message: 'No.', param: 'session.audio.output.speed' }],
  ])('later are a warning, told %s', (_, error) => {
    const session = new SessionDriver({
      agents: {
        concierge: { ...base, session: { type: 'realtime', instructions: 'Help {{who}}.' }, places },
      },
      providers: [provider],
    }).ready();
    const [update] = sentEvents(
      session.on({ type: 'variables.set', values: { who: 'Ada' } }),
      'session.update',
    );
    const event_id = 'event_id' in error ? update?.['event_id'] : undefined;
    const effects = session.server({
      type: 'error',
      error: { ...error, ...(event_id !== undefined && { event_id }) },
    });
    expect(sent(effects)).toEqual([]);
    expect(notices(effects, 'warning')).toEqual([
      {
        type: 'warning',
        code: 'provider.session_refused',
        message: 'No. (S; on the wire session.audio.output.speed)',
      },
    ]);
  });
});
