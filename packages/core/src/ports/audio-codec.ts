/** Turns samples into the bytes of the session's audio formats and back. One per session: decoding keeps odd bytes. */
export interface AudioCodec {
  readonly inputSampleRateHz: number;
  readonly outputSampleRateHz: number;
  /** Bytes of one millisecond in the output format. */
  readonly outputBytesPerMs: number;
  /** Mono samples at the input rate → bytes in the input format. */
  encode(samples: Int16Array): Uint8Array;
  /** Bytes of one content part, in order → the samples they complete, at the output rate. */
  decode(audio: Uint8Array, partKey: string): Int16Array;
}
