import type { ConversationRecorder } from '@antiphon/audio/node';
import type { SessionNotice } from '@antiphon/core';

/** Does to a recording what the session asks of whoever records it. */
export function recordAs(
  recording: ConversationRecorder,
  { change, by }: Extract<SessionNotice, { type: 'recording' }>,
): void {
  switch (change) {
    case 'paused':
      return recording.pause();
    case 'resumed':
      return recording.resume();
    case 'allowed':
      return recording.allow(by);
  }
}
