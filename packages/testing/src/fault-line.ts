import { type Clock, decodeBase64, type JsonObject } from '@antiphon/core';
import { type EventMatch, type Fault, type FaultMoment, matches } from './faults.ts';

/** What a {@link FaultLine} does to the connection it stands in. */
export interface Wire {
  write(frame: string): void;
  /** The beginning of a frame, which never ends. */
  writeHalf(frame: string): void;
  reset(): void;
  close(code: number, reason: string): void;
  /** `deaf`: reads nothing, answers no pings. */
  stall(deaf: boolean): void;
  split(bytes: number): void;
}

/** A fault that waits for its moment. */
interface Armed {
  readonly fault: Fault;
  readonly moment: FaultMoment;
}

/** A fault that changes what passes, as often as it still may. */
interface Filter {
  readonly kind: 'duplicate' | 'reorder' | 'lose' | 'ignore';
  readonly of: EventMatch;
  left: number;
}

/** How fast frames leave. */
interface Pace {
  readonly bytesPerSecond: number;
  readonly latencyMs: number;
  freeAtMs: number;
}

/** A frame that was held back comes at last after so long, when no other follows it. */
const longestHoldMs = 200;
const anything = (): boolean => true;

/** The stretch of a connection where things go wrong: frames go through it on their way to the client. */
export class FaultLine {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();
  readonly #filters: Filter[] = [];
  #armed: readonly Armed[] = [];
  #pace: Pace | undefined;
  readonly #paced: string[] = [];
  #held: string | undefined;
  #frames = 0;
  #audioBytes = 0;

  constructor(wire: Wire, clock: Clock) {
    this.#wire = wire;
    this.#clock = clock;
  }

  /** Frames that went to the client. */
  get frames(): number {
    return this.#frames;
  }

  /** Arms a fault; without a moment it sets in at once. */
  add(fault: Fault, moment?: FaultMoment): void {
    if (moment === undefined) {
      this.#begin(fault, undefined);
    } else if ('atMs' in moment) {
      this.#later(moment.atMs, () => this.#begin(fault, undefined));
    } else {
      this.#armed = [...this.#armed, { fault, moment }];
    }
  }

  /** Sends a frame, with the event it stands for. */
  send(frame: string, event: JsonObject): void {
    this.#trigger(({ moment }) => 'onSent' in moment && matches(moment.onSent, event), frame, isFilter);
    if (this.#takes('lose', event)) {
      return;
    }
    const isTwin = this.#takes('duplicate', event);
    if (this.#held === undefined && this.#takes('reorder', event)) {
      this.#held = frame;
      this.#later(longestHoldMs, () => this.#release());
    } else {
      this.#write(frame);
      this.#release();
    }
    if (isTwin) {
      this.#write(frame);
    }
    this.#audioBytes += audioBytesOf(event);
    this.#trigger(
      ({ moment }) =>
        ('onSent' in moment && matches(moment.onSent, event)) ||
        ('afterFrames' in moment && this.#frames >= moment.afterFrames) ||
        ('afterAudioBytes' in moment && this.#audioBytes >= moment.afterAudioBytes),
      frame,
      anything,
    );
  }

  /** Takes note of an event of the client; false when it is to be ignored. */
  receive(event: JsonObject): boolean {
    this.#trigger(
      ({ moment }) => 'onReceived' in moment && matches(moment.onReceived, event),
      undefined,
      anything,
    );
    return !this.#takes('ignore', event);
  }

  /** Nothing more happens. */
  end(): void {
    for (const cancel of this.#cancels) {
      cancel();
    }
    this.#cancels.clear();
    this.#armed = [];
  }

  #trigger(
    isDue: (armed: Armed) => boolean,
    frame: string | undefined,
    isMeant: (fault: Fault) => boolean,
  ): void {
    const due = this.#armed.filter((armed) => isMeant(armed.fault) && isDue(armed));
    this.#armed = this.#armed.filter((armed) => !due.includes(armed));
    for (const { fault } of due) {
      this.#begin(fault, frame);
    }
  }

  #begin(fault: Fault, frame: string | undefined): void {
    switch (fault.kind) {
      case 'reset':
        if (fault.midFrame === true && frame !== undefined) {
          this.#wire.writeHalf(frame);
        }
        return this.#wire.reset();
      case 'stall':
        return this.#wire.stall(fault.answersPings !== true);
      case 'close':
        return this.#wire.close(fault.code, fault.reason ?? '');
      case 'duplicate':
      case 'reorder':
        return this.#filter(fault.kind, anything, fault.frames);
      case 'lose':
        return this.#filter('lose', fault.of ?? anything, fault.frames);
      case 'ignore':
        return this.#filter('ignore', fault.of, fault.events);
      case 'malformed':
        return this.#write(fault.frame ?? '{"type":"response.output_audio.delta","delta":"');
      case 'unknown_event':
        return this.#write(JSON.stringify(fault.event ?? { type: 'weather.changed', event_id: 'event_x' }));
      case 'slow':
        this.#pace = {
          bytesPerSecond: fault.bytesPerSecond ?? Number.POSITIVE_INFINITY,
          latencyMs: fault.latencyMs ?? 0,
          freeAtMs: 0,
        };
        return;
      case 'split':
        return this.#wire.split(fault.bytes);
    }
  }

  #filter(kind: Filter['kind'], of: EventMatch, left = 1): void {
    this.#filters.push({ kind, of, left });
  }

  /** Whether a fault of that kind applies to `event`; it has one use less then. */
  #takes(kind: Filter['kind'], event: JsonObject): boolean {
    const filter = this.#filters.find(
      (candidate) => candidate.kind === kind && candidate.left > 0 && matches(candidate.of, event),
    );
    if (filter === undefined) {
      return false;
    }
    filter.left--;
    return true;
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) {
      this.#write(held);
    }
  }

  #write(frame: string): void {
    this.#frames++;
    const pace = this.#pace;
    if (pace === undefined) {
      this.#wire.write(frame);
      return;
    }
    const nowMs = this.#clock.nowMs();
    pace.freeAtMs = Math.max(nowMs, pace.freeAtMs) + (frame.length * 1000) / pace.bytesPerSecond;
    // Timers of one moment may fire in any order on a busy machine: each lets the oldest frame go.
    this.#paced.push(frame);
    this.#later(pace.freeAtMs - nowMs + pace.latencyMs, () => {
      const oldest = this.#paced.shift();
      if (oldest !== undefined) this.#wire.write(oldest);
    });
  }

  #later(delayMs: number, fire: () => void): void {
    const cancel = this.#clock.setTimer(delayMs, () => {
      this.#cancels.delete(cancel);
      fire();
    });
    this.#cancels.add(cancel);
  }
}

const changing: ReadonlySet<Fault['kind']> = new Set(['duplicate', 'reorder', 'lose', 'slow', 'split']);

/** Faults that change the frame at hand have to begin before it leaves. */
function isFilter(fault: Fault): boolean {
  return changing.has(fault.kind) || (fault.kind === 'reset' && fault.midFrame === true);
}

function audioBytesOf(event: JsonObject): number {
  const { type, delta } = event;
  return type === 'response.output_audio.delta' && typeof delta === 'string'
    ? (decodeBase64(delta)?.length ?? 0)
    : 0;
}
