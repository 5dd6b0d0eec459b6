/**
 * One row of the closed error table.
 *
 * `message` says what happened and names the offending value and place; `hint` is the next edit or command.
 * Both may hold `{placeholders}`, filled from the data given when the error is made.
 */
export interface ErrorRow {
  readonly message: string;
  readonly hint: string;
  /** What a model is told instead, where the next edit or command is somebody else's. */
  readonly modelHint?: string;
  /** Whether the same operation may succeed when it is tried again unchanged. */
  readonly retryable: boolean;
  /** The exit code of the `antiphon` command when this error ends it: 2 usage or configuration, 3 provider, 4 session. */
  readonly exitCode: 2 | 3 | 4;
}
