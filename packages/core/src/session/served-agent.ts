import type { ServerEvent } from '../protocol/server-events.ts';
import { settingsOf } from './agents.ts';
import type { PendingEvent } from './regions/connection.ts';
import type { SessionState } from './state.ts';
import { alter } from './step.ts';

/**
 * The server has answered an event of ours. It handles what it is sent in order: with an item of ours it has taken the settings
 * that were sent before it, also where it does not say so. A response that begins may be another than the one asked for.
 */
export function noteServed(state: SessionState, answer: ServerEvent, eventId: string): SessionState {
  if (answer.type === 'error') return noteRefused(state, eventId);
  const settled = state.pending.get(eventId);
  const isProof = answer.type === 'session.updated' || settled?.itemId !== undefined;
  const { connection, successor } = state;
  if (successor.kind === 'standby' && settled?.epoch === successor.epoch) {
    const taken = answer.type === 'session.updated' ? settled.agent : undefined;
    return taken === undefined ? state : alter(state, { successor: { ...successor, served: taken } });
  }
  if (!isProof || connection.kind !== 'ready' || settled?.epoch !== connection.epoch) return state;
  const pending = new Map<string, PendingEvent>();
  let { served } = state;
  let isBefore = true;
  for (const [id, event] of state.pending) {
    const isTaken = isBefore && event.epoch === connection.epoch && event.agent !== undefined;
    if (isTaken) served = event.agent ?? served;
    pending.set(id, isTaken ? { ...event, agent: undefined } : event);
    if (id === eventId) isBefore = false;
  }
  return alter(state, { served, pending });
}

/** The server keeps the settings that it had before those that it refuses. */
function noteRefused(state: SessionState, eventId: string): SessionState {
  const { epoch, agent, inPlaceOf } = state.pending.get(eventId) ?? {};
  if (agent === undefined || inPlaceOf === undefined) return state;
  const sent = [...state.pending];
  const behind = sent.slice(sent.findIndex(([id]) => id === eventId) + 1);
  const next = behind.find(([, event]) => event.epoch === epoch && event.agent !== undefined);
  const pending = next === undefined ? state.pending : new Map(sent).set(next[0], { ...next[1], inPlaceOf });
  const isInUse = state.connection.kind === 'ready' && state.connection.epoch === epoch;
  return alter(state, { served: isInUse && state.served === agent ? inPlaceOf : state.served, pending });
}

/** The agent whose settings a connection has been sent last. @param pending what is not answered yet */
export function lastSettingsOver(
  { connection, successor, served, agent }: SessionState,
  pending: SessionState['pending'],
  epoch: number,
): string {
  const sent = [...pending.values()].findLast((event) => event.epoch === epoch && event.agent !== undefined);
  if (sent?.agent !== undefined) return sent.agent;
  if (successor.kind === 'standby' && successor.epoch === epoch) return successor.served;
  return connection.kind === 'ready' && connection.epoch === epoch ? served : agent;
}

/** The agent whose settings the server of a connection being made has agreed to; others may be on their way to it. */
export function agreedAgent({ pending, agent }: SessionState, epoch: number): string {
  const next = [...pending.values()].find((event) => event.epoch === epoch && event.agent !== undefined);
  return next?.inPlaceOf ?? agent;
}

/** What a connection that takes over is on its way to be told it handles before anything that is to come. */
export function serveOver(
  state: SessionState,
  { epoch, served }: { epoch: number; served: string },
): SessionState {
  const isTold = [...state.pending.values()].some(
    (event) => event.epoch === epoch && event.agent !== undefined,
  );
  return alter(state, { served: isTold ? state.agent : served });
}

/**
 * The agent that a call is of: the one that its response began with. One whose settings the server may have taken without a
 * word is in charge, and has the function, which the other has not.
 */
export function agentOfCall(state: SessionState, responseId: string, name: string): string {
  const { response, agent, served } = state;
  const began = 'responseId' in response && response.responseId === responseId ? response.agent : served;
  return !hasFunction(state, began, name) && hasFunction(state, agent, name) ? agent : began;
}

function hasFunction(state: SessionState, agent: string, name: string): boolean {
  const { tools, handoffs } = settingsOf(state, agent);
  return Object.hasOwn(handoffs, name) || tools.some((tool) => tool.name === name);
}
