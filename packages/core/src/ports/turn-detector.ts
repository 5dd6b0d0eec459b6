/** What a detector found in the user's audio. Positions are milliseconds of audio pushed so far. */
export type DetectedTurn =
  /** The user speaks; `startMs` lies before the first sound, by the padding. */
  | { readonly kind: 'started'; readonly startMs: number }
  /** The user has finished. */
  | { readonly kind: 'ended'; readonly endMs: number }
  /** The sound that began was no turn. */
  | { readonly kind: 'dropped'; readonly endMs: number };

/** Who wants to know of turns. */
export interface TurnListener {
  /** Called in the order of the audio, never from within `push`. */
  detected(detection: DetectedTurn): void;
  /** The detector is lost; nothing more is detected. */
  failed(error: unknown): void;
  /** Audio was not judged, since more of it waited than the detector keeps: a turn in it was missed. */
  skipped(durationMs: number): void;
}

/** Whether the agent is heard while the user's audio is taken: what sounds like speech may be the agent's own. */
export type RoomSound = 'quiet' | 'agent_heard';

/** Finds the turns of the user in one stream of audio. `started` is followed by one `ended` or `dropped`. */
export interface TurnDetector {
  /**
   * Takes the next samples, mono at the session's input rate, and may use their memory during the call only. Returns at
   * once; the promise settles when they were judged, for sources that can wait. A detector that cannot keep up with one
   * that does not wait skips audio.
   */
  push(samples: Int16Array, room: RoomSound): Promise<void> | undefined;
  /** What was pushed and is not judged yet: the audio of a turn that may be found in it is kept. None when left out. */
  readonly unjudgedMs?: number;
  /** The turn in progress was ended by other means: nothing more is told of it, and speech that goes on begins a new one. */
  abandon(): void;
  /** Nothing more is told. Idempotent. */
  close(): void;
}

/** How turns of the user are found on this side, for an agent whose model leaves that to us. */
export interface LocalTurns {
  /** `turns`: audio flows from `user.speech_started` to `user.commit` only. `open`: it flows always. */
  readonly gate: 'open' | 'turns';
  /** Audio from before a turn began that belongs to it, where a button begins it. */
  readonly prefixPaddingMs: number;
  /** Makes the detector of a session; without it turns begin and end as the application says. */
  readonly openDetector?: (listener: TurnListener) => TurnDetector;
}
