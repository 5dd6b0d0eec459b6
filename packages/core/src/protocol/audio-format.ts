import * as z from 'zod';
import { openUnion, tolerant } from './tolerant.ts';

const pcm = {
  type: z.literal('audio/pcm'),
  /** Hertz; the service knows no other rate. */
  rate: z.int().min(24_000).max(24_000).optional(),
};
const pcmu = { type: z.literal('audio/pcmu') };
const pcma = { type: z.literal('audio/pcma') };

/** Audio on the wire: signed 16-bit little-endian mono at 24 kHz, or G.711 (µ-law, A-law) at 8 kHz. */
export const AudioFormatSchema = z.discriminatedUnion('type', [
  z.strictObject(pcm),
  z.strictObject(pcmu),
  z.strictObject(pcma),
]);
export type AudioFormat = z.infer<typeof AudioFormatSchema>;

/** An audio format as a server states it. */
export const StatedAudioFormatSchema = openUnion([
  tolerant({ ...pcm, rate: z.number().optional() }),
  tolerant(pcmu),
  tolerant(pcma),
]);
export type StatedAudioFormat = z.infer<typeof StatedAudioFormatSchema>;
