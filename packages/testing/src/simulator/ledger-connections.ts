import type { ClientEvent, Effect, ServerEvent } from '@antiphon/core';

/** A connection as the session can know it. */
export interface ConnectionView {
  readonly epoch: number;
  readonly provider: string;
  readonly agent: string;
  /** The agent whose settings its server is known to have. */
  served: string;
  /** The settings it was sent and has not confirmed; without an agent where an item has shown that it has them. */
  readonly told: { readonly eventId: string; agent: string | undefined }[];
  readonly openedAtMs: number;
  phase: 'opening' | 'agreed' | 'gone';
  /** Whether the conversation was handed over to it. */
  inUse: boolean;
  readonly sent: ClientEvent[];
  lastSentAtMs: number;
  activeResponse: string | undefined;
  lastResponseEventAtMs: number;
  openCreate: { readonly eventId: string; readonly atMs: number } | undefined;
  /** Whether a turn was told of since the last response began. */
  turn: 'open' | 'none';
}

/** A response begins: it may answer all that was open. */
export function beginResponse(view: ConnectionView, responseId: string): void {
  view.openCreate = undefined;
  view.turn = 'none';
  view.activeResponse = responseId;
}

/** The server has taken the first of the settings that it has not refused. */
export function takeSettings(view: ConnectionView, isRefused: (eventId: string) => boolean): void {
  view.phase = 'agreed';
  const at = view.told.findIndex(({ eventId }) => !isRefused(eventId));
  view.served = view.told.splice(0, at + 1).at(-1)?.agent ?? view.served;
}

/** What the server does with an item when it tells of it, and what asked for that. */
const doneTo: Partial<Record<ServerEvent['type'], ClientEvent['type']>> = {
  'conversation.item.added': 'conversation.item.create',
  'conversation.item.created': 'conversation.item.create',
  'conversation.item.done': 'conversation.item.create',
  'conversation.item.truncated': 'conversation.item.truncate',
  'conversation.item.deleted': 'conversation.item.delete',
  'conversation.item.retrieved': 'conversation.item.retrieve',
};

/** What we asked for of an item is done: its server has the settings that it was sent before, though it may not say so. */
export function takeSettingsBefore(
  view: ConnectionView,
  told: ServerEvent,
  isRefused: (eventId: string) => boolean,
): void {
  const asked = doneTo[told.type];
  const at = view.sent.findIndex((event) => event.type === asked && itemOf(event) === itemOf(told));
  const before = new Set(view.sent.slice(0, Math.max(0, at)).map((event) => event.event_id));
  for (const settings of view.told) {
    if (!before.has(settings.eventId) || isRefused(settings.eventId)) continue;
    view.served = settings.agent ?? view.served;
    settings.agent = undefined;
  }
}

function itemOf(event: ClientEvent | ServerEvent): string | undefined {
  if ('item' in event) return event.item.id;
  return 'item_id' in event ? event.item_id : undefined;
}

/** A connection that is being made; the server of a call has the settings that it had over the one `before`. */
export function newConnection(
  { epoch, provider, agent }: Extract<Effect, { type: 'transport.open' }>,
  openedAtMs: number,
  before: ConnectionView | undefined,
): ConnectionView {
  return {
    epoch,
    provider,
    agent,
    served: before?.served ?? agent,
    told: [],
    openedAtMs,
    phase: 'opening',
    inUse: false,
    sent: [],
    lastSentAtMs: openedAtMs,
    activeResponse: undefined,
    lastResponseEventAtMs: 0,
    openCreate: undefined,
    turn: 'none',
  };
}
