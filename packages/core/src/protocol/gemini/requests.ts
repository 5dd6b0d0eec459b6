import type { ClientEventOf } from '../client-events.ts';
import { refuse } from './errors.ts';
import { askModel, queueTurn, sendOutputs, wordOutputs } from './outgoing.ts';
import { answerNothing, finishReply } from './reply.ts';
import { type GeminiState, isDue, openCalls } from './state.ts';
import { become, type GeminiRule, sequence, stay, when, withId } from './step.ts';

/**
 * A response is asked for. The model answers turns of the user and outputs of tools by itself, so a request for such an
 * answer is not sent; its answer is the model's own.
 */
export function requestResponse(event: ClientEventOf<'response.create'>): GeminiRule {
  const { response, event_id: eventId } = event;
  if (response?.conversation === 'none' || response?.input !== undefined) {
    return refuse(eventId, {
      code: 'unsupported_request',
      message: 'Gemini answers the conversation only: it takes no input beside it',
      param: response.input === undefined ? 'response.conversation' : 'response.input',
    });
  }
  const instructions = response?.instructions;
  const metadata = response?.metadata ?? null;
  return when((state) => {
    if (state.phase === 'fresh' || state.phase === 'configuring') {
      const message = 'the settings of the session are not agreed to yet';
      return refuse(eventId, { code: 'session_not_configured', message, param: null });
    }
    if (state.reply.kind === 'active') return alreadyActive(eventId, ` ${state.reply.responseId}`);
    if (instructions === undefined) return sequence(noteRequest(metadata), askForAnswer);
    if (openCalls(state).length > 0) return sequence(noteRequest(metadata), answerNothing);
    if (state.prompt.owed === 'turn' || state.prompt.owed === 'tools') return alreadyActive(eventId, '');
    if (state.prompt.owed === 'asked') return noteRequest(metadata);
    return sequence(
      noteRequest(metadata),
      wordOutputs,
      withId('item', (id) => queueTurn(id, { role: 'user', parts: [{ text: instructions }] })),
      askModel,
      owe('asked'),
    );
  });
}

/** The response under way is cut. The model cannot be told: what it still says is not passed on. */
export function cancelResponse(eventId: string | undefined): GeminiRule {
  return when(({ reply }) =>
    reply.kind === 'active'
      ? sequence(
          finishReply({ status: 'cancelled', reason: 'client_cancelled' }),
          become({ reply: { kind: 'dropped' } }),
          when(({ prompt }) => become({ prompt: { ...prompt, news: 'given' } })),
        )
      : refuse(eventId, {
          code: 'response_cancel_not_active',
          message: 'there is no response to cancel',
          param: null,
        }),
  );
}

const askForAnswer: GeminiRule = when((state) => {
  const { unsentOutputs, unsentTurns, prompt } = state;
  if (unsentTurns.length > 0) return sequence(sendOutputs, askModel, owe('asked'));
  if (unsentOutputs.length > 0) {
    return openCalls(state).length > 0
      ? sequence(sendOutputs, answerNothing)
      : sequence(sendOutputs, owe('tools'));
  }
  if (openCalls(state).length > 0) return answerNothing;
  if (isDue(prompt.owed)) return stay;
  return prompt.news === 'given' ? sequence(askModel, owe('asked')) : answerNothing;
});

function noteRequest(metadata: Readonly<Record<string, string>> | null): GeminiRule {
  return when(({ prompt }) => become({ prompt: { ...prompt, request: { metadata } } }));
}

function owe(owed: GeminiState['prompt']['owed']): GeminiRule {
  return when(({ prompt }) => become({ prompt: { ...prompt, owed, news: 'given' } }));
}

function alreadyActive(eventId: string | undefined, active: string): GeminiRule {
  return refuse(eventId, {
    code: 'conversation_already_has_active_response',
    message: `the model answers already${active}`,
    param: null,
  });
}
