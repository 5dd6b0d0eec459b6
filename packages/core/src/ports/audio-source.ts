/**
 * Where the user's voice comes from.
 *
 * `frames` yields mono 16-bit samples at `sampleRateHz`, in order and without gaps, as fast as they should be heard
 * (a microphone: in real time). It ends when there is no more audio or `signal` is aborted; it does not throw on abort.
 */
export interface AudioSource {
  readonly sampleRateHz: number;
  /** `live` audio that cannot be sent in time is dropped; `recorded` audio waits for its turn. */
  readonly kind: 'live' | 'recorded';
  frames(signal: AbortSignal): AsyncIterable<Int16Array>;
}
