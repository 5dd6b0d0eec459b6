import type { SessionEvent } from '@antiphon/core';
import type { Ledger } from '../ledger.ts';
import type { World } from '../world.ts';
import type { EventKey } from './invariant.ts';

/** Whether the user begins to speak with this event, as far as the session can know. */
export function isSpeechStart(event: SessionEvent, ledger: Ledger): boolean {
  if (event.type === 'user.speech_started') return true;
  if (event.type !== 'server.event' || event.event.type !== 'input_audio_buffer.speech_started') return false;
  return !ledger.endedTurns.has(event.event.item_id);
}

/** Whether the agent in charge lets the user cut in. */
export function isInterruptible(world: World): boolean {
  return world.ledger.agents[world.ledger.current.agent]?.interruptible === true;
}

/** All that {@link cutsIn} may say yes to. */
export const cuttingEvents = [
  'user.interrupt',
  'guard.tripped',
  'user.text',
  'user.speech_started',
  'input_audio_buffer.speech_started',
] as const satisfies readonly EventKey[];

/** Whether with this event somebody cuts what the agent says, where it may be cut. */
export function cutsIn(event: SessionEvent, world: World): boolean {
  if (event.type === 'user.interrupt' || event.type === 'guard.tripped') return true;
  // Without a connection a text waits, and cuts in when it is sent.
  if (event.type === 'user.text')
    return event.text.trim() !== '' && world.session.state.connection.kind === 'ready';
  return isSpeechStart(event, world.ledger) && isInterruptible(world);
}

/** Whether the session was told, when a response began, which text it says. */
export function isNamed(world: World, responseId: string): boolean {
  return world.ledger.announced.has(responseId) && !world.network.isUnnamed(responseId);
}
