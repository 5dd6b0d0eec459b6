import type { Clock } from '../ports/clock.ts';
import type { SessionNotice } from '../session/notices.ts';

/** How long the calls take that the provider makes: nobody else measures them. */
export class HostedTimes {
  readonly #startedMs = new Map<string, number>();
  readonly #clock: Pick<Clock, 'nowMs'>;

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** The notice, with the time that its call took. */
  timed(notice: SessionNotice): SessionNotice {
    if (!('server' in notice)) return notice;
    if (notice.type === 'tool_started') this.#startedMs.set(notice.callId, this.#clock.nowMs());
    if (notice.type !== 'tool_settled') return notice;
    const startedMs = this.#startedMs.get(notice.callId);
    this.#startedMs.delete(notice.callId);
    if (startedMs === undefined) return notice;
    return { ...notice, outcome: { ...notice.outcome, elapsedMs: this.#clock.nowMs() - startedMs } };
  }
}
