import { consentWords } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { answering, asked, call, creates, ended, put, started, told, verdicts } from './hosted-driver.ts';
import { notices, type SessionDriver, type SettingsChange } from './session-driver.ts';

const words = consentWords('en');
const question = 'Search. Q: 1. Shall I go ahead?';
const spoken: SettingsChange = {
  hosted: { docs: { confirm: { by: 'spoken', ttlMs: 15_000 } } },
  turnTaking: 'server_commits',
  ...(words && { consentWords: words }),
};

/** The provider asks for a call, and the user has heard the question for it. */
function listening(): SessionDriver {
  const session = answering(spoken);
  asked(session);
  put(session);
  const [said] = creates(session.done('resp_1'));
  expect(said).toMatchObject({ response: { metadata: { 'antiphon.say': question } } });
  session.created('resp_q');
  const part = { response_id: 'resp_q', item_id: 'item_ask', content_index: 0 };
  const item = { id: 'item_ask', type: 'message', role: 'assistant', content: [] };
  session.server({ type: 'response.output_item.added', response_id: 'resp_q', item });
  session.server({ type: 'response.output_audio_transcript.done', ...part, transcript: question });
  session.audio('resp_q', 'item_ask', 2_000);
  session.server({ type: 'response.output_audio.done', ...part });
  session.done('resp_q');
  expect(notices(session.played('item_ask', 2_000), 'approval_requested')).toMatchObject([
    { by: 'spoken', tool: 'search', server: 'docs', arguments: { q: 1 }, question },
  ]);
  return session;
}

function answer(session: SessionDriver, transcript: string) {
  session.spoken('item_v');
  return session.server({
    type: 'conversation.item.input_audio_transcription.completed',
    item_id: 'item_v',
    content_index: 0,
    transcript,
  });
}

describe('a call that the provider asks for and the user has to agree to', () => {
  it('is allowed by their yes, and spoken about when it was made', () => {
    const session = listening();
    const effects = answer(session, 'Yes, please.');
    expect(verdicts(effects)).toMatchObject([
      { type: 'mcp_approval_response', approval_request_id: 'item_q', approve: true },
    ]);
    expect(notices(effects, 'approval_settled')).toMatchObject([{ ending: 'approved' }]);
    expect(creates(effects)).toEqual([]);
    session.confirm(effects);
    const item = { ...call, id: 'item_m', status: 'in_progress', arguments: '{"q":1}' };
    session.server({ type: 'conversation.item.added', item });
    expect(notices(started(session), 'tool_started')).toHaveLength(1);
    ended(session);
    expect(creates(told(session))).toHaveLength(1);
    expect(session.state.consent.kind).toBe('none');
  });

  it('is refused by their no, in their words, and spoken about', () => {
    const session = listening();
    const effects = answer(session, 'No.');
    expect(verdicts(effects)).toMatchObject([{ approve: false, reason: expect.stringContaining('No.') }]);
    expect(creates(effects)).toHaveLength(1);
    session.confirm(effects);
    expect(session.state.tools.calls.size).toBe(0);
  });

  it('is refused when they say nothing', () => {
    const session = listening();
    expect(verdicts(session.fired('consent'))).toMatchObject([{ approve: false }]);
  });

  it('is refused where what they say is not known', () => {
    const { consentWords: _, ...wordless } = spoken;
    expect(verdicts(asked(answering(wordless)))).toMatchObject([{ approve: false }]);
  });

  it('is asked for no more when its connection is lost', () => {
    const session = listening();
    expect(notices(session.lost(), 'approval_settled')).toMatchObject([{ ending: 'cancelled' }]);
    expect(session.state.consent.kind).toBe('none');
  });
});
