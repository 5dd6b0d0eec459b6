/** A stretch of speech of one content part of one agent item. */
export interface AudioChunk {
  readonly itemId: string;
  readonly contentIndex: number;
  /** Mono 16-bit samples at the sink's rate. */
  readonly samples: Int16Array;
}

/** How much of a content part has really been played: the only source of "heard". */
export interface PlayoutProgress {
  readonly itemId: string;
  readonly contentIndex: number;
  /** Milliseconds of this part played so far; never decreases. */
  readonly playedMs: number;
}

/**
 * Where the agent's voice goes.
 *
 * Chunks are played in the order written. `flush` drops what has not been played at once and reports, synchronously
 * through the listener, how much of each part it dropped was heard. Progress may be reported from within `write`
 * (a file plays at once) or later (a speaker). After `close` nothing is reported.
 */
export interface AudioSink {
  readonly sampleRateHz: number;
  write(chunk: AudioChunk): void;
  /** No more audio comes for this part: its last samples may be played without waiting for more. */
  endPart(itemId: string, contentIndex: number): void;
  flush(): void;
  /** Sets the one listener of progress. */
  onProgress(listener: (progress: PlayoutProgress) => void): void;
  /** Plays out nothing more and frees what is held. Idempotent. */
  close(): Promise<void>;
}
