import type { AudioCodec } from '../ports/audio-codec.ts';
import type { AudioSource } from '../ports/audio-source.ts';
import type { Clock } from '../ports/clock.ts';

/** More than this waiting in the connection would be stale before it arrives. */
const highWaterBytes = 256 * 1024;
const recheckMs = 10;

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
  options: { readonly codec: AudioCodec; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<UplinkCount> {
  let sentSamples = 0;
  let droppedSamples = 0;
  for await (const samples of source.frames(options.signal)) {
    if (source.kind === 'recorded') await untilDrained(target, options.clock, options.signal);
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

/** Waits until the connection can take more. */
async function untilDrained(target: UplinkTarget, clock: Clock, signal: AbortSignal): Promise<void> {
  while (target.bufferedBytes > highWaterBytes && !signal.aborted) {
    await new Promise<void>((resolve) => void clock.setTimer(recheckMs, resolve));
  }
}
