import type { RecordingStep } from './recording.ts';

/** What was recorded of one connection. */
export interface RecordedConnection {
  readonly steps: readonly RecordingStep[];
  /** Position of the first of them in the recording. */
  readonly firstEntry: number;
  /** How it ended, where the recording tells. */
  readonly close: Extract<RecordingStep, { kind: 'close' }> | undefined;
}

/** The connections of a recording, in their order. */
export function connectionsOf(steps: readonly RecordingStep[]): readonly RecordedConnection[] {
  const connections: RecordedConnection[] = [];
  let firstEntry = 0;
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'close') continue;
    connections.push({ steps: steps.slice(firstEntry, index), firstEntry, close: step });
    firstEntry = index + 1;
  }
  const rest = steps.slice(firstEntry);
  return rest.length === 0 ? connections : [...connections, { steps: rest, firstEntry, close: undefined }];
}
