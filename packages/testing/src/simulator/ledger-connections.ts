import type { ClientEvent, Effect } from '@antiphon/core';

/** A connection as the session can know it. */
export interface ConnectionView {
  readonly epoch: number;
  readonly provider: string;
  readonly agent: string;
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

/** A connection that is being made. */
export function newConnection(
  { epoch, provider, agent }: Extract<Effect, { type: 'transport.open' }>,
  openedAtMs: number,
): ConnectionView {
  return {
    epoch,
    provider,
    agent,
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
