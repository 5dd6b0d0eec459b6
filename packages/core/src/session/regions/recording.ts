/** What whoever records the session is to hold to. The session itself records nothing. */
export interface RecordingState {
  readonly phase: 'running' | 'paused';
  /** Who said that the user agrees to being recorded; undefined as long as nobody has. */
  readonly allowedBy: string | undefined;
}
