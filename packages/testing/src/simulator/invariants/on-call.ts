import type { SessionState } from '@antiphon/core';
import type { World } from '../world.ts';

/** Whether the session has joined a call: sound goes past it, and its server keeps what is said when the connection is gone. */
export function isOnCall(world: World): boolean {
  return world.network.call !== undefined;
}

/** What goes on in a call while no connection leads to it is not watched. */
export function isAwayFromCall(world: World, { connection }: SessionState): boolean {
  return isOnCall(world) && connection.kind !== 'ready';
}
