import {
  type AudioSink,
  type Clock,
  encodeBase64,
  type InboundMessage,
  type JsonObject,
  type PlayoutProgress,
  type Provider,
  type SessionEvent,
  SessionRunner,
  type ToolCallRequest,
  type ToolOutcome,
  type Transport,
  type TransportHandlers,
} from '@antiphon/core';
import { createOpenAiProvider } from '@antiphon/runtime';
import {
  drawProfile,
  type FakePeer,
  FakeRealtimeServer,
  runSchedule,
  seedOfSchedule,
  settingsOfSchedule,
  type TraceEntry,
} from '@antiphon/testing';
import { describe, expect, it } from 'vitest';

/** Events that arrive over a connection. */
const overSockets = new Set(['transport.opened', 'transport.closed', 'server.event', 'server.audio']);

/** The schedules of which everything can be told to a real runner: no broken sockets, refusals, voices of our own or crashes. */
function isPlayable(trace: readonly TraceEntry[]): boolean {
  const closed = new Set<number>();
  return trace.every(({ event, effects }) => {
    // A socket that is closed brings nothing but its end.
    if (event.type !== 'transport.closed' && 'epoch' in event && closed.has(event.epoch)) return false;
    if (event.type === 'transport.closed') closed.add(event.epoch);
    for (const effect of effects) if (effect.type === 'transport.close') closed.add(effect.epoch);
    if (event.type === 'transport.closed') return event.status === undefined && event.code !== 1006;
    if ('epoch' in event && (event.epoch === 0 || event.epoch === 9_999)) return false;
    if (event.type === 'server.event' && event.event.type === 'unknown') return false;
    if (event.type.startsWith('announcement.') || event.type === 'session.resume') return false;
    if (event.type === 'guard.tripped' || event.type === 'server.invalid') return false;
    // The tools of this world are not asked before they run.
    if (event.type === 'tool.checked') return false;
    return effects.every(({ type }) => type !== 'announce');
  });
}

/** Time that stands still until a step of the schedule comes; then the timer that is due fires. */
class StepClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly dueMs: number; readonly fire: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs;
  }

  setTimer(delayMs: number, fire: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  moveTo(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  fireDue(): void {
    const [first] = [...this.#timers].toSorted((a, b) => a.dueMs - b.dueMs);
    if (first === undefined) throw new Error('no timer is set');
    this.#timers.delete(first);
    first.fire();
  }
}

/** A real connection whose news is handed over when the schedule says so. */
interface HeldConnection {
  readonly news: (() => void)[];
  peer: FakePeer | undefined;
}

class SocketWorld {
  readonly clock = new StepClock();
  readonly connections: HeldConnection[] = [];
  readonly steps: { event: SessionEvent; effects: readonly unknown[] }[] = [];
  readonly #server: FakeRealtimeServer;
  readonly #real: Provider;
  readonly #tools = new Map<string, (outcome: ToolOutcome) => void>();
  readonly runner: SessionRunner;
  #progress: (progress: PlayoutProgress) => void = () => {};
  #upcoming: readonly TraceEntry[] = [];

  constructor(server: FakeRealtimeServer, seed: number) {
    this.#server = server;
    this.#real = createOpenAiProvider('real', {
      type: 'openai',
      model: 'any',
      base_url: server.url.replace('/realtime', ''),
      api_key: 'none',
    } as Parameters<typeof createOpenAiProvider>[1]);
    const settings = settingsOfSchedule(seed, drawProfile(seed));
    const quiet = () => {};
    this.runner = new SessionRunner(settings, {
      providers: () => ({ ...this.#real, connect: (request, handlers) => this.#connect(request, handlers) }),
      tools: {
        specs: [],
        call: ({ callId }: ToolCallRequest) =>
          new Promise<ToolOutcome>((resolve) => void this.#tools.set(callId, resolve)),
      },
      source: undefined,
      sink: this.#sink(),
      codec: {
        inputSampleRateHz: 24_000,
        outputSampleRateHz: 24_000,
        outputBytesPerMs: 48,
        encode: () => new Uint8Array(),
        decode: (audio: Uint8Array) => new Int16Array(audio.byteLength >> 1),
      },
      clock: this.clock,
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    this.runner.inspect(({ event, effects }) => this.steps.push({ event, effects }));
  }

  /** Lets the schedule's next step happen; `upcoming` is what follows it. */
  async play({ atMs, event }: TraceEntry, upcoming: readonly TraceEntry[]): Promise<void> {
    this.clock.moveTo(atMs);
    this.#upcoming = upcoming;
    if (overSockets.has(event.type) && 'epoch' in event) return this.#deliver(event);
    switch (event.type) {
      case 'timer.fired':
        return this.clock.fireDue();
      case 'playout.progress':
        return this.#progress(event);
      case 'tool.settled': {
        const settle = this.#tools.get(event.callId);
        if (settle === undefined) return this.runner.dispatch(event);
        settle(event.outcome);
        return until(() =>
          this.steps.some((step) => step.event.type === 'tool.settled' && step.event.callId === event.callId),
        );
      }
      default:
        return this.runner.dispatch(event);
    }
  }

  async #deliver(event: Extract<SessionEvent, { readonly epoch: number }>): Promise<void> {
    const connection = this.connections[event.epoch - 1];
    if (connection === undefined) throw new Error(`there is no connection ${event.epoch}`);
    await until(() => connection.peer !== undefined);
    if (event.type === 'server.event') connection.peer?.send(event.event as unknown as JsonObject);
    if (event.type === 'server.audio') {
      connection.peer?.send({
        type: 'response.output_audio.delta',
        response_id: event.responseId,
        item_id: event.itemId,
        output_index: 0,
        content_index: event.contentIndex,
        delta: encodeBase64(new Uint8Array(event.byteLength)),
      });
    }
    if (event.type === 'transport.closed') connection.peer?.close(event.code, event.reason);
    await until(() => connection.news.length > 0);
    connection.news.shift()?.();
  }

  #connect(request: Parameters<Provider['connect']>[0], handlers: TransportHandlers): Transport {
    const connection: HeldConnection = { news: [], peer: undefined };
    this.connections.push(connection);
    void this.#server.nextPeer().then((peer) => {
      connection.peer = peer;
    });
    return this.#real.connect(request, {
      onOpen: () => void connection.news.push(() => handlers.onOpen()),
      onMessage: (message: InboundMessage) => void connection.news.push(() => handlers.onMessage(message)),
      onClose: (close) => void connection.news.push(() => handlers.onClose(close)),
    });
  }

  #sink(): AudioSink {
    return {
      sampleRateHz: 24_000,
      write: () => {},
      endPart: () => {},
      // All that was heard is told from within the flush.
      flush: () => {
        for (const { event } of this.#upcoming) {
          if (event.type !== 'playout.progress') break;
          this.#progress(event);
        }
      },
      onProgress: (listener) => {
        this.#progress = listener;
      },
      close: async () => {},
    };
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns++) {
    if (turns > 20_000) throw new Error('waited in vain');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What is compared of a step: words about the network differ. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, member: unknown) =>
      key === 'reason' || key === 'cause' || key === 'message' || member === null ? undefined : member,
    ),
  );
}

const seeds = Array.from({ length: 400 }, (_, index) => seedOfSchedule(5, index));
const playable = seeds
  .map((seed) => ({ seed, trace: runSchedule({ seed, keepTrace: true }).trace }))
  .filter(({ trace }) => isPlayable(trace))
  .slice(0, 12);

describe('a session over real sockets', () => {
  it('has schedules to play', () => {
    expect(playable.length).toBeGreaterThan(5);
  });

  it.each(playable)('does in seed $seed what the simulated one does', async ({ seed, trace }) => {
    const end = trace.findIndex(({ effects }) =>
      effects.some((effect) => effect.type === 'notify' && effect.notice.type === 'closed'),
    );
    const server = await FakeRealtimeServer.start({ forgetsAudio: true });
    const world = new SocketWorld(server, seed);
    for (let at = 0; at <= end; at++) {
      const entry = trace[at];
      if (entry === undefined) break;
      if (world.steps.length <= at) await world.play(entry, trace.slice(at + 1, at + 20));
      const step = world.steps[at];
      expect(plain(step?.effects), `step ${at}: ${entry.event.type}`).toEqual(plain(entry.effects));
    }
    await server.close();
  });
});
