import { describe, expect, it } from 'vitest';
import { notices, SessionDriver, type SettingsChange, sent, sentEvents, testTool } from './session-driver.ts';

/** The user has ended a turn by hand, and the server has told nothing of it yet. */
function ended(changes: SettingsChange = {}): { readonly session: SessionDriver; readonly commit: string } {
  const session = new SessionDriver({ turnTaking: 'manual', ...changes }).ready();
  session.on({ type: 'user.speech_started' });
  const effects = session.on({ type: 'user.commit' });
  expect(sent(effects)).toEqual(['input_audio_buffer.commit', 'response.create']);
  return { session, commit: String(sentEvents(effects, 'input_audio_buffer.commit')[0]?.['event_id']) };
}

function committed(session: SessionDriver, itemId: string) {
  return session.server({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null });
}

function refused(session: SessionDriver, event_id?: string) {
  const code = 'input_audio_buffer_commit_empty';
  return session.server({
    type: 'error',
    error: { type: 'invalid_request_error', code, message: 'empty', event_id },
  });
}

describe('the answer to a turn that is ended here', () => {
  it('is asked for right behind the commit, once', () => {
    const { session } = ended();
    expect(sent(committed(session, 'item_1'))).toEqual([]);
    session.created('resp_1');
    expect(sent(session.done('resp_1'))).toEqual([]);
  });

  it('is cut where the server says that there was no turn', () => {
    const { session, commit } = ended();
    expect(sent(refused(session, commit))).toEqual([]);
    expect(sent(session.created('resp_1'))).toEqual(['response.cancel']);
    expect(sent(session.done('resp_1', 'cancelled'))).toEqual([]);
    expect(session.state).toMatchObject({
      userTurn: { kind: 'silent' },
      response: { kind: 'none' },
      owed: [],
    });
  });

  it('waits for an answer that the turn has cut, and is not asked for when there was no turn', () => {
    const session = new SessionDriver({ turnTaking: 'manual' }).ready();
    session.on({ type: 'user.text', text: 'Tell me.' });
    session.created('resp_1');
    session.on({ type: 'user.speech_started' });
    expect(sent(session.on({ type: 'user.commit' }))).toEqual(['input_audio_buffer.commit']);
    expect(session.state.owed).toHaveLength(1);
    refused(session);
    // What the button has cut is still to be answered.
    expect(session.state.owed).toEqual([{ kind: 'answer', when: 'now', attempt: 0 }]);
    expect(sent(session.done('resp_1', 'cancelled'))).toEqual(['response.create']);
  });

  it('is asked for again when the next turn has cut it and was none', () => {
    const { session } = ended();
    session.on({ type: 'user.speech_started' });
    expect(sent(committed(session, 'item_1'))).toEqual([]);
    session.on({ type: 'user.speech_dropped' });
    session.created('resp_1');
    expect(sent(session.done('resp_1', 'cancelled'))).toEqual(['response.create']);
  });

  it('is not asked for again by a server that tells of the turn late', () => {
    const { session } = ended();
    session.created('resp_1');
    session.done('resp_1');
    expect(sent(committed(session, 'item_1'))).toEqual([]);
    expect(session.state.answeredCommits).toEqual([]);
  });

  it('is asked for over the next connection behind a commit of its own', () => {
    const { session } = ended();
    session.lost();
    expect(session.state.owed).toEqual([]);
    session.fired('backoff');
    expect(sent(session.agreed())).toEqual(['input_audio_buffer.commit', 'response.create']);
  });

  it('is tried again when it failed, also before the turn was told of', () => {
    const { session } = ended();
    session.created('resp_1');
    session.done('resp_1', 'failed');
    expect(sent(committed(session, 'item_1'))).toEqual([]);
    expect(sent(session.fired('response.retry'))).toEqual(['response.create']);
  });

  it('is not tried again when there was no turn', () => {
    const { session, commit } = ended();
    session.created('resp_1');
    session.done('resp_1', 'failed');
    expect(refused(session, commit)).toContainEqual({ type: 'timer.cancel', timer: 'response.retry' });
    expect(session.state.response.kind).toBe('none');
  });

  it('waits for the turn where more is to be answered', () => {
    const session = new SessionDriver({ turnTaking: 'manual', tools: [testTool('f')] }).ready();
    session.on({ type: 'user.text', text: 'Look it up.' });
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    session.on({ type: 'user.speech_started' });
    session.settle('call_1');
    expect(sent(session.on({ type: 'user.commit' }))).toEqual(['input_audio_buffer.commit']);
    expect(sent(committed(session, 'item_1'))).toEqual(['response.create']);
  });

  it('is wanted for a tool too that ended before it was refused', () => {
    const { session, commit } = ended({ tools: [testTool('f', { reply: 'now' })] });
    session.on({ type: 'user.text', text: 'And this.' });
    refused(session, commit);
    session.created('resp_1');
    expect(sent(session.done('resp_1', 'cancelled'))).toEqual(['response.create']);
  });

  it('counts as one to the user, whatever was said before without them', () => {
    const session = new SessionDriver({
      turnTaking: 'manual',
      limits: { ...new SessionDriver().state.settings.limits, responsesWithoutUser: 1 },
    }).ready();
    session.on({ type: 'agent.say', text: 'Hello.' });
    session.created('resp_1');
    session.done('resp_1');
    session.on({ type: 'user.speech_started' });
    const effects = session.on({ type: 'user.commit' });
    expect(sent(effects)).toEqual(['input_audio_buffer.commit']);
    expect(notices(effects, 'limit')).toEqual([]);
    expect(sent(committed(session, 'item_1'))).toEqual(['response.create']);
  });

  it('may call the tool that is forced, though one was called in the turn before', () => {
    const session = new SessionDriver({
      turnTaking: 'manual',
      tools: [testTool('f')],
      session: { type: 'realtime', instructions: 'Help.', tool_choice: 'required' },
    }).ready();
    session.on({ type: 'user.text', text: 'Look it up.' });
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'f');
    session.done('resp_1');
    session.settle('call_1');
    session.created('resp_2');
    session.done('resp_2');
    session.on({ type: 'user.speech_started' });
    const [request] = sentEvents(session.on({ type: 'user.commit' }), 'response.create');
    expect(request).not.toHaveProperty('response');
  });

  it('waits for the server where that answers turns, or the user is asked for a call', () => {
    const session = new SessionDriver({ turnTaking: 'server_commits' }).ready();
    session.on({ type: 'user.speech_started' });
    expect(sent(session.on({ type: 'user.commit' }))).toEqual(['input_audio_buffer.commit']);
    expect(sent(committed(session, 'item_1'))).toEqual(['response.create']);
  });
});
