import type { ClientEvent } from '../protocol/client-events.ts';
import type { ServerEvent } from '../protocol/server-events.ts';
import { findItem } from './conversation-pages.ts';
import type { Effect } from './effects.ts';
import type { PendingEvent } from './regions/connection.ts';
import { lastSettingsOver, noteServed } from './served-agent.ts';
import type { SessionState } from './state.ts';
import { alter, become, remember, type Step, stay } from './step.ts';

/** Client events that may wait for an answer at once; beyond it the oldest is given up and counted. */
const pendingLimit = 1024;

type Unstamped<Event> = Event extends { readonly type: 'input_audio_buffer.append' }
  ? never
  : Omit<Event, 'event_id'>;

/** A client event without its id. Audio is no such event: it is never answered, so it carries no id and is not sent from here. */
export type OutgoingEvent = Unstamped<ClientEvent>;

/** Sends an event over the connection in use, with an id of its own that stays pending until the server settles it. */
export function send(
  event: OutgoingEvent,
  wants: PendingEvent['wants'] = 'nothing',
): (state: SessionState) => Step {
  return (state) =>
    state.connection.kind === 'ready'
      ? sendOver(state, state.connection.epoch, [event], wants)
      : keepForCall(state, event, wants);
}

/** A new connection is given all of the conversation; one to a call that goes on only what the call lacks. */
function keepForCall(state: SessionState, event: OutgoingEvent, wants: PendingEvent['wants']): Step {
  const isItem = event.type === 'conversation.item.create' && event.item.id !== undefined;
  if (state.settings.callId === undefined || !isItem) return stay(state);
  const itemId = event.item.id ?? '';
  const undelivered = remember(state.tools.undelivered, { itemId, wants, ...verdictIn(event) }, pendingLimit);
  return become(state, { tools: { ...state.tools, undelivered } });
}

/** Sends events over the connection of an epoch, in this order. */
export function sendOver(
  state: SessionState,
  epoch: number,
  events: readonly OutgoingEvent[],
  wants: PendingEvent['wants'] = 'nothing',
): Step {
  if (events.length === 0) return stay(state);
  const pending = new Map(state.pending);
  const effects: Effect[] = [];
  let { nextId } = state;
  for (const event of events) {
    const eventId = `evt_${nextId}`;
    nextId += 1;
    pending.set(eventId, {
      epoch,
      type: event.type,
      itemId: subjectOf(event),
      wants,
      ...writtenIn(event),
      ...verdictIn(event),
      ...(event.type === 'session.update' && {
        agent: state.agent,
        inPlaceOf: lastSettingsOver(state, pending, epoch),
      }),
    });
    effects.push({
      type: 'transport.send',
      epoch,
      event: { ...event, event_id: eventId } as ClientEvent,
    });
  }
  let surplus = pending.size - pendingLimit;
  const { unsettledEvents } = state.counters;
  const counters =
    surplus > 0 ? { ...state.counters, unsettledEvents: unsettledEvents + surplus } : state.counters;
  for (const eventId of pending.keys()) {
    if (surplus <= 0) break;
    pending.delete(eventId);
    surplus -= 1;
  }
  return [alter(state, { nextId, pending, counters }), effects];
}

/** Settles the pending event that this server event answers, if any. */
export function settlePending(state: SessionState, event: ServerEvent, epoch: number): Step {
  if (state.pending.size === 0) return stay(state);
  const eventId = event.type === 'error' ? event.error.event_id : findAnswered(state, event, epoch);
  if (eventId === undefined || eventId === null || !state.pending.has(eventId)) return stay(state);
  return forget(noteServed(state, event, eventId), eventId);
}

/** A connection is gone: what it was sent is never answered. */
export function dropPending(state: SessionState, epoch: number): Step {
  if (state.pending.size === 0) return stay(state);
  const pending = new Map([...state.pending].filter(([, event]) => event.epoch !== epoch));
  return become(state, { pending });
}

/** Requests for a response are not waited for any more: their answers would be taken for those of later ones. */
export function forgetCreates(state: SessionState): Step {
  return forgetAll(state, 'response.create');
}

/** There is no response left to cancel. */
export function forgetCancels(state: SessionState): Step {
  return forgetAll(state, 'response.cancel');
}

/** Whether the server has not answered an event of this kind. */
export function isOut({ pending }: SessionState, type: ClientEvent['type']): boolean {
  return [...pending.values()].some((event) => event.type === type);
}

/** Whether something that wants an answer is on its way to the server; calls that others are still to join are answered with those. */
export function hasUnseenItems({ pending, tools, conversation }: SessionState): boolean {
  for (const { wants, itemId } of pending.values()) {
    if (wants === 'nothing') continue;
    const item = itemId === undefined ? undefined : findItem(conversation, itemId);
    const isOfOpenBatch = item?.kind === 'function_call_output' && tools.calls.has(item.callId);
    if (!isOfOpenBatch) return true;
  }
  return false;
}

/** The server answers a request of ours: it has seen what was sent before, also when it does not confirm items. */
export function settleItems(state: SessionState): Step {
  const events = [...state.pending];
  const asked = events.findIndex(([, { type }]) => type === 'response.create');
  // What was sent after the request is still on its way.
  const isSeen = (at: number) => asked < 0 || at < asked;
  const pending = new Map(
    events.filter(([, { type }], at) => !(type.startsWith('conversation.item.') && isSeen(at))),
  );
  return pending.size === state.pending.size ? stay(state) : become(state, { pending });
}

/** The pending event with this id. */
export function pendingEvent(
  state: SessionState,
  eventId: string | null | undefined,
): PendingEvent | undefined {
  return eventId ? state.pending.get(eventId) : undefined;
}

function forget(state: SessionState, eventId: string): Step {
  const pending = new Map(state.pending);
  pending.delete(eventId);
  return become(state, { pending });
}

function forgetAll(state: SessionState, type: ClientEvent['type']): Step {
  const pending = new Map([...state.pending].filter(([, event]) => event.type !== type));
  return pending.size === state.pending.size ? stay(state) : become(state, { pending });
}

function subjectOf(event: OutgoingEvent): string | undefined {
  switch (event.type) {
    case 'conversation.item.create':
      return event.item.id;
    case 'conversation.item.truncate':
    case 'conversation.item.delete':
    case 'conversation.item.retrieve':
      return event.item_id;
    default:
      return undefined;
  }
}

/** What tells an item from others: it may leave the conversation before the server tells of it, perhaps under another id. */
function writtenIn(event: OutgoingEvent): Pick<PendingEvent, 'brings'> {
  if (event.type !== 'conversation.item.create') return {};
  const { item } = event;
  if (item.type !== 'message')
    return 'call_id' in item && item.call_id ? { brings: { type: item.type, key: item.call_id } } : {};
  const text = item.content.map((part) => ('text' in part ? part.text : '')).join('');
  return { brings: { type: 'message', key: text } };
}

function verdictIn(event: OutgoingEvent): Pick<PendingEvent, 'verdict'> {
  if (event.type !== 'conversation.item.create' || event.item.type !== 'mcp_approval_response') return {};
  return { verdict: event.item };
}

/** Which kind of client event each server event settles; the server answers events of one kind in the order they came. */
const answers: Partial<Record<ServerEvent['type'], ClientEvent['type']>> = {
  'session.updated': 'session.update',
  'input_audio_buffer.committed': 'input_audio_buffer.commit',
  'input_audio_buffer.cleared': 'input_audio_buffer.clear',
  'output_audio_buffer.cleared': 'output_audio_buffer.clear',
  'conversation.item.added': 'conversation.item.create',
  'conversation.item.created': 'conversation.item.create',
  'conversation.item.truncated': 'conversation.item.truncate',
  'conversation.item.deleted': 'conversation.item.delete',
  'conversation.item.retrieved': 'conversation.item.retrieve',
  'response.created': 'response.create',
  'response.done': 'response.cancel',
};

function findAnswered(state: SessionState, event: ServerEvent, epoch: number): string | undefined {
  const type = answers[event.type];
  if (type === undefined) return undefined;
  const itemId = itemOf(event);
  for (const [eventId, pending] of state.pending) {
    if (
      pending.epoch === epoch &&
      pending.type === type &&
      (pending.itemId === undefined || pending.itemId === itemId)
    )
      return eventId;
  }
  return undefined;
}

function itemOf(event: ServerEvent): string | undefined {
  if ('item' in event) return event.item.id;
  return 'item_id' in event ? event.item_id : undefined;
}
