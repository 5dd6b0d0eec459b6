import type { AudioCodec } from '../ports/audio-codec.ts';
import type { AudioSink } from '../ports/audio-sink.ts';
import type { AudioSource } from '../ports/audio-source.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { ToolHost } from '../ports/tool-host.ts';
import type { InboundMessage, Provider, Transport, TransportHandlers } from '../ports/transport.ts';
import type { Effect } from '../session/effects.ts';
import type { SessionEvent } from '../session/events.ts';
import type { SessionNotice, SessionOutcome } from '../session/notices.ts';
import type { SessionSettings } from '../session/settings.ts';
import { initialState, type SessionState } from '../session/state.ts';
import { transition } from '../session/transition.ts';
import { carryAudio } from './audio-uplink.ts';
import { Listeners } from './listeners.ts';
import { TimerSet } from './timer-set.ts';
import { ToolRuns } from './tool-runs.ts';

/** What a session runs on. */
export interface SessionPorts {
  readonly provider: Provider;
  readonly tools: ToolHost;
  /** Where the user's voice comes from; without it the user types. It is read once the server has agreed to the session. */
  readonly source: AudioSource | undefined;
  /** Where the agent's voice goes, at the codec's output rate; closed with the session. */
  readonly sink: AudioSink;
  readonly codec: AudioCodec;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One step of a session, as inspectors see it. */
export interface Inspection {
  readonly atMs: number;
  readonly event: SessionEvent;
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}

interface Letter {
  readonly event: SessionEvent;
  /** The bytes of a `server.audio` event. */
  readonly audio?: Uint8Array;
}

/**
 * Runs one session: owns its only mutable state, takes events one at a time, performs what the transition asks for and
 * turns every outcome back into an event. An event that comes up during a step waits for the step to end.
 */
export class SessionRunner {
  /** Settles when the session is over and everything it held is freed. Never rejects. */
  readonly closed: Promise<SessionOutcome>;

  #state: SessionState;
  #transport: Transport | undefined;
  #draining: 'no' | 'yes' = 'no';
  readonly #mailbox: Letter[] = [];
  readonly #ports: SessionPorts;
  readonly #timers: TimerSet;
  readonly #tools: ToolRuns;
  readonly #ended = new AbortController();
  readonly #notices: Listeners<readonly [notice: SessionNotice, atMs: number]>;
  readonly #inspections: Listeners<readonly [inspection: Inspection]>;
  readonly #resolveClosed: (outcome: SessionOutcome) => void;

  constructor(settings: SessionSettings, ports: SessionPorts) {
    const { promise, resolve } = withResolvers<SessionOutcome>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#state = initialState(settings);
    this.#ports = ports;
    this.#notices = new Listeners(ports.logger);
    this.#inspections = new Listeners(ports.logger);
    this.#timers = new TimerSet(ports.clock, (timer) => this.dispatch({ type: 'timer.fired', timer }));
    this.#tools = new ToolRuns(ports.tools, settings, (event) => this.dispatch(event));
    ports.sink.onProgress((progress) => this.dispatch({ type: 'playout.progress', ...progress }));
  }

  /** The state after the last step. */
  get state(): SessionState {
    return this.#state;
  }

  /** Tells `listener` of every notice, with its monotonic time. Returns what ends that. */
  observe(listener: (notice: SessionNotice, atMs: number) => void): () => void {
    return this.#notices.add(listener);
  }

  /** Shows `listener` every step, before its effects are performed. Returns what ends that. */
  inspect(listener: (inspection: Inspection) => void): () => void {
    return this.#inspections.add(listener);
  }

  /** Hands the session an event; it is taken up at once, or after the step that is under way. */
  dispatch(event: SessionEvent, audio?: Uint8Array): void {
    this.#mailbox.push(audio ? { event, audio } : { event });
    if (this.#draining === 'yes') return;
    this.#draining = 'yes';
    try {
      for (let letter = this.#mailbox.shift(); letter; letter = this.#mailbox.shift()) this.#step(letter);
    } finally {
      this.#draining = 'no';
    }
  }

  #step({ event, audio }: Letter): void {
    const [state, effects] = transition(this.#state, event);
    const wasOpen = this.#state.lifecycle.kind !== 'closed';
    this.#state = state;
    const atMs = this.#ports.clock.nowMs();
    this.#inspections.call({ atMs, event, state, effects });
    for (const effect of effects) this.#attempt(effect, audio);
    if (wasOpen && state.lifecycle.kind === 'closed') void this.#shutDown(state.lifecycle.outcome);
  }

  /** An effect that fails is logged: one port's fault must not keep the others from doing their part. */
  #attempt(effect: Effect, audio: Uint8Array | undefined): void {
    try {
      this.#perform(effect, audio);
    } catch (error) {
      this.#ports.logger.error('an effect failed', { effect: effect.type, message: String(error) });
    }
  }

  #perform(effect: Effect, audio: Uint8Array | undefined): void {
    switch (effect.type) {
      case 'transport.open':
        return this.#open(effect.epoch);
      case 'transport.send':
        return this.#transport?.send(effect.event);
      case 'transport.close':
        return this.#transport?.close(effect.code, effect.reason);
      case 'source.resume':
        return this.#listen();
      case 'sink.write':
        return this.#play(effect, audio);
      case 'sink.end_part':
        return this.#ports.sink.endPart(effect.itemId, effect.contentIndex);
      case 'sink.flush':
        this.#ports.sink.flush();
        return this.dispatch({ type: 'playout.flushed' });
      case 'tool.start':
        return this.#tools.start(effect);
      case 'tool.cancel':
        return this.#tools.cancel(effect.callId);
      case 'timer.start':
        return this.#timers.start(effect.timer, effect.delayMs);
      case 'timer.cancel':
        return this.#timers.cancel(effect.timer);
      case 'notify':
        return this.#notices.call(effect.notice, this.#ports.clock.nowMs());
    }
  }

  #open(epoch: number): void {
    const { settings } = this.#state;
    const request = {
      sessionId: settings.sessionId,
      agentName: settings.agentName,
      tools: this.#ports.tools.specs,
    };
    this.#transport = this.#ports.provider.connect(request, this.#handlers(epoch));
  }

  #handlers(epoch: number): TransportHandlers {
    return {
      onOpen: () => this.dispatch({ type: 'transport.opened', epoch }),
      onMessage: (message) => this.#receive(message, epoch),
      onClose: ({ code, reason, error }) =>
        this.dispatch({ type: 'transport.closed', epoch, code, reason, cause: error?.message }),
    };
  }

  #receive(message: InboundMessage, epoch: number): void {
    switch (message.kind) {
      case 'event':
        return this.dispatch({ type: 'server.event', epoch, event: message.event });
      case 'invalid':
        return this.dispatch({ type: 'server.invalid', epoch, reason: message.reason });
      case 'audio': {
        const { responseId, itemId, contentIndex, audio } = message;
        const byteLength = audio.byteLength;
        return this.dispatch(
          { type: 'server.audio', epoch, responseId, itemId, contentIndex, byteLength },
          audio,
        );
      }
    }
  }

  #play(
    part: { readonly itemId: string; readonly contentIndex: number },
    audio: Uint8Array | undefined,
  ): void {
    if (audio === undefined) return;
    const { itemId, contentIndex } = part;
    const samples = this.#ports.codec.decode(audio, `${itemId}:${contentIndex}`);
    if (samples.length > 0) this.#ports.sink.write({ itemId, contentIndex, samples });
  }

  /** Carries the source's audio to the connection, until the session ends. */
  #listen(): void {
    const { source, codec, clock, logger } = this.#ports;
    if (source === undefined || this.#transport === undefined) return;
    carryAudio(source, this.#transport, { codec, clock, signal: this.#ended.signal }).then(
      ({ droppedSamples }) => {
        if (droppedSamples > 0)
          logger.warn('input audio was dropped: the connection is too slow', { droppedSamples });
      },
      (error: unknown) => {
        logger.error('the audio source failed', { message: String(error) });
        this.dispatch({ type: 'session.close', mode: 'drain', reason: 'the audio source failed' });
      },
    );
  }

  async #shutDown(outcome: SessionOutcome): Promise<void> {
    this.#timers.clear();
    this.#ended.abort();
    const results = await Promise.allSettled([this.#tools.stop(), this.#ports.sink.close()]);
    for (const result of results) {
      if (result.status === 'rejected')
        this.#ports.logger.error('closing failed', { message: String(result.reason) });
    }
    this.#resolveClosed(outcome);
  }
}

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
