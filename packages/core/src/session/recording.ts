import type { ToolCallStatus } from '../ports/tool-host.ts';
import type { RecordingState } from './regions/recording.ts';
import type { ToolPolicy } from './settings.ts';
import type { SessionState } from './state.ts';
import { become, notify, type Step, sequence, stay } from './step.ts';

/** Nothing said from here on is to be kept. */
export function pauseRecording(state: SessionState, by: string): Step {
  return state.recording.phase === 'paused' ? stay(state) : moveTo(state, 'paused', by);
}

export function resumeRecording(state: SessionState, by: string): Step {
  return state.recording.phase === 'running' ? stay(state) : moveTo(state, 'running', by);
}

/** The user agrees to being recorded. The first to say so counts. */
export function allowRecording(state: SessionState, by: string): Step {
  if (state.recording.allowedBy !== undefined) return stay(state);
  return sequence(
    become(state, { recording: { ...state.recording, allowedBy: by } }),
    notify({ type: 'recording', change: 'allowed', by }),
  );
}

/** A call begins. */
export function recordingAtStart(state: SessionState, policy: ToolPolicy | undefined): Step {
  return policy?.recording === 'pause' ? pauseRecording(state, policy.name) : stay(state);
}

/** A call has ended. What did not succeed changes nothing: the number of a card may be said again. */
export function recordingAtEnd(
  state: SessionState,
  policy: ToolPolicy | undefined,
  status: ToolCallStatus,
): Step {
  if (policy === undefined || status !== 'completed') return stay(state);
  switch (policy.recording) {
    case 'resume':
      return resumeRecording(state, policy.name);
    case 'allow':
      return allowRecording(state, policy.name);
    default:
      return stay(state);
  }
}

function moveTo(state: SessionState, phase: RecordingState['phase'], by: string): Step {
  return sequence(
    become(state, { recording: { ...state.recording, phase } }),
    notify({ type: 'recording', change: phase === 'paused' ? 'paused' : 'resumed', by }),
  );
}
