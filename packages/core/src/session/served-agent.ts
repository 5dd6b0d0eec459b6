import type { ServerEvent } from '../protocol/server-events.ts';
import { settingsOf } from './agents.ts';
import type { PendingEvent } from './regions/connection.ts';
import type { SessionState } from './state.ts';
import { alter } from './step.ts';

type Pending = SessionState['pending'];

/** What is on its way over a connection that brings settings, in order. */
function settingsOver(pending: Pending, epoch: number) {
  return [...pending].filter(([, event]) => event.epoch === epoch && event.agent !== undefined);
}

/**
 * The server has answered an event of ours. It handles what it is sent in order: with an item of ours it has taken the settings
 * that were sent before it, also where it does not say so. A response that begins may be another than the one asked for.
 */
export function noteServed(state: SessionState, answer: ServerEvent, eventId: string): SessionState {
  const { connection, successor } = state;
  const settled = state.pending.get(eventId);
  const settings = settled === undefined ? [] : settingsOver(state.pending, settled.epoch);
  if (settled === undefined) return state;
  if (answer.type === 'error') return noteRefused(state, settled, settings);
  if (settings.length === 0) return state;
  if (successor.kind === 'standby' && settled.epoch === successor.epoch)
    return alter(state, { successor: { ...successor, served: settled.agent ?? successor.served } });
  const isProof = answer.type === 'session.updated' || settled.itemId !== undefined;
  if (!isProof || connection.kind !== 'ready' || settled.epoch !== connection.epoch) return state;
  const sent = [...state.pending.keys()];
  const taken = settings.filter(([id]) => sent.indexOf(id) <= sent.indexOf(eventId));
  const pending = new Map(state.pending);
  for (const [id, event] of taken) pending.set(id, { ...event, agent: undefined, taken: event.agent });
  return alter(state, { served: taken.at(-1)?.[1].agent ?? state.served, pending });
}

/** The server keeps the settings that it had before those that it refuses. */
function noteRefused(
  state: SessionState,
  refused: PendingEvent,
  settings: readonly (readonly [string, PendingEvent])[],
): SessionState {
  const { epoch, agent = refused.taken, inPlaceOf } = refused;
  if (agent === undefined || inPlaceOf === undefined) return state;
  const next = settings[settings.findIndex(([, event]) => event === refused) + 1];
  const pending =
    next === undefined ? state.pending : new Map(state.pending).set(next[0], { ...next[1], inPlaceOf });
  const isInUse = state.connection.kind === 'ready' && state.connection.epoch === epoch;
  return alter(state, { served: isInUse && state.served === agent ? inPlaceOf : state.served, pending });
}

/** The agent whose settings a connection has been sent last. @param pending what is not answered yet */
export function lastSettingsOver(
  { connection, successor, served, agent }: SessionState,
  pending: Pending,
  epoch: number,
): string {
  const last = settingsOver(pending, epoch).at(-1)?.[1].agent;
  if (last !== undefined) return last;
  if (successor.kind === 'standby' && successor.epoch === epoch) return successor.served;
  return connection.kind === 'ready' && connection.epoch === epoch ? served : agent;
}

/** The agent whose settings the server of a connection being made has agreed to; others may be on their way to it. */
export function agreedAgent({ pending, agent }: SessionState, epoch: number): string {
  return settingsOver(pending, epoch)[0]?.[1].inPlaceOf ?? agent;
}

/** What a connection that takes over is on its way to be told it handles before anything that is to come. */
export function serveOver(
  state: SessionState,
  { epoch, served }: { readonly epoch: number; readonly served: string },
): SessionState {
  const isTold = settingsOver(state.pending, epoch).length > 0;
  return alter(state, { served: isTold ? state.agent : served });
}

/**
 * The agent that a call is of: the one that its response began with. One whose settings the server may have taken without a
 * word is in charge, and has what is called, which the other has not; the calls after it are of that one too, also where it has
 * handed over.
 *
 * @param server the label of the server whose tool it is; absent for functions
 */
export function agentOfCall(
  state: SessionState,
  {
    responseId,
    name,
    server,
  }: { readonly responseId: string; readonly name: string; readonly server?: string },
): string {
  const { response, agent, served, tools } = state;
  const began = 'responseId' in response && response.responseId === responseId ? response.agent : served;
  const before = [...tools.calls.values()].find(
    (call) => call.responseId === responseId && call.agent !== began,
  );
  const shown = before?.agent ?? agent;
  const has = (known: string) =>
    server === undefined ? hasFunction(state, known, name) : hasServer(state, known, server);
  return !has(began) && has(shown) ? shown : began;
}

function hasFunction(state: SessionState, agent: string, name: string): boolean {
  const { tools, handoffs } = settingsOf(state, agent);
  return Object.hasOwn(handoffs, name) || tools.some((tool) => tool.name === name);
}

function hasServer(state: SessionState, agent: string, server: string): boolean {
  return Object.hasOwn(settingsOf(state, agent).hosted ?? {}, server);
}
