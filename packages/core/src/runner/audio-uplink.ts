import type { AudioCodec } from '../ports/audio-codec.ts';
import type { AudioSource } from '../ports/audio-source.ts';

/** Audio that waits in the connection beyond this is stale before it arrives: newer audio is dropped until it has left. */
const highWaterBytes = 256 * 1024;

/** Where encoded audio goes. */
export interface UplinkTarget {
  readonly bufferedBytes: number;
  sendAudio(audio: Uint8Array): void;
}

/** How much of the user's audio was sent and how much was dropped, in samples at the input rate. */
export interface UplinkCount {
  readonly sentSamples: number;
  readonly droppedSamples: number;
}

/**
 * Carries a source's audio to a connection until the source ends or `signal` is aborted.
 * Never throws for the connection's sake; an error of the source is the caller's.
 */
export async function carryAudio(
  source: AudioSource,
  target: UplinkTarget,
  options: { readonly codec: AudioCodec; readonly signal: AbortSignal },
): Promise<UplinkCount> {
  let sentSamples = 0;
  let droppedSamples = 0;
  for await (const samples of source.frames(options.signal)) {
    if (options.signal.aborted) break;
    if (target.bufferedBytes > highWaterBytes) {
      droppedSamples += samples.length;
    } else {
      target.sendAudio(options.codec.encode(samples));
      sentSamples += samples.length;
    }
  }
  return { sentSamples, droppedSamples };
}
