import type { JsonValue } from '../../json.ts';
import { isJsonObject } from '../tolerant.ts';
import { isList } from './members.ts';

/** The names of audio formats in the beta dialect. */
export const betaFormats = ['pcm16', 'g711_ulaw', 'g711_alaw'] as const;
export type BetaFormat = (typeof betaFormats)[number];

const gaFormats: Readonly<Record<BetaFormat, string>> = {
  pcm16: 'audio/pcm',
  g711_ulaw: 'audio/pcmu',
  g711_alaw: 'audio/pcma',
};

/** `{ type: 'audio/pcmu' }` → `g711_ulaw`; null passes, unknown formats become undefined. */
export function toBetaFormat(format: JsonValue | undefined): BetaFormat | null | undefined {
  if (format === null) {
    return null;
  }
  const type = isJsonObject(format) ? format['type'] : undefined;
  return betaFormats.find((name) => gaFormats[name] === type);
}

/** `pcm16` → `{ type: 'audio/pcm', rate: 24000 }`; null passes, unknown formats become undefined. */
export function toGaFormat(name: JsonValue | undefined): JsonValue | undefined {
  if (name === null) {
    return null;
  }
  const known = betaFormats.find((format) => format === name);
  if (known === undefined) {
    return undefined;
  }
  const type = gaFormats[known];
  return type === 'audio/pcm' ? { type, rate: 24_000 } : { type };
}

/** The beta dialect cannot have sound without its text. */
export function toBetaModalities(modalities: JsonValue | undefined): JsonValue | undefined {
  if (!isList(modalities)) {
    return undefined;
  }
  return modalities.includes('audio') ? ['audio', 'text'] : ['text'];
}

/** The GA dialect has one modality; sound brings its text along. */
export function toGaModalities(modalities: JsonValue | undefined): JsonValue | undefined {
  if (!isList(modalities)) {
    return undefined;
  }
  return modalities.includes('audio') ? ['audio'] : ['text'];
}
