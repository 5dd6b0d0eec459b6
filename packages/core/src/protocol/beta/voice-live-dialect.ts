import type { JsonObject, JsonValue } from '../../json.ts';
import type { WireDialect } from '../../ports/wire-dialect.ts';
import { encodeAudioAppend } from '../codec.ts';
import { isJsonObject } from '../tolerant.ts';
import { toBetaClientEvent } from './client-out.ts';
import { compact, without } from './members.ts';
import { BetaServerReader } from './server-in.ts';
import { latestBetaVintage } from './vintage.ts';

/** What Azure Voice Live is told beside the settings of a session. */
export interface VoiceLiveExtras {
  /** The kind of every voice; by its name when absent: that of a language (`en-US-…`) is one of Azure Speech. */
  readonly voiceType?: string;
}

/** Settings of the beta dialect that the service does not state among its own: an unknown one costs the whole event. */
const unknownSettings: ReadonlySet<string> = new Set(['speed', 'tracing', 'prompt']);

/** The dialect of Azure Voice Live, for one connection: the beta dialect, with voices by name and kind. */
export function createVoiceLiveDialect({ voiceType }: VoiceLiveExtras = {}): WireDialect {
  const reader = new BetaServerReader();
  return {
    open: () => ({}),
    send(event) {
      const wire = toBetaClientEvent(event, latestBetaVintage);
      return wire === undefined ? {} : { frames: [JSON.stringify(withVoices(wire, voiceType))] };
    },
    sendAudio: (audio) => ({ frames: [encodeAudioAppend(audio)] }),
    receive: (frame) => ({ messages: reader.decode(frame) }),
  };
}

function withVoices(wire: JsonObject, voiceType: string | undefined): JsonObject {
  const { session, response } = wire;
  return compact({
    ...wire,
    session: isJsonObject(session) ? withVoice(without(session, unknownSettings), voiceType) : session,
    response: isJsonObject(response) ? withVoice(response, voiceType) : response,
  });
}

function withVoice(settings: JsonObject, voiceType: string | undefined): JsonObject {
  const { voice } = settings;
  return voice === undefined ? settings : { ...settings, voice: voiceOfKind(voice, voiceType) };
}

function voiceOfKind(voice: JsonValue, voiceType: string | undefined): JsonValue {
  if (typeof voice !== 'string') return voice;
  const type = voiceType ?? (/^[a-z]{2,3}-[A-Z]/.test(voice) ? 'azure-standard' : undefined);
  return type === undefined ? voice : { name: voice, type };
}
