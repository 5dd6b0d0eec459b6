import type { JsonObject, JsonValue } from '../../json.ts';
import type { ClientEvent } from '../client-events.ts';
import type { ResponseParams } from '../response.ts';
import type { SessionUpdate, TranscriptionSessionUpdate } from '../session-config.ts';
import { toBetaItemInput } from './items.ts';
import { asJson, asValue, compact, eachObject, mapObject } from './members.ts';
import { toBetaFormat, toBetaModalities } from './values.ts';
import { type BetaVintage, knows, latestBetaVintage, mayHaveVoice } from './vintage.ts';

/** The one model that writes down what the user says at servers before 2025. */
export const onlyEarlyModel = 'whisper-1';

/** Settings that sessions of this dialect have where they say nothing else. */
export interface BetaSessionExtras {
  /** 0.6 to 1.2. */
  readonly temperature?: number;
}

/**
 * What a client of a beta server sends for an event of the GA dialect. Only members that a server of `vintage` knows are
 * taken over, because an unknown one costs the whole event; null only where it means something. Undefined when the
 * dialect has no such event.
 */
export function toBetaClientEvent(
  event: ClientEvent,
  vintage: BetaVintage = latestBetaVintage,
  extras: BetaSessionExtras = {},
): JsonObject | undefined {
  const { type, event_id } = event;
  switch (event.type) {
    case 'session.update':
      return event.session.type === 'realtime'
        ? compact({ type, event_id, session: { ...extras, ...sessionUpdate(event.session, vintage) } })
        : compact({
            type: 'transcription_session.update',
            event_id,
            session: transcriptionUpdate(event.session, vintage),
          });
    case 'conversation.item.create': {
      const item = toBetaItemInput(asJson(event.item));
      const previous_item_id = event.previous_item_id ?? undefined;
      return item && compact({ type, event_id, previous_item_id, item });
    }
    case 'conversation.item.retrieve':
      return knows(vintage, '2025-04') ? asJson(event) : undefined;
    case 'response.create':
      return compact({
        type,
        event_id,
        response: event.response && responseParams(event.response, vintage),
      });
    case 'input_audio_buffer.append':
    case 'input_audio_buffer.commit':
    case 'input_audio_buffer.clear':
    case 'output_audio_buffer.clear':
    case 'conversation.item.truncate':
    case 'conversation.item.delete':
    case 'response.cancel':
      return asJson(event);
  }
}

function sessionUpdate(session: SessionUpdate, vintage: BetaVintage): JsonObject {
  const { audio } = session;
  const isLate = knows(vintage, '2025-04');
  return compact({
    modalities: toBetaModalities(session.output_modalities),
    instructions: session.instructions,
    voice: betaVoice(audio?.output?.voice, vintage),
    ...audioInput(audio?.input, vintage),
    output_audio_format: toBetaFormat(asValue(audio?.output?.format)),
    tools: betaTools(session.tools),
    tool_choice: betaToolChoice(session.tool_choice),
    max_response_output_tokens: session.max_output_tokens,
    temperature: session.temperature,
    ...(isLate && {
      speed: audio?.output?.speed,
      tracing: asValue(session.tracing),
      prompt: asValue(session.prompt),
      include: session.include,
    }),
  });
}

function transcriptionUpdate(session: TranscriptionSessionUpdate, vintage: BetaVintage): JsonObject {
  return compact({ ...audioInput(session.audio?.input, vintage), include: session.include });
}

type AudioInput = NonNullable<NonNullable<SessionUpdate['audio']>['input']>;

function audioInput(input: AudioInput | undefined, vintage: BetaVintage): JsonObject {
  const isLate = knows(vintage, '2025-04');
  return compact({
    input_audio_format: toBetaFormat(asValue(input?.format)),
    input_audio_transcription: mapObject(asValue(input?.transcription), ({ model, language, prompt }) =>
      isLate ? compact({ model, language, prompt }) : { model: onlyEarlyModel },
    ),
    turn_detection: mapObject(asValue(input?.turn_detection), (detection) =>
      betaTurnDetection(detection, vintage),
    ),
    ...(isLate && {
      input_audio_noise_reduction: mapObject(asValue(input?.noise_reduction), ({ type }) =>
        compact({ type }),
      ),
    }),
  });
}

function betaTurnDetection(detection: JsonObject, vintage: BetaVintage): JsonObject {
  const isLate = knows(vintage, '2025-04');
  const answering = {
    ...(knows(vintage, '2024-12') && { create_response: detection['create_response'] }),
    ...(isLate && { interrupt_response: detection['interrupt_response'] }),
  };
  if (detection['type'] === 'semantic_vad') {
    return isLate
      ? compact({ type: 'semantic_vad', eagerness: detection['eagerness'], ...answering })
      : compact({ type: 'server_vad', ...answering });
  }
  return compact({
    type: 'server_vad',
    threshold: detection['threshold'],
    prefix_padding_ms: detection['prefix_padding_ms'],
    silence_duration_ms: detection['silence_duration_ms'],
    ...answering,
  });
}

function responseParams(params: ResponseParams, vintage: BetaVintage): JsonObject {
  const isLate = knows(vintage, '2025-04');
  const limit = params.max_output_tokens;
  return compact({
    modalities: toBetaModalities(params.output_modalities),
    instructions: params.instructions,
    voice: betaVoice(params.audio?.output?.voice, vintage),
    output_audio_format: toBetaFormat(asValue(params.audio?.output?.format)),
    tools: betaTools(params.tools),
    tool_choice: betaToolChoice(params.tool_choice),
    ...(isLate ? { max_response_output_tokens: limit } : { max_output_tokens: limit }),
    ...(knows(vintage, '2024-12') && {
      conversation: params.conversation,
      input: eachObject(asValue(params.input), toBetaItemInput),
      metadata: params.metadata ?? undefined,
    }),
  });
}

/** A voice of the customer's own has no name in this dialect. */
function betaVoice(voice: string | { id: string } | undefined, vintage: BetaVintage): string | undefined {
  return typeof voice === 'string' && mayHaveVoice(vintage, voice) ? voice : undefined;
}

function betaTools(tools: SessionUpdate['tools']): JsonValue | undefined {
  return eachObject(asValue(tools), ({ type, name, description, parameters }) =>
    type === 'function' ? compact({ type, name, description, parameters }) : undefined,
  );
}

function betaToolChoice(choice: SessionUpdate['tool_choice']): JsonValue | undefined {
  return typeof choice === 'object' && choice.type === 'mcp' ? undefined : choice;
}
