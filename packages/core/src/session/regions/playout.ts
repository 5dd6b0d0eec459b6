/** One content part on its way to the user's ear. Its play order is the order of `PlayoutState.parts`. */
export interface PlayoutPart {
  readonly itemId: string;
  readonly contentIndex: number;
  readonly responseId: string;
  /** `own`: the process spoke it itself; no server knows of it. */
  readonly origin: 'server' | 'own';
  /** The connection it came over. */
  readonly epoch: number;
  readonly speech: 'interruptible' | 'protected';
  readonly receivedBytes: number;
  readonly playedMs: number;
  readonly reception: 'receiving' | 'complete';
}

/** Sound that was received and not wholly played. */
export interface PlayoutState {
  /** `flushing`: the sink was told to drop what it holds and has not answered. */
  readonly kind: 'playing' | 'flushing';
  readonly parts: readonly PlayoutPart[];
  /** On a call: responses that ended before their sound began to be heard, behind that of others. */
  readonly queued?: readonly QueuedSpeech[];
  /** On a call: the response whose sound the server has thrown away last, and those of its items of which it is still to say how much was heard. */
  readonly cut?: QueuedSpeech;
  /** On a call: the response that is over, and whose sound is waited for to end. */
  readonly watched?: string;
}

/** What the server of a call has still to play, or had. */
export interface QueuedSpeech {
  readonly responseId: string;
  readonly itemIds: readonly string[];
}
