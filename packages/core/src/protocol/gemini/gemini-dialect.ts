import type { IdSource } from '../../ports/clock.ts';
import type { WireDialect, WireStep } from '../../ports/wire-dialect.ts';
import type { AudioFormat } from '../audio-format.ts';
import { decodeBase64 } from '../base64.ts';
import { onClientEvent } from './client-in.ts';
import { readClose } from './close.ts';
import { onServerMessage } from './server-in.ts';
import { decodeGeminiFrame } from './server-messages.ts';
import { type GeminiSetupOptions, textInputOf } from './setup.ts';
import { type GeminiResumption, type GeminiState, initialGeminiState } from './state.ts';
import { type GeminiRule, hand, tell } from './step.ts';
import { hearUser } from './user-sound.ts';

/** Turns the user's sound from the session's input format into PCM of 16 bits at 16 kHz, as it streams. */
export interface GeminiInputConverter {
  /** What can be given on after `audio`; possibly nothing. */
  push(audio: Uint8Array): Uint8Array;
  /** The rest, at the end of a turn. */
  flush(): Uint8Array;
}

/** What a dialect is made of. */
export interface GeminiDialectOptions extends GeminiSetupOptions {
  readonly ids: IdSource;
  /** Makes what converts the user's sound; `format` is PCM at 24 kHz unless the session says otherwise. */
  readonly inputConverter: (format: AudioFormat) => GeminiInputConverter;
  /** `goes_on`: a conversation that has begun will be given to this connection. `new` unless told. */
  readonly conversation?: 'new' | 'goes_on';
  /** Where another connection of the same session left off; taken up when there is one. */
  readonly resume?: GeminiResumption;
  /** Told of each point to which another connection can return; undefined when none is left. */
  readonly onResumable?: (resumption: GeminiResumption | undefined) => void;
}

const pcm: AudioFormat = { type: 'audio/pcm', rate: 24_000 };

/**
 * Gemini Live behind the GA dialect, for one connection. Gemini answers turns of the user and outputs of tools by itself,
 * says little about turns, and cannot be told to cancel, to cut or to change its settings: what the GA dialect would say
 * is made up from what there is, in its order, and every client event is answered.
 */
export function createGeminiDialect(options: GeminiDialectOptions): WireDialect {
  const { ids, resume, conversation = 'new' } = options;
  let converter: GeminiInputConverter | undefined;
  let state: GeminiState = initialGeminiState({
    ...options,
    textInput: options.textInput ?? textInputOf(options.model),
    idBase: ids.nextId('g').replace(/^g_/, '').slice(0, 12),
    conversation,
    resumed: resume,
  });

  const run = (rule: GeminiRule): WireStep => {
    const before = state;
    const [next, { frames, messages }] = rule(state);
    state = next;
    if (next.resumption !== before.resumption) options.onResumable?.(next.resumption);
    return { frames: frames.map((frame) => JSON.stringify(frame)), messages };
  };
  const inputFormat = (): AudioFormat => state.session.audio?.input?.format ?? pcm;
  const convert = (audio: Uint8Array): Uint8Array => {
    converter ??= options.inputConverter(inputFormat());
    return converter.push(audio);
  };
  const sendAudio = (audio: Uint8Array): WireStep => run(hearUser(convert(audio)));

  return {
    open: () =>
      run(
        tell({
          type: 'session.created',
          session: { type: 'realtime', id: `sess_${state.options.idBase}`, model: options.model },
        }),
      ),
    send(event) {
      if (event.type === 'input_audio_buffer.append') {
        return sendAudio(decodeBase64(event.audio) ?? new Uint8Array(0));
      }
      const isEnd = event.type === 'input_audio_buffer.commit' && converter !== undefined;
      const rest = isEnd ? run(hearUser(converter?.flush() ?? new Uint8Array(0))) : {};
      return joined(rest, run(onClientEvent(event)));
    },
    sendAudio,
    receive(frame) {
      const read = decodeGeminiFrame(frame);
      if (read.kind === 'invalid') return run(hand(read));
      const told = read.leftOut === undefined ? {} : run(hand({ kind: 'invalid', reason: read.leftOut }));
      return joined(told, run(onServerMessage(read.message)));
    },
    closed(close) {
      const isAgreed = state.phase === 'seeding' || state.phase === 'talking';
      if (isAgreed) return readClose(close, 'talking');
      const isResuming = resume !== undefined && state.phase === 'configuring';
      if (isResuming) options.onResumable?.(undefined);
      return readClose(close, isResuming ? 'refused_to_resume' : 'refused');
    },
  };
}

function joined(one: WireStep, other: WireStep): WireStep {
  return {
    frames: [...(one.frames ?? []), ...(other.frames ?? [])],
    messages: [...(one.messages ?? []), ...(other.messages ?? [])],
  };
}
