import type { ClientEvent } from '../protocol/client-events.ts';
import type { ServerEvent } from '../protocol/server-events.ts';
import type { PendingEvent, SessionState } from './state.ts';
import { become, count, type Step, sequence, stay } from './step.ts';

/** Client events that may wait for an answer at once; beyond it the oldest is given up and counted. */
const pendingLimit = 256;

type Unstamped<Event> = Event extends { readonly type: 'input_audio_buffer.append' }
  ? never
  : Omit<Event, 'event_id'>;

/** A client event without its id. Audio is no such event: it is never answered, so it carries no id and is not sent from here. */
export type OutgoingEvent = Unstamped<ClientEvent>;

/** Sends an event with an id of its own, which stays pending until the server settles it. */
export function send(event: OutgoingEvent): (state: SessionState) => Step {
  return (state) => {
    const eventId = `evt_${state.nextId}`;
    const pending = new Map(state.pending).set(eventId, { type: event.type, itemId: subjectOf(event) });
    const sent: Step = [
      { ...state, nextId: state.nextId + 1, pending },
      [{ type: 'transport.send', event: { ...event, event_id: eventId } as ClientEvent }],
    ];
    return pending.size > pendingLimit ? sequence(sent, dropOldest) : sent;
  };
}

/** Settles the pending event that this server event answers, if any. */
export function settlePending(state: SessionState, event: ServerEvent): Step {
  const eventId = event.type === 'error' ? event.error.event_id : findAnswered(state, event);
  return eventId === undefined || eventId === null ? stay(state) : forget(state, eventId);
}

/** The pending event with this id. */
export function pendingEvent(
  state: SessionState,
  eventId: string | null | undefined,
): PendingEvent | undefined {
  return eventId ? state.pending.get(eventId) : undefined;
}

function forget(state: SessionState, eventId: string): Step {
  if (!state.pending.has(eventId)) return stay(state);
  const pending = new Map(state.pending);
  pending.delete(eventId);
  return become(state, { pending });
}

function dropOldest(state: SessionState): Step {
  const [oldest] = state.pending.keys();
  return oldest === undefined ? stay(state) : sequence(forget(state, oldest), count('unsettledEvents'));
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

function findAnswered(state: SessionState, event: ServerEvent): string | undefined {
  const type = answers[event.type];
  if (type === undefined) return undefined;
  const itemId = itemOf(event);
  for (const [eventId, pending] of state.pending) {
    if (pending.type === type && (pending.itemId === undefined || pending.itemId === itemId)) return eventId;
  }
  return undefined;
}

function itemOf(event: ServerEvent): string | undefined {
  if ('item' in event) return event.item.id;
  return 'item_id' in event ? event.item_id : undefined;
}
