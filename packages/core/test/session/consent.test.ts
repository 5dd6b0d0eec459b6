import { type ConsentQuestion, consentWords, type Effect, type SessionEvent } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { notices, SessionDriver, type SettingsChange, sent, sentEvents, testTool } from './session-driver.ts';

const english = consentWords('en');
const wipe = testTool('wipe', { confirm: { by: 'spoken', ttlMs: 15_000 } });
const question = { text: 'Wipe disk 1. Shall I go ahead?', closingLength: 17 };

function agent(changes: SettingsChange = {}): SettingsChange {
  return {
    tools: [wipe],
    turnTaking: 'server_commits',
    ...(english && { consentWords: english }),
    ...changes,
  };
}

function check(
  session: SessionDriver,
  callId = 'call_1',
  asked: Partial<ConsentQuestion> = {},
): readonly Effect[] {
  return session.on({
    type: 'tool.checked',
    callId,
    check: { kind: 'sound', arguments: { disk: 1 }, question: { ...question, ...asked } },
    approver: 'absent',
  });
}

/** The model has called `wipe`; the question is asked for. */
function due(changes: SettingsChange = {}, asked: Partial<ConsentQuestion> = {}): SessionDriver {
  const session = new SessionDriver(agent(changes)).ready();
  session.created('resp_1');
  session.call('resp_1', 'call_1', 'wipe', '{"disk":1}');
  session.done('resp_1');
  check(session, 'call_1', asked);
  return session;
}

/** The question is being said: 2,000 ms of it have come. */
function say(session: SessionDriver, responseId = 'resp_q', itemId = 'item_q', text = question.text): void {
  session.created(responseId);
  session.server({
    type: 'response.output_item.added',
    response_id: responseId,
    item: { id: itemId, type: 'message', role: 'assistant', content: [] },
  });
  session.server({
    type: 'response.output_audio_transcript.done',
    response_id: responseId,
    item_id: itemId,
    content_index: 0,
    transcript: text,
  });
  session.audio(responseId, itemId, 2_000);
  session.server({
    type: 'response.output_audio.done',
    response_id: responseId,
    item_id: itemId,
    content_index: 0,
  });
  session.done(responseId);
}

/** The question was said and heard. */
function listening(changes: SettingsChange = {}): SessionDriver {
  const session = due(changes);
  say(session);
  session.played('item_q', 2_000);
  return session;
}

const type = (text: string): SessionEvent => ({ type: 'user.text', text });
const started = (effects: readonly Effect[]) => effects.filter((effect) => effect.type === 'tool.start');
const endings = (effects: readonly Effect[]) =>
  notices(effects, 'approval_settled').map(({ ending }) => ending);
const creates = (effects: readonly Effect[]) => sentEvents(effects, 'response.create');

function outputs(effects: readonly Effect[]): readonly { readonly code: string; readonly error: string }[] {
  return sentEvents(effects, 'conversation.item.create').flatMap(({ item }) => {
    const { type: kind, output } = item as { type: string; output: string };
    return kind === 'function_call_output' ? [JSON.parse(output)] : [];
  });
}

function transcribed(session: SessionDriver, itemId: string, transcript: string): readonly Effect[] {
  return session.server({
    type: 'conversation.item.input_audio_transcription.completed',
    item_id: itemId,
    content_index: 0,
    transcript,
  });
}

/** Speaks over what is being said; 600 ms of it were heard. */
function cutIn(session: SessionDriver, itemId: string, heardMs = 600): void {
  session.played('item_q', heardMs);
  session.server({ type: 'input_audio_buffer.speech_started', item_id: itemId, audio_start_ms: 0 });
  session.on({ type: 'playout.flushed' });
  session.server({ type: 'input_audio_buffer.speech_stopped', item_id: itemId, audio_end_ms: 500 });
  session.server({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null });
}

describe('a call that the user has to agree to', () => {
  it('is asked for in the words of its question, by the runtime', () => {
    const session = new SessionDriver(agent()).ready();
    session.created('resp_1');
    expect(started(session.call('resp_1', 'call_1', 'wipe', '{"disk":1}'))).toEqual([]);
    expect(sent(check(session))).toEqual([]);
    const [create] = creates(session.done('resp_1'));
    expect(create).toMatchObject({
      response: {
        instructions: expect.stringContaining('"Wipe disk 1. Shall I go ahead?"'),
        metadata: { 'antiphon.say': question.text, 'antiphon.asks_for': 'call_1' },
        tool_choice: 'none',
      },
    });
  });

  it('is told of when the question was heard, and waits for so long', () => {
    const session = due();
    say(session);
    const effects = session.played('item_q', 2_000);
    expect(notices(effects, 'approval_requested')).toMatchObject([
      {
        by: 'spoken',
        callId: 'call_1',
        tool: 'wipe',
        arguments: { disk: 1 },
        ttlMs: 15_000,
        question: question.text,
      },
    ]);
    expect(effects).toContainEqual({ type: 'timer.start', timer: 'consent', delayMs: 15_000 });
    expect(session.state.consent).toMatchObject({ kind: 'listening', heard: 'whole' });
  });

  it('lets go all sound that was given before it was heard whole, of which the server never told', () => {
    const session = due();
    say(session);
    const effects = session.played('item_q', 2_000);
    const [mark] = effects.flatMap((effect) => (effect.type === 'source.mark' ? [effect] : []));
    expect(mark).toBeDefined();
    expect(effects).toContainEqual({ type: 'source.forget', itemId: mark?.itemId });
  });

  it('keeps the sound of one who speaks already when it was heard whole', () => {
    const session = due({ interruptible: false });
    say(session);
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u2', audio_start_ms: 0 });
    expect(asked(session.played('item_q', 2_000))).not.toContain('source.forget');
  });

  it('runs after a typed yes, which is not answered before the result is there', () => {
    const session = listening();
    const effects = session.on(type('Yes, please.'));
    expect(started(effects)).toMatchObject([
      { callId: 'call_1', argumentsJson: '{"disk":1}', approved: true },
    ]);
    expect(endings(effects)).toEqual(['approved']);
    expect(sent(effects)).toEqual(['conversation.item.create']);
    expect(sent(session.settle('call_1'))).toEqual(['conversation.item.create', 'response.create']);
    expect(session.state.consent).toEqual({ kind: 'none' });
  });

  it.each([
    ['after the question', [], [type('Yes.')], 1],
    ['before its end, and asks again', [type('Yes.')], [], 0],
  ])('reads a yes that was typed without a connection %s', (_when, before, after, runs) => {
    const session = due();
    say(session);
    session.lost();
    const typedBefore = before.flatMap((event) => session.on(event));
    session.played('item_q', 2_000);
    const typedAfter = after.flatMap((event) => session.on(event));
    expect([...started(typedBefore), ...started(typedAfter)]).toEqual([]);
    session.fired('backoff');
    session.opened();
    const effects = session.agreed();
    expect(started(effects)).toHaveLength(runs);
    expect(creates(effects)).toHaveLength(1 - runs);
  });

  it('runs after a spoken yes, when its words are known', () => {
    const session = listening();
    expect(sent(session.spoken('item_u'))).toEqual([]);
    const effects = transcribed(session, 'item_u', 'Yeah, go ahead.');
    expect(started(effects)).toHaveLength(1);
    expect(creates(effects)).toEqual([]);
  });

  it.each(['No.', 'Yes, but only tomorrow'])('is not run after %j, and the model answers that', (words) => {
    const session = listening();
    const effects = session.on(type(words));
    expect(started(effects)).toEqual([]);
    expect(endings(effects)).toEqual(['rejected']);
    expect(outputs(effects)).toMatchObject([
      { code: 'tool.not_confirmed', error: expect.stringContaining(words) },
    ]);
    expect(creates(effects)).toHaveLength(1);
    expect(started(session.on(type('yes')))).toEqual([]);
  });

  it('is asked for once more when the answer is unclear, then it is rejected', () => {
    const session = listening();
    const again = session.on(type('no problem'));
    expect(outputs(again)).toEqual([]);
    expect(creates(again)).toMatchObject([
      { response: { metadata: { 'antiphon.say': `Please say yes or no. ${question.text}` } } },
    ]);
    say(session, 'resp_r', 'item_r', `Please say yes or no. ${question.text}`);
    expect(notices(session.played('item_r', 2_000), 'approval_requested')).toHaveLength(1);
    const effects = session.on(type('what is the weather'));
    expect(endings(effects)).toEqual(['rejected']);
    expect(creates(effects)).toHaveLength(1);
  });

  it('is asked for once more when the words of the answer are lost', () => {
    const session = listening();
    session.spoken('item_u');
    const failed = {
      type: 'conversation.item.input_audio_transcription.failed',
      item_id: 'item_u',
      content_index: 0,
      error: { message: 'no' },
    };
    expect(creates(session.server(failed))).toHaveLength(1);
  });

  it('is not run when nobody answers in time', () => {
    const session = listening();
    const effects = session.fired('consent');
    expect(endings(effects)).toEqual(['expired']);
    expect(outputs(effects)).toMatchObject([{ code: 'tool.confirmation_late' }]);
    expect(creates(effects)).toHaveLength(1);
    expect(started(session.on(type('yes')))).toEqual([]);
  });

  it('waits for one who is still speaking when the time is over', () => {
    const session = listening();
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u', audio_start_ms: 0 });
    expect(asked(session.fired('consent'))).toEqual(['timer.start']);
  });

  it.each([
    'Wipe disk 2. Shall I go ahead?',
    'Wipe disk two. Shall I go ahead?',
    'Wipe the disk. Shall I go ahead?',
  ])(
    'is not run after a yes to %j, read with another number or none: it is put again, then given up',
    (text) => {
      const session = due();
      for (const at of [1, 2, 3]) {
        say(session, `resp_q${at}`, `item_q${at}`, text);
        session.done(`resp_q${at}`);
        session.played(`item_q${at}`, 2_000);
        const effects = session.on(type('yes'));
        expect(started(effects)).toEqual([]);
        if (at < 3) expect(JSON.stringify(creates(effects))).toContain(question.text);
        else expect(outputs(effects)).toMatchObject([{ code: 'tool.not_confirmed' }]);
      }
    },
  );

  it('is not run after a yes to a question that was read with another name', () => {
    const named = due({}, { text: 'Wipe disk 1 of Ann. Shall I?', values: ['Ann'] });
    say(named, 'resp_q', 'item_q', 'Wipe disk 1 of Bob. Shall I?');
    named.played('item_q', 2_000);
    expect(started(named.on(type('yes')))).toEqual([]);
    say(named, 'resp_r', 'item_r', 'Wipe disk one of Ann. Shall I?');
    named.played('item_r', 2_000);
    expect(started(named.on(type('yes')))).toHaveLength(1);
  });

  it('is not run after a yes to a question that was cut: it is put again', () => {
    const session = due();
    say(session);
    cutIn(session, 'item_u');
    expect(session.state.consent).toMatchObject({ kind: 'listening', heard: 'in_part' });
    const effects = transcribed(session, 'item_u', 'yes');
    expect(started(effects)).toEqual([]);
    expect(creates(effects)).toMatchObject([{ response: { metadata: { 'antiphon.say': question.text } } }]);
  });

  it('is rejected by a no that cuts the question', () => {
    const session = due();
    say(session);
    cutIn(session, 'item_u');
    expect(endings(transcribed(session, 'item_u', 'No, stop!'))).toEqual(['rejected']);
  });

  it('runs after a yes that cuts only the closing words', () => {
    const session = due();
    say(session);
    cutIn(session, 'item_u', 1_200);
    expect(started(transcribed(session, 'item_u', 'yes'))).toHaveLength(1);
  });

  it('is not run after a yes to a question that the server broke off', () => {
    const session = due();
    session.created('resp_q');
    const message = { id: 'item_q', type: 'message', role: 'assistant', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_q', item: message });
    session.server({
      type: 'response.output_audio_transcript.delta',
      response_id: 'resp_q',
      item_id: 'item_q',
      content_index: 0,
      delta: 'Wipe disk 1. Shall I',
    });
    session.audio('resp_q', 'item_q', 1_000);
    cutIn(session, 'item_u', 1_000);
    session.done('resp_q', 'cancelled');
    expect(started(transcribed(session, 'item_u', 'yes'))).toEqual([]);
  });

  it('is asked for again when a noise has cut the question', () => {
    const session = due();
    say(session);
    cutIn(session, 'item_u');
    expect(creates(transcribed(session, 'item_u', ''))).toHaveLength(1);
    const other = due();
    say(other);
    other.played('item_q', 500);
    other.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u', audio_start_ms: 0 });
    other.on({ type: 'playout.flushed' });
    expect(creates(other.server({ type: 'input_audio_buffer.cleared' }))).toMatchObject([
      { response: { metadata: { 'antiphon.say': question.text } } },
    ]);
  });

  it('goes on waiting after a noise that cut nothing', () => {
    const session = listening();
    session.spoken('item_u');
    expect(asked(transcribed(session, 'item_u', ''))).not.toContain('transport.send');
    expect(started(session.on(type('yes')))).toHaveLength(1);
  });

  it('is given up when the question is cut again and again', () => {
    const session = due();
    for (const at of [1, 2, 3]) {
      say(session, `resp_q${at}`, 'item_q');
      session.played('item_q', 100);
      session.on({ type: 'user.interrupt' });
      session.on({ type: 'playout.flushed' });
      session.on(type('yes'));
    }
    expect(session.state.tools.calls.size).toBe(0);
    expect(session.state.consent.kind).toBe('none');
  });

  it('takes all that the user says for the answer: a yes that is taken back is none', () => {
    const session = listening();
    session.spoken('item_u1');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u2', audio_start_ms: 0 });
    expect(started(transcribed(session, 'item_u1', 'yes'))).toEqual([]);
    session.server({ type: 'input_audio_buffer.speech_stopped', item_id: 'item_u2', audio_end_ms: 500 });
    session.server({ type: 'input_audio_buffer.committed', item_id: 'item_u2', previous_item_id: null });
    const effects = transcribed(session, 'item_u2', 'no, stop');
    expect(started(effects)).toEqual([]);
    expect(creates(effects)).toHaveLength(1);
  });

  it('takes no turn that came before the question', () => {
    const session = due();
    session.on(type('yes'));
    expect(session.state.consent.kind).toBe('due');
    expect(started(session.created('resp_q'))).toEqual([]);
  });

  it('wants a yes of its own, one call after the other', () => {
    const session = new SessionDriver(agent()).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'wipe', '{"disk":1}');
    session.call('resp_1', 'call_2', 'wipe', '{"disk":1}');
    check(session, 'call_1');
    check(session, 'call_2');
    expect(creates(session.done('resp_1'))).toHaveLength(1);
    say(session);
    session.played('item_q', 2_000);
    const first = session.on(type('yes'));
    expect(started(first)).toMatchObject([{ callId: 'call_1' }]);
    expect(creates(first)).toMatchObject([{ response: { metadata: { 'antiphon.asks_for': 'call_2' } } }]);
    session.settle('call_1');
    say(session, 'resp_q2', 'item_q2');
    session.played('item_q2', 2_000);
    const second = session.on(type('no'));
    expect(started(second)).toEqual([]);
    expect(creates(second)).toHaveLength(1);
  });

  it('is waited for by other answers', () => {
    const session = listening();
    session.on({ type: 'agent.say', text: 'A notice.' });
    expect(session.state.response).toMatchObject({ request: { kind: 'say', text: 'A notice.' } });
    say(session, 'resp_n', 'item_n', 'A notice.');
    session.played('item_n', 2_000);
    expect(session.state.consent.kind).toBe('listening');
    expect(started(session.on(type('yes')))).toHaveLength(1);
  });

  it.each([
    [
      'hang-up',
      (session: SessionDriver) => session.on({ type: 'session.close', mode: 'cancel', reason: 'bye' }),
      ['cancelled'],
    ],
    [
      'an orderly end',
      (session: SessionDriver) => session.on({ type: 'session.close', mode: 'drain', reason: 'bye' }),
      ['cancelled'],
    ],
    ['another process', (session: SessionDriver) => session.on({ type: 'session.resume' }), ['cancelled']],
  ])('is answered once at %s', (_name, end, expected) => {
    for (const session of [due(), listening()]) {
      const effects = end(session);
      expect(endings(effects)).toEqual(expected);
      expect(notices(effects, 'tool_settled')).toHaveLength(1);
      expect(started(effects)).toEqual([]);
      expect(session.state.owed.some((request) => request.kind === 'say')).toBe(false);
    }
  });

  /** Another agent takes over. */
  function handOver(session: SessionDriver): readonly Effect[] {
    const { concierge } = session.state.settings.agents;
    const settings = {
      ...session.state.settings,
      agents: { concierge: concierge as never, billing: concierge as never },
    };
    session.state = { ...session.state, settings };
    return session.on({ type: 'agent.handoff', agent: 'billing' });
  }

  it('is not asked for any more when it is dropped while its question is on its way', () => {
    const session = due();
    handOver(session);
    const [create] = creates(session.fired('response'));
    expect(create).toBeDefined();
    expect(create).not.toMatchObject({ response: { metadata: expect.anything() } });
  });

  it('is not asked for where it was dropped before the question began', () => {
    const session = due();
    handOver(session);
    expect(sent(session.created('resp_q'))).toContain('response.cancel');
    expect(creates(session.done('resp_q', 'cancelled'))).toHaveLength(1);
  });

  it('is not asked for any more when its question breaks off after it was dropped', () => {
    const session = due();
    handOver(session);
    session.created('resp_q');
    session.lost();
    expect(session.state.owed).not.toContainEqual(expect.objectContaining({ asksFor: 'call_1' }));
  });

  it('is dropped when another agent takes over', () => {
    const effects = handOver(listening());
    expect(endings(effects)).toEqual(['cancelled']);
    expect(outputs(effects)).toMatchObject([{ code: 'tool.confirmation_dropped' }]);
  });

  it('is asked for anew over another connection', () => {
    const session = due();
    session.created('resp_q');
    session.lost();
    session.fired('backoff');
    expect(creates(session.agreed())).toMatchObject([
      { response: { metadata: { 'antiphon.say': question.text } } },
    ]);
    say(session, 'resp_q2', 'item_q2');
    session.played('item_q2', 2_000);
    expect(started(session.on(type('yes')))).toHaveLength(1);
  });

  it('is asked for once over another connection where the user spoke over the question that broke off', () => {
    const session = due({ interruptible: false });
    const questions: Effect[] = [];
    for (const at of [1, 2, 3, 4]) {
      session.created(`resp_q${at}`);
      session.server({
        type: 'response.output_audio_transcript.delta',
        response_id: `resp_q${at}`,
        item_id: `item_q${at}`,
        content_index: 0,
        delta: 'Wipe disk 1.',
      });
      session.audio(`resp_q${at}`, `item_q${at}`, 500);
      session.server({ type: 'input_audio_buffer.speech_started', item_id: `item_${at}`, audio_start_ms: 0 });
      expect(endings(session.lost())).toEqual([]);
      session.fired('backoff');
      session.agreed();
      questions.push(...session.spoken(`item_u${at}`));
      expect(session.state.owed).toMatchObject([{ kind: 'answer' }]);
    }
    expect(creates(questions)).toHaveLength(4);
    expect(session.state.consent).toMatchObject({ kind: 'due', asked: 1 });
  });

  it('is not agreed to where the question failed in the middle and the user cut in before it was said anew', () => {
    const session = due();
    const part = { response_id: 'resp_q', item_id: 'item_q', content_index: 0 };
    session.created('resp_q');
    session.server({
      type: 'response.output_audio_transcript.delta',
      ...part,
      delta: 'Wipe disk 1. Shall I go',
    });
    session.audio('resp_q', 'item_q', 1_000);
    session.done('resp_q', 'failed', { status_details: { type: 'failed', error: { code: 'server_error' } } });
    session.played('item_q', 1_000);
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u', audio_start_ms: 0 });
    expect(session.state.consent).toMatchObject({ kind: 'listening', heard: 'in_part' });
    session.server({ type: 'input_audio_buffer.committed', item_id: 'item_u' });
    const said = { item_id: 'item_u', content_index: 0, transcript: 'Yes.' };
    const completed = 'conversation.item.input_audio_transcription.completed';
    const effects = session.server({ type: completed, ...said });
    expect(started(effects)).toEqual([]);
    expect(JSON.stringify(creates(effects))).toContain('Shall I go ahead?');
  });

  it('is answered before another connection takes over, which is given sound of before', () => {
    const session = listening();
    session.on({ type: 'session.reseat', reason: 'asked to' });
    session.opened();
    expect(session.agreed().map(({ type }) => type)).not.toContain('source.route');
    expect(session.on(type('no')).map(({ type: effect }) => effect)).toContain('source.route');
  });

  it('waits on when the connection changes after the question', () => {
    const session = listening();
    session.lost();
    session.fired('backoff');
    session.agreed();
    expect(session.state.consent.kind).toBe('listening');
    expect(started(session.on(type('yes')))).toHaveLength(1);
  });

  it.each([
    ['without the words of the user', { consentWords: undefined }, /not known here/],
    [
      'with a server that answers by itself',
      { turnTaking: 'server_answers' as const },
      /answers the user by itself/,
    ],
  ])('is refused %s', (_name, changes, reason) => {
    const session = new SessionDriver({ ...agent(), ...(changes as SettingsChange) }).ready();
    session.created('resp_1');
    const effects = session.call('resp_1', 'call_1', 'wipe');
    expect(outputs(effects)).toMatchObject([
      { code: 'tool.confirmation_unavailable', error: expect.stringMatching(reason) },
    ]);
  });

  it.each([
    ['too long to be asked', { ...question, text: `${'x'.repeat(513)}` }],
    ['without words to ask in', undefined],
  ])('is refused when it is %s', (_name, asksWith) => {
    const session = new SessionDriver(agent()).ready();
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'wipe');
    const effects = session.on({
      type: 'tool.checked',
      callId: 'call_1',
      check: { kind: 'sound', arguments: {}, ...(asksWith && { question: asksWith }) },
      approver: 'present',
    });
    expect(outputs(effects)).toMatchObject([{ code: 'tool.confirmation_unavailable' }]);
  });

  it('is not cancelled by the answer, where interruptions cancel the tool', () => {
    const session = listening({ tools: [{ ...wipe, onInterrupt: 'cancel' }] });
    expect(started(session.on(type('yes')))).toHaveLength(1);
  });

  it('is not agreed to over an agent that cannot be interrupted', () => {
    const session = due({ interruptible: false });
    say(session);
    session.spoken('item_u');
    expect(started(transcribed(session, 'item_u', 'yes'))).toEqual([]);
    const effects = session.played('item_q', 2_000);
    expect(started(effects)).toEqual([]);
    expect(creates(effects)).toHaveLength(1);
  });

  it('is not agreed to by a turn that was ended before the question was over', () => {
    const session = due({ turnTaking: 'manual' });
    say(session);
    session.on({ type: 'user.commit' });
    session.played('item_q', 2_000);
    session.server({ type: 'input_audio_buffer.committed', item_id: 'item_u', previous_item_id: null });
    const effects = transcribed(session, 'item_u', 'Yes.');
    expect(started(effects)).toEqual([]);
    expect(creates(effects)).toHaveLength(1);
  });

  it.each(['ended', 'committed', 'transcribed'])(
    'is not agreed to by a turn that was given up before the question and is %s after it',
    (told) => {
      const session = due();
      session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_yes', audio_start_ms: 0 });
      session.created('resp_cut');
      session.done('resp_cut', 'cancelled');
      expect(notices(session.fired('commit'), 'warning')).toMatchObject([{ code: 'turn.missing' }]);
      say(session);
      session.played('item_q', 2_000);
      if (told === 'ended')
        session.server({ type: 'input_audio_buffer.speech_stopped', item_id: 'item_yes', audio_end_ms: 900 });
      if (told !== 'transcribed')
        session.server({ type: 'input_audio_buffer.committed', item_id: 'item_yes' });
      const effects = transcribed(session, 'item_yes', 'Yes.');
      expect(started(effects)).toEqual([]);
      expect(session.state.response).toMatchObject({
        request: { text: `Please say yes or no. ${question.text}` },
      });
    },
  );

  it('is not agreed to by a turn that was ended by hand and given up before the question', () => {
    const session = due({ turnTaking: 'manual' });
    session.on({ type: 'user.commit' });
    const wait = () => {
      session.server({ type: 'rate_limits.updated', rate_limits: [] });
      return notices(session.fired('commit'), 'warning');
    };
    expect(wait()).toEqual([]);
    expect(wait()).toMatchObject([{ code: 'turn.missing' }]);
    say(session);
    session.played('item_q', 2_000);
    session.server({ type: 'input_audio_buffer.committed', item_id: 'item_yes' });
    expect(started(transcribed(session, 'item_yes', 'Yes.'))).toEqual([]);
  });

  it('is agreed to over a server that tells of turns when they are over', () => {
    const session = listening();
    session.server({ type: 'input_audio_buffer.committed', item_id: 'item_yes' });
    expect(started(transcribed(session, 'item_yes', 'Yes.'))).toHaveLength(1);
  });

  it('is not agreed to by what was lost before the question was put again', () => {
    const session = due();
    session.spoken('item_yes');
    session.lost();
    session.fired('backoff');
    session.agreed();
    const effects = session.fired('commit');
    expect(notices(effects, 'warning')).toMatchObject([{ code: 'turn.missing' }]);
    expect(
      effects.flatMap((effect) => (effect.type === 'source.forget' ? [effect.itemId] : [])),
    ).toHaveLength(1);
    expect(effects.some(({ type: kind }) => kind === 'source.mark')).toBe(true);
  });

  it('leaves what was understood in the conversation when its sound is let go in an outage', () => {
    const session = due();
    session.spoken('item_u1');
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u2', audio_start_ms: 0 });
    transcribed(session, 'item_u1', 'Which disk?');
    session.lost();
    session.fired('commit');
    session.fired('backoff');
    expect(sentEvents(session.agreed(), 'conversation.item.create')).toContainEqual(
      expect.objectContaining({ item: expect.objectContaining({ id: 'item_u1' }) as unknown }),
    );
  });

  it('is not agreed to where no was typed and the server gave it a name of its own', () => {
    const session = listening();
    session.spoken('item_yes');
    session.on(type('No.'));
    session.server({
      type: 'conversation.item.added',
      previous_item_id: 'item_yes',
      item: { id: 'named', type: 'message', role: 'user', content: [{ type: 'input_text', text: 'No.' }] },
    });
    expect(started(transcribed(session, 'item_yes', 'Yes.'))).toEqual([]);
  });

  it('is not agreed to by a voice that was kept back while the question was said', () => {
    const session = due();
    say(session);
    session.on({ type: 'agent.say', text: 'Calls are recorded.', protected: true });
    session.created('resp_p');
    session.audio('resp_p', 'item_p', 500);
    session.done('resp_p');
    session.played('item_q', 2_000);
    expect(asked(session.played('item_p', 500))).toContain('source.release');
    session.spoken('item_u');
    const effects = transcribed(session, 'item_u', 'Yes.');
    expect(started(effects)).toEqual([]);
    expect(creates(effects)).toHaveLength(1);
  });

  it('is not agreed to by a voice that was kept back until just before the question was over', () => {
    const session = due();
    say(session);
    const isHeld = asked(session.on({ type: 'agent.say', text: 'Calls are recorded.', protected: true }));
    expect(isHeld).toContain('source.hold');
    session.created('resp_p');
    const output = [
      {
        id: 'item_p',
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Calls are recorded.' }],
      },
    ];
    expect(asked(session.done('resp_p', 'completed', { output }))).toContain('source.release');
    session.played('item_q', 2_000);
    session.spoken('item_u');
    expect(started(transcribed(session, 'item_u', 'Yes.'))).toEqual([]);
  });

  it('is asked for when what was kept back of the voice is on its way: that is no answer', () => {
    const session = new SessionDriver(agent()).ready();
    session.on({ type: 'agent.say', text: 'Calls are recorded.', protected: true });
    session.created('resp_p');
    session.audio('resp_p', 'item_p', 500);
    session.done('resp_p');
    session.created('resp_1');
    session.call('resp_1', 'call_1', 'wipe', '{"disk":1}');
    session.done('resp_1');
    expect(creates(check(session))).toEqual([]);
    const released = asked(session.played('item_p', 500));
    expect(released.indexOf('source.release')).toBeGreaterThanOrEqual(0);
    expect(released.indexOf('transport.send')).toBeGreaterThan(released.indexOf('source.release'));
    session.server({ type: 'input_audio_buffer.speech_started', item_id: 'item_u', audio_start_ms: 0 });
    session.created('resp_q');
    session.done('resp_q', 'cancelled');
    session.server({ type: 'input_audio_buffer.speech_stopped', item_id: 'item_u', audio_end_ms: 900 });
    session.server({ type: 'input_audio_buffer.committed', item_id: 'item_u', previous_item_id: null });
    expect(session.state.consent).toMatchObject({ kind: 'due', turns: [] });
    expect(session.state.owed).toContainEqual(expect.objectContaining({ kind: 'answer' }));
  });

  it('is asked for in writing where the agent writes', () => {
    const session = due({ session: { type: 'realtime', output_modalities: ['text'] } });
    session.created('resp_q');
    const message = { id: 'item_q', type: 'message', role: 'assistant', content: [] };
    session.server({ type: 'response.output_item.added', response_id: 'resp_q', item: message });
    session.server({
      type: 'response.output_text.done',
      response_id: 'resp_q',
      item_id: 'item_q',
      content_index: 0,
      text: question.text,
    });
    session.done('resp_q');
    expect(session.state.consent).toMatchObject({ kind: 'listening', heard: 'whole' });
  });
});

function asked(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.type === 'notify' ? [] : [effect.type]));
}
