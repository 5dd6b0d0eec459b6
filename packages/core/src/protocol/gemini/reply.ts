import type { ConversationItem } from '../items.ts';
import type { RealtimeResponse } from '../response.ts';
import { addItem } from './items.ts';
import { findsTurns, isSpoken } from './setup.ts';
import { type GeminiState, type OpenMessage, openCalls, type Reply } from './state.ts';
import { become, type GeminiRule, hand, sequence, stay, tell, when, withId } from './step.ts';
import { addedUsage } from './usage.ts';
import { beginTurn, commitTurn, markMoment } from './user-turn.ts';

type ActiveReply = Extract<Reply, { kind: 'active' }>;

/** How a response ended. */
export interface ReplyEnd {
  readonly status: 'completed' | 'cancelled' | 'incomplete' | 'failed';
  readonly reason?: string;
}

/**
 * The model has begun to answer. The server does not say that a turn of the user is over: it is when the model answers
 * and was not asked to.
 */
export const startReply: GeminiRule = when((state) => {
  if (state.reply.kind === 'active') return stay;
  return sequence(
    endSpokenTurn(state),
    withId('resp', (responseId) =>
      when(({ prompt }) => {
        const metadata = prompt.request?.metadata ?? null;
        return sequence(
          become({
            reply: {
              kind: 'active',
              responseId,
              metadata,
              output: [],
              carriedUsage: state.usage,
              message: undefined,
            },
            usage: null,
            prompt: { ...prompt, owed: 'nothing', request: undefined },
            tail: 'none',
            unseenIds: unsentIds(state),
          }),
          markMoment,
          tellCreated,
        );
      }),
    ),
    when(({ strayCaption }) => sequence(become({ strayCaption: '' }), writeCaption(strayCaption))),
  );
});

/** What is still here has not been seen, whatever the server answers. */
function unsentIds({ unsentTurns, unsentOutputs }: GeminiState): readonly string[] {
  return [...unsentTurns, ...unsentOutputs].map(({ itemId }) => itemId);
}

function endSpokenTurn(state: GeminiState): GeminiRule {
  if (!findsTurns(state.session)) return stay;
  if (state.turn.kind === 'speaking') return commitTurn;
  const isUnasked = state.prompt.owed === 'nothing' && openCalls(state).length === 0;
  const isPast = state.turn.kind === 'said' && state.turn.standing === 'past';
  const hasHeard = (isPast || state.turn.kind === 'none') && state.sound.freshMs > 0;
  return isUnasked && hasHeard ? sequence(beginTurn, commitTurn) : stay;
}

const tellCreated: GeminiRule = when((state) =>
  state.reply.kind === 'active'
    ? tell({
        type: 'response.created',
        response: responseObject(state, state.reply, { status: 'in_progress' }),
      })
    : stay,
);

/** Sound of the model, byte for byte. */
export function hearVoice(audio: Uint8Array): GeminiRule {
  return sequence(
    openMessage('audio', 'sound'),
    onMessage((reply, message) =>
      sequence(
        message.sound === 'open' ? stay : withMessage(reply, { ...message, sound: 'open' }),
        hand({
          kind: 'audio',
          responseId: reply.responseId,
          itemId: message.itemId,
          outputIndex: reply.output.length,
          contentIndex: 0,
          audio,
        }),
      ),
    ),
  );
}

/** Words of the model. */
export function writeWords(form: OpenMessage['form'], delta: string): GeminiRule {
  if (delta === '') return stay;
  return sequence(
    openMessage(form, 'words'),
    onMessage((reply, message) =>
      sequence(
        withMessage(reply, { ...message, text: message.text + delta }),
        tell(
          form === 'audio'
            ? { type: 'response.output_audio_transcript.delta', ...place(reply, message), delta }
            : { type: 'response.output_text.delta', ...place(reply, message), delta },
        ),
      ),
    ),
  );
}

/** The text of what the model says. It may come before anything else of an answer, and after all that was to be heard. */
export function writeCaption(text: string): GeminiRule {
  if (text === '') return stay;
  return when((state) => {
    const { reply, prompt, turn, tail, strayCaption } = state;
    if (reply.kind === 'dropped') return stay;
    // Until the end of an answer that was cut is told, it may be of that one.
    const isExpected = tail === 'none' && (prompt.owed !== 'nothing' || turn.kind === 'speaking');
    return reply.kind === 'active' || isExpected
      ? sequence(startReply, writeWords('audio', text))
      : become({ strayCaption: strayCaption + text });
  });
}

/** A function call that is complete. */
export function writeCall(call: {
  readonly callId: string;
  readonly name: string;
  readonly argumentsJson: string;
}): GeminiRule {
  const { callId, name, argumentsJson } = call;
  return sequence(
    startReply,
    closeMessage('completed'),
    withId('item', (itemId) =>
      onReply((reply) => {
        const begun = { id: itemId, type: 'function_call' as const, name, call_id: callId };
        const at = { response_id: reply.responseId, output_index: reply.output.length };
        const ofCall = { ...at, item_id: itemId, call_id: callId };
        const item: ConversationItem = { ...begun, status: 'completed', arguments: argumentsJson };
        const started: ConversationItem = { ...begun, status: 'in_progress', arguments: '' };
        return sequence(
          tell({ type: 'response.output_item.added', ...at, item: started }),
          addItem(started, 'begun'),
          tell(
            { type: 'response.function_call_arguments.delta', ...ofCall, delta: argumentsJson },
            { type: 'response.function_call_arguments.done', ...ofCall, name, arguments: argumentsJson },
          ),
          endItem(reply, item),
        );
      }),
    ),
  );
}

/** No more sound comes of the message that is being written. */
export const endSound: GeminiRule = onMessage((reply, message) =>
  message.sound === 'open'
    ? sequence(
        withMessage(reply, { ...message, sound: 'ended' }),
        tell({ type: 'response.output_audio.done', ...place(reply, message) }),
      )
    : stay,
);

/** The response is over. */
export function finishReply(end: ReplyEnd): GeminiRule {
  return sequence(
    closeMessage(end.status === 'completed' ? 'completed' : 'incomplete'),
    onReply((reply) =>
      when((state) =>
        sequence(
          become({ reply: { kind: 'none' }, usage: null }),
          tell({ type: 'response.done', response: responseObject(state, reply, end) }),
        ),
      ),
    ),
  );
}

/** Nothing is to be said: the request is answered without a word. */
export const answerNothing: GeminiRule = sequence(startReply, finishReply({ status: 'completed' }));

/** Tokens are charged to the response under way, whose later counts are those of all of it, or to the next. */
export function chargeUsage(usage: NonNullable<GeminiState['usage']>): GeminiRule {
  return when((state) =>
    become({ usage: state.reply.kind === 'none' ? addedUsage(state.usage, usage) : usage }),
  );
}

function openMessage(form: OpenMessage['form'], of: 'sound' | 'words'): GeminiRule {
  return sequence(
    startReply,
    onReply(({ message }) => {
      const isOther = message !== undefined && message.form !== form;
      // Sound after the end of the sound is of another message.
      const isHeard = form === 'audio' && message?.sound === 'ended' && of === 'sound';
      return isOther || isHeard ? closeMessage('completed') : stay;
    }),
    onReply((reply) => (reply.message === undefined ? addMessage(reply, form) : stay)),
  );
}

function addMessage(reply: ActiveReply, form: OpenMessage['form']): GeminiRule {
  return withId('item', (itemId) => {
    const item: ConversationItem = {
      id: itemId,
      type: 'message',
      role: 'assistant',
      status: 'in_progress',
      content: [],
    };
    const message: OpenMessage = { itemId, form, text: '', sound: 'none' };
    return sequence(
      withMessage(reply, message),
      tell({
        type: 'response.output_item.added',
        response_id: reply.responseId,
        output_index: reply.output.length,
        item,
      }),
      addItem(item, 'begun'),
      tell({
        type: 'response.content_part.added',
        ...place(reply, message),
        part: form === 'audio' ? { type: 'audio', transcript: '' } : { type: 'text', text: '' },
      }),
    );
  });
}

function closeMessage(status: 'completed' | 'incomplete'): GeminiRule {
  return sequence(
    endSound,
    onMessage((reply, message) => {
      const { form, text, itemId } = message;
      const at = place(reply, message);
      const item: ConversationItem = {
        id: itemId,
        type: 'message',
        role: 'assistant',
        status,
        content: [
          form === 'audio' ? { type: 'output_audio', transcript: text } : { type: 'output_text', text },
        ],
      };
      return sequence(
        tell(
          form === 'audio'
            ? { type: 'response.output_audio_transcript.done', ...at, transcript: text }
            : { type: 'response.output_text.done', ...at, text },
          {
            type: 'response.content_part.done',
            ...at,
            part: form === 'audio' ? { type: 'audio', transcript: text } : { type: 'text', text },
          },
        ),
        endItem(reply, item),
      );
    }),
  );
}

function endItem(reply: ActiveReply, item: ConversationItem): GeminiRule {
  return sequence(
    tell({
      type: 'response.output_item.done',
      response_id: reply.responseId,
      output_index: reply.output.length,
      item,
    }),
    when(({ lastItemId }) =>
      tell({
        type: 'conversation.item.done',
        item,
        previous_item_id: lastItemId === item.id ? null : lastItemId,
      }),
    ),
    become({ reply: { ...reply, output: [...reply.output, item], message: undefined } }),
  );
}

function responseObject(state: GeminiState, reply: ActiveReply, end: ReplyEnd | { status: 'in_progress' }) {
  const reason = 'reason' in end ? end.reason : undefined;
  const { status } = end;
  const isPlain = status === 'in_progress' || status === 'completed';
  const error = { type: 'server_error', code: 'server_error', message: reason ?? 'the model gave no answer' };
  return {
    object: 'realtime.response',
    id: reply.responseId,
    status,
    status_details: isPlain
      ? null
      : { type: status, ...(status === 'failed' ? { error } : { reason: reason ?? null }) },
    output: [...reply.output],
    output_modalities: [isSpoken(state.session) ? 'audio' : 'text'],
    usage: status === 'in_progress' ? null : addedUsage(reply.carriedUsage, state.usage),
    metadata: reply.metadata === null ? null : { ...reply.metadata },
  } satisfies RealtimeResponse;
}

function place(reply: ActiveReply, message: OpenMessage) {
  return {
    response_id: reply.responseId,
    item_id: message.itemId,
    output_index: reply.output.length,
    content_index: 0,
  };
}

function withMessage(reply: ActiveReply, message: OpenMessage): GeminiRule {
  return become({ reply: { ...reply, message } });
}

function onReply(use: (reply: ActiveReply) => GeminiRule): GeminiRule {
  return when(({ reply }) => (reply.kind === 'active' ? use(reply) : stay));
}

function onMessage(use: (reply: ActiveReply, message: OpenMessage) => GeminiRule): GeminiRule {
  return onReply((reply) => (reply.message === undefined ? stay : use(reply, reply.message)));
}
