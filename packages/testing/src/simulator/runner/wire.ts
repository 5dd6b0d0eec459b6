import type {
  ClientEvent,
  ConnectRequest,
  Effect,
  Provider,
  SessionEvent,
  Transport,
  TransportHandlers,
} from '@antiphon/core';
import { isCalm } from '../stage.ts';
import { type Bench, type Deferred, deferred, type IsOver, plannedError, strikes } from './bench.ts';
import type { Microphone } from './microphone.ts';
import type { StepBook } from './step-book.ts';

/** What comes over a connection, as a session is told of it. */
export type WireEvent = Extract<SessionEvent, { readonly epoch: number }>;

type Dial = Extract<Effect, { readonly type: 'transport.open' }>;

/** One connection as the runner uses it. */
interface Line {
  readonly dial: Dial;
  phase: 'dialled' | 'made' | 'left' | 'ended';
  handlers: TransportHandlers | undefined;
  /** Tells nobody that it has ended, when it is closed. */
  readonly stuck: boolean;
  /** Has thrown: it may be left without an effect. */
  broken: 'no' | 'yes';
  congestedSinceMs: number;
  congestedUntilMs: number;
}

/** What a connection asks of the rest. */
export interface WireParts {
  readonly steps: StepBook;
  readonly microphone: Microphone;
  readonly isOver: IsOver;
}

/** What is remembered of the sound outside a turn. */
const keptMs = 5_000;
/** What may wait to be sent when a connection begins to take nothing. */
const behindMs = 1_000;

/** The bytes of a stretch of the agent's voice: numbered, so that they can be told from others. */
const stamps = 32_000;

/** Providers and their connections: the network of the world, as transports. */
export class Wire {
  /** The bytes that were handed over last. */
  lastSound: Uint8Array | undefined;
  readonly #lines = new Map<number, Line>();
  readonly #bench: Bench;
  readonly #parts: WireParts;
  #sounds = 0;

  constructor(bench: Bench, parts: WireParts) {
    this.#bench = bench;
    this.#parts = parts;
  }

  /** Whether something can be told to, or asked of, the connection of an epoch. */
  isUsed(epoch: number): boolean {
    return this.#lines.get(epoch)?.phase === 'made';
  }

  isDialled(epoch: number): boolean {
    return this.#lines.has(epoch);
  }

  /** Connections that were made and neither left nor ended. */
  get open(): readonly number[] {
    return [...this.#lines.values()].filter(({ phase }) => phase === 'made').map(({ dial }) => dial.epoch);
  }

  /** Whether sound is waiting because the connection is slow. */
  isCongested(epoch: number): boolean {
    return (this.#lines.get(epoch)?.congestedUntilMs ?? 0) >= this.#bench.world.stage.queue.nowMs;
  }

  lookUp(name: string): Provider | Promise<Provider> {
    if (this.#parts.isOver()) throw plannedError('a process that is gone');
    const isIt = (effect: Effect) => effect.type === 'transport.open' && effect.provider === name;
    const dial = this.#parts.steps.perform(`${name} is dialled`, isIt) as Dial;
    if (this.#lines.has(dial.epoch)) this.#bench.fail('P05', `connection ${dial.epoch} is made twice`);
    const stuck = strikes(this.#bench, 'stuck_closes', 0.2, 0.7);
    const line: Line = {
      dial,
      phase: 'dialled',
      handlers: undefined,
      stuck,
      broken: 'no',
      congestedSinceMs: 0,
      congestedUntilMs: 0,
    };
    this.#lines.set(dial.epoch, line);
    if (strikes(this.#bench, 'failing_providers', 0.1, 0.3)) return this.#failing(line);
    const provider = this.#providerOf(line);
    if (!strikes(this.#bench, 'late_providers', 0.2, 0.6)) return provider;
    const { world } = this.#bench;
    world.network.faults.push({ atMs: world.stage.queue.nowMs, epoch: dial.epoch, kind: 'slow' });
    const late = deferred<Provider>();
    this.#later(this.#bench.random.int(1, 7_000), () => late.resolve(provider));
    return late.promise;
  }

  deliver(event: WireEvent): void {
    const line = this.#lines.get(event.epoch);
    const handlers = line?.handlers;
    if (line === undefined || handlers === undefined || line.phase === 'ended') return;
    switch (event.type) {
      case 'transport.opened':
        this.#planCongestion(line);
        return handlers.onOpen();
      case 'transport.closed': {
        if (line.phase === 'left' && line.stuck) return;
        line.phase = 'ended';
        const { code, reason, cause, status, retryAfterMs } = event;
        return handlers.onClose({
          code,
          reason,
          ...(cause !== undefined && { error: new Error(cause) }),
          ...(status !== undefined && { status }),
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        });
      }
      case 'server.event':
        return handlers.onMessage({ kind: 'event', event: event.event });
      case 'server.invalid':
        return handlers.onMessage({ kind: 'invalid', reason: event.reason });
      case 'server.leaving':
        return handlers.onMessage({ kind: 'leaving', leftMs: event.leftMs });
      case 'server.calls_withdrawn':
        return handlers.onMessage({ kind: 'calls_withdrawn', callIds: event.callIds });
      case 'server.audio':
        return this.#deliverSound(event, handlers);
    }
  }

  #deliverSound(event: Extract<WireEvent, { type: 'server.audio' }>, handlers: TransportHandlers): void {
    const { responseId, itemId, contentIndex, byteLength } = event;
    const audio = new Uint8Array(byteLength);
    if (byteLength > 1) new DataView(audio.buffer).setInt16(0, ++this.#sounds % stamps, true);
    this.lastSound = audio;
    handlers.onMessage({ kind: 'audio', responseId, itemId, outputIndex: 0, contentIndex, audio });
  }

  #failing(line: Line): Promise<Provider> {
    const { dial } = line;
    const { world, random } = this.#bench;
    world.network.faults.push({ atMs: world.stage.queue.nowMs, epoch: dial.epoch, kind: 'refused' });
    line.phase = 'ended';
    if (random.chance(0.3)) throw plannedError('the provider');
    const failing: Deferred<Provider> = deferred();
    this.#later(random.int(0, 300), () => failing.reject(plannedError('the provider')));
    return failing.promise;
  }

  #providerOf(line: Line): Provider {
    return {
      name: line.dial.provider,
      connect: (_request: ConnectRequest, handlers) => this.#connect(line, handlers),
      close: async () => {},
    };
  }

  #connect(line: Line, handlers: TransportHandlers): Transport {
    const { world, fail } = this.#bench;
    const { epoch, provider, agent } = line.dial;
    if (!this.#parts.isOver()) {
      if (line.handlers !== undefined) fail('P05', `connection ${epoch} is made twice`);
      if (!world.ledger.isLive(epoch)) fail('P05', `connection ${epoch} is made though it was given up`);
      if (strikes(this.#bench, 'failing_providers', 0.05, 0.15)) {
        world.network.faults.push({ atMs: world.stage.queue.nowMs, epoch, kind: 'refused' });
        line.phase = 'ended';
        throw plannedError('connecting');
      }
      line.handlers = handlers;
      line.phase = 'made';
      world.network.open(epoch, provider, agent);
    }
    const bench = this.#bench;
    return {
      send: (event) => this.#send(line, event),
      sendAudio: (audio) => this.#sendAudio(line, audio),
      close: (code, reason) => this.#close(line, code, reason),
      get bufferedBytes() {
        return line.congestedUntilMs >= bench.world.stage.queue.nowMs ? 300 * 1024 : 0;
      },
    };
  }

  #send(line: Line, event: ClientEvent): void {
    if (this.#parts.isOver()) return;
    const { epoch } = line.dial;
    const isIt = (effect: Effect) =>
      effect.type === 'transport.send' && effect.epoch === epoch && effect.event === event;
    this.#parts.steps.perform(`${event.type} is sent`, isIt);
    this.#assertUsed(line, event.type);
    this.#mayBreak(line);
    this.#parts.microphone.parcel.send();
    this.#bench.world.network.send(epoch, event);
  }

  /** Some throw when they cannot send. */
  #mayBreak(line: Line): void {
    if (!strikes(this.#bench, 'failing_sends', 0.005, 0.03)) return;
    const { world } = this.#bench;
    world.network.faults.push({ atMs: world.stage.queue.nowMs, epoch: line.dial.epoch, kind: 'closed' });
    line.broken = 'yes';
    throw plannedError('the transport');
  }

  #sendAudio(line: Line, audio: Uint8Array): void {
    if (this.#parts.isOver()) return;
    this.#assertUsed(line, 'sound');
    this.#mayBreak(line);
    this.#parts.microphone.given(line.dial.epoch, audio);
  }

  #close(line: Line, code: number, reason: string): void {
    if (this.#parts.isOver()) return;
    const { world, fail } = this.#bench;
    const { epoch } = line.dial;
    const isIt = (effect: Effect) => effect.type === 'transport.close' && effect.epoch === epoch;
    if (line.broken === 'no') this.#parts.steps.perform(`connection ${epoch} is closed`, isIt);
    if (line.phase === 'left') fail('P05', `connection ${epoch} is closed twice`);
    if (line.phase === 'made') line.phase = 'left';
    world.network.close(epoch, code, reason);
    if (strikes(this.#bench, 'failing_sends', 0.05, 0.3)) throw plannedError('the transport');
  }

  #assertUsed({ phase, dial }: Line, what: string): void {
    if (phase !== 'made')
      this.#bench.fail('P05', `${what} is sent on connection ${dial.epoch}, which is ${phase}`);
  }

  /** The network takes nothing for a while. */
  #planCongestion(line: Line): void {
    if (!strikes(this.#bench, 'congestion', 0.4, 0.9)) return;
    const { world, random } = this.#bench;
    this.#later(random.int(50, 4_000), () => {
      if (isCalm(world.stage) || line.phase !== 'made') return;
      const { nowMs } = world.stage.queue;
      if (line.congestedUntilMs < nowMs) line.congestedSinceMs = nowMs;
      line.congestedUntilMs = nowMs + random.int(50, 3_000);
      this.#noteLoss(line);
      this.#planCongestion(line);
    });
  }

  /** A live source keeps so much for a connection that takes nothing. */
  #noteLoss({ congestedSinceMs, congestedUntilMs }: Line): void {
    const toMs = congestedUntilMs - keptMs;
    const { lost } = this.#bench.world.source;
    if (toMs > congestedSinceMs) lost.push({ fromMs: congestedSinceMs - behindMs, toMs });
  }

  #later(delayMs: number, act: () => void): void {
    this.#bench.world.stage.queue.after(delayMs, () => {
      if (!this.#parts.isOver()) act();
    });
  }
}
