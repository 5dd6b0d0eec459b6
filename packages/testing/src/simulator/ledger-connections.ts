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
  };
}
