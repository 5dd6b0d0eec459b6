import type { ClientEvent, ClientEventOf } from '../client-events.ts';
import type { ConversationItemInput } from '../item-input.ts';
import type { SessionUpdate } from '../session-config.ts';
import { refuse } from './errors.ts';
import {
  addItem,
  createdItem,
  echoItem,
  isFailure,
  isKnownItem,
  outputInWords,
  toContent,
  toFunctionResponse,
} from './items.ts';
import { bounded, queueTurn, sendOutputs } from './outgoing.ts';
import { cancelResponse, requestResponse } from './requests.ts';
import { findsTurns, mergedSession, textInputOf, toGeminiSetup } from './setup.ts';
import type { GeminiState } from './state.ts';
import { become, type GeminiRule, hand, post, sequence, stay, tell, when, withId } from './step.ts';
import { closeActivity, releaseSound } from './user-sound.ts';
import { commitOwnTurn } from './user-turn.ts';

/** What a client event does. Every one is answered, as the GA dialect answers it, also where Gemini has no word for it. */
export function onClientEvent(
  event: Exclude<ClientEvent, { type: 'input_audio_buffer.append' }>,
): GeminiRule {
  switch (event.type) {
    case 'session.update':
      return event.session.type === 'realtime'
        ? updateSession(event.session, event.event_id)
        : refuse(event.event_id, {
            code: 'unsupported_session',
            message: 'Gemini Live has no sessions that only transcribe',
            param: 'session.type',
          });
    case 'conversation.item.create':
      return createItem(event);
    case 'response.create':
      return requestResponse(event);
    case 'response.cancel':
      return cancelResponse(event.event_id);
    case 'input_audio_buffer.commit':
      return commitSound(event.event_id);
    case 'input_audio_buffer.clear':
      // What was sent cannot be taken back; it stays at the beginning of the next turn.
      return sequence(
        when(({ sound }) => become({ sound: { ...sound, held: [] } })),
        tell({ type: 'input_audio_buffer.cleared' }),
      );
    case 'output_audio_buffer.clear':
      return tell({ type: 'output_audio_buffer.cleared', response_id: '' });
    case 'conversation.item.truncate': {
      const { item_id, content_index, audio_end_ms } = event;
      return tell({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms });
    }
    case 'conversation.item.delete':
      return sequence(
        when(({ unsentTurns }) =>
          become({ unsentTurns: unsentTurns.filter(({ itemId }) => itemId !== event.item_id) }),
        ),
        tell({ type: 'conversation.item.deleted', item_id: event.item_id }),
      );
    case 'conversation.item.retrieve':
      return refuse(event.event_id, {
        code: 'item_retrieve_invalid_item_id',
        message: 'Gemini Live does not give items back',
        param: 'item_id',
      });
  }
}

/** The first settings make the connection; later ones cannot change it, so another connection has to. */
function updateSession(update: SessionUpdate, eventId: string | undefined): GeminiRule {
  const format = update.audio?.output?.format?.type ?? 'audio/pcm';
  if (format !== 'audio/pcm') {
    return refuse(eventId, {
      code: 'invalid_value',
      message: `Gemini Live speaks audio/pcm only, not ${format}`,
      param: 'session.audio.output.format.type',
    });
  }
  return when((state) => {
    const session = mergedSession(state.session, update);
    if (state.phase === 'fresh') {
      const setup = connectionSetup(state, session);
      return sequence(become({ phase: 'configuring', session, setup }), post({ setup }));
    }
    const isSame = JSON.stringify(connectionSetup(state, session)) === JSON.stringify(state.setup);
    const agreed = state.phase === 'configuring' ? stay : tellUpdated;
    return isSame ? agreed : sequence(agreed, hand({ kind: 'leaving', leftMs: undefined }));
  });
}

function connectionSetup({ options }: GeminiState, session: SessionUpdate) {
  const { resumed, conversation } = options;
  const textInput = options.textInput ?? textInputOf(options.model);
  const isSeeded = textInput === 'realtime_input' && conversation === 'goes_on' && resumed === undefined;
  return {
    ...toGeminiSetup(session, options),
    sessionResumption: resumed === undefined ? {} : { handle: resumed.handle },
    ...(isSeeded && { historyConfig: { initialHistoryInClientContent: true } }),
  };
}

/** The server has agreed to the settings. */
export const tellUpdated: GeminiRule = when(({ session, options }) =>
  tell({
    type: 'session.updated',
    session: { ...session, id: `sess_${options.idBase}`, object: 'realtime.session', model: options.model },
  } as Parameters<typeof tell>[0]),
);

function createItem(event: ClientEventOf<'conversation.item.create'>): GeminiRule {
  const { item, previous_item_id: previous } = event;
  const use = (id: string): GeminiRule => {
    const created = createdItem(item, id);
    // Nothing can be put between what was said; the client's own record has its place.
    if (typeof previous === 'string') return echoItem(created, previous === 'root' ? null : previous);
    return sequence(
      addItem(created, 'done'),
      when((state) =>
        isKnownItem(state, id)
          ? stay
          : sequence(become({ unseenIds: [...state.unseenIds, id] }), giveItem(item, id)),
      ),
    );
  };
  return item.id === undefined ? withId('item', use) : use(item.id);
}

function giveItem(item: ConversationItemInput, id: string): GeminiRule {
  switch (item.type) {
    case 'message': {
      const content = toContent(item);
      return content === undefined ? stay : queueTurn(id, content);
    }
    case 'function_call':
      return when(({ calls }) => {
        const { call_id: callId = id, name, arguments: argumentsJson } = item;
        const known = calls.get(callId);
        return known !== undefined
          ? stay
          : become({
              calls: bounded(
                new Map(calls).set(callId, {
                  name,
                  argumentsJson,
                  wireId: undefined,
                  batch: undefined,
                  standing: 'foreign',
                }),
              ),
            });
      });
    case 'function_call_output':
      return giveOutput(id, item.call_id, item.output);
    case 'mcp_approval_response':
      return stay;
  }
}

/** An output waits until an answer to it is wanted, since the model answers it at once; while the user speaks it goes out. */
function giveOutput(itemId: string, callId: string, output: string): GeminiRule {
  return when(({ calls, unsentOutputs, turn }) => {
    const call = calls.get(callId);
    if (call?.standing === 'withdrawn' && isFailure(output)) return stay;
    if (call?.standing !== 'waiting') {
      const text = outputInWords(call, output);
      return queueTurn(itemId, { role: 'user', parts: [{ text }] });
    }
    const given = { itemId, callId, response: toFunctionResponse(output), text: output };
    return sequence(
      become({ unsentOutputs: [...unsentOutputs, given] }),
      when(({ prompt }) => become({ prompt: { ...prompt, news: 'given' } })),
      turn.kind === 'speaking' ? sendOutputs : stay,
    );
  });
}

function commitSound(eventId: string | undefined): GeminiRule {
  return when((state) => {
    if (findsTurns(state.session)) return post({ realtimeInput: { audioStreamEnd: true } });
    const { activity, held } = state.sound;
    if (activity === 'none' && held.length === 0) {
      return refuse(eventId, {
        code: 'input_audio_buffer_commit_empty',
        message: 'nothing was said since the last turn',
        param: null,
      });
    }
    return sequence(
      releaseSound,
      closeActivity,
      commitOwnTurn,
      when(({ prompt }) => become({ prompt: { ...prompt, owed: 'turn' } })),
    );
  });
}
