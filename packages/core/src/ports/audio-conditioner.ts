/**
 * Works on the user's audio, mono at the session's input rate, before it is judged and sent. Sample for sample: nothing is
 * shifted; it only comes a little later. A conditioner is of one stream.
 */
export interface AudioConditioner {
  /** What is ready after `samples`, in their order; possibly nothing. */
  push(samples: Int16Array): Int16Array;
  /** What is still inside, pushed out by a little silence, which becomes part of the stream. It goes on after it. */
  drain(): Int16Array;
  /** Frees what is held; nothing is pushed after it. Idempotent. */
  close(): void;
}
