/** Speech of the process itself. */
export interface Announcement {
  /** Mono 16-bit samples. */
  readonly samples: Int16Array;
  /** 24,000 unless told. */
  readonly sampleRateHz?: number;
}

/**
 * The process's own voice, for when the model has none: it speaks while there is no connection.
 *
 * `speak` rejects when the text cannot be spoken, and soon after `signal` is aborted.
 */
export interface Announcer {
  speak(text: string, signal: AbortSignal): Promise<Announcement>;
}
