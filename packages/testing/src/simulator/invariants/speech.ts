import type { SessionEvent } from '@antiphon/core';
import type { Ledger } from '../ledger.ts';

/** Whether the user begins to speak with this event, as far as the session can know. */
export function isSpeechStart(event: SessionEvent, ledger: Ledger): boolean {
  if (event.type === 'user.speech_started') return true;
  if (event.type !== 'server.event' || event.event.type !== 'input_audio_buffer.speech_started') return false;
  return !ledger.endedTurns.has(event.event.item_id);
}
