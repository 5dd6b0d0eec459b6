import type { SessionEvent, SessionState } from '@antiphon/core';
import type { World } from '../world.ts';

/** Whether the session has joined a call: sound goes past it, and its server keeps what is said when the connection is gone. */
export function isOnCall(world: World): boolean {
  return world.network.call !== undefined;
}

/** Whether an interruption by hand spares what the session has asked to be said. The server of a call lets the user cut everything. */
export function isSpared(world: World, event: SessionEvent, { response }: SessionState): boolean {
  const isProtected =
    'request' in response && response.request?.kind === 'say' && response.request.protected === true;
  const isTold = 'responseId' in response && world.ledger.announced.has(response.responseId);
  const isOther = isTold && world.ledger.responses.get(response.responseId)?.protectedSpeech !== true;
  if (isOther) return false;
  return isOnCall(world) && event.type !== 'server.event' && isProtected;
}

/** What goes on in a call while no connection leads to it is not watched. */
export function isAwayFromCall(world: World, { connection }: SessionState): boolean {
  return isOnCall(world) && connection.kind !== 'ready';
}
