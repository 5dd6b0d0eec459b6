import type { Effect, SessionEvent } from '@antiphon/core';

/** One step of a session, with its virtual time. */
export interface TraceEntry {
  readonly atMs: number;
  readonly event: SessionEvent;
  readonly effects: readonly Effect[];
}

/** A step on one line for the event and one for each effect. */
export function describeStep({ atMs, event, effects }: TraceEntry): string {
  const time = (atMs / 1000).toFixed(3).padStart(8);
  return [
    `${time} ${labelOf(event)} ${detailsOf(event)}`,
    ...effects.map((e) => `           → ${describeEffect(e)}`),
  ]
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A whole trace as a text that is equal when everything in it is. */
export function traceText(trace: readonly TraceEntry[]): string {
  return trace.map(({ atMs, event, effects }) => JSON.stringify([atMs, event, effects])).join('\n');
}

/** The kind of an event: that of the server, where it is the server's. */
export function labelOf(event: SessionEvent): string {
  if (event.type === 'server.event') return event.event.type;
  if (event.type === 'timer.fired') return `timer ${event.timer.split(':')[0] ?? ''}`;
  return event.type;
}

const dull: ReadonlySet<string> = new Set(['type', 'event_id', 'object', 'content_index', 'output_index']);

function detailsOf(event: SessionEvent): string {
  return brief(
    event.type === 'server.event' ? event.event : event,
    event.type === 'server.event' ? event.epoch : undefined,
  );
}

function describeEffect(effect: Effect): string {
  switch (effect.type) {
    case 'transport.send':
      return `send[${effect.epoch}] ${effect.event.type} ${brief(effect.event)}`;
    case 'notify':
      return `notify ${effect.notice.type} ${brief(effect.notice)}`;
    default:
      return `${effect.type} ${brief(effect)}`;
  }
}

function brief(value: object, epoch?: number): string {
  const parts = Object.entries(value)
    .filter(([key, member]) => !dull.has(key) && member !== undefined && member !== null)
    .map(
      ([key, member]) => `${key}=${shorten(typeof member === 'string' ? member : JSON.stringify(member))}`,
    );
  return [...(epoch === undefined ? [] : [`#${epoch}`]), ...parts].join(' ');
}

function shorten(text: string): string {
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}
