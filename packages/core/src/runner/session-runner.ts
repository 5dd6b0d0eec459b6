import { thrownText } from '../errors/thrown-text.ts';
import type { Announcer } from '../ports/announcer.ts';
import type { AudioCodec } from '../ports/audio-codec.ts';
import type { AudioConditioner } from '../ports/audio-conditioner.ts';
import type { AudioSink } from '../ports/audio-sink.ts';
import type { AudioSource } from '../ports/audio-source.ts';
import type { Clock } from '../ports/clock.ts';
import type { Guard } from '../ports/guard.ts';
import type { Logger } from '../ports/logger.ts';
import type { ToolHost, ToolSpec } from '../ports/tool-host.ts';
import type { ConnectRequest } from '../ports/transport.ts';
import type { LocalTurns, RoomSound } from '../ports/turn-detector.ts';
import { allItems } from '../session/conversation-pages.ts';
import type { Effect } from '../session/effects.ts';
import type { SessionEvent } from '../session/events.ts';
import type { SessionNotice, SessionOutcome } from '../session/notices.ts';
import type { SessionSettings } from '../session/settings.ts';
import { initialState, type SessionState } from '../session/state.ts';
import { transition } from '../session/transition.ts';
import { Announcements } from './announcements.ts';
import { Connections, type ProviderLookup } from './connections.ts';
import { containedLogger } from './contained-logger.ts';
import { GuardRuns } from './guard-runs.ts';
import { HostedTimes } from './hosted-times.ts';
import { Listeners } from './listeners.ts';
import { TimerSet } from './timer-set.ts';
import { specsOf, ToolRuns } from './tool-runs.ts';
import type { UplinkCounts } from './uplink/stretches.ts';
import { UserAudio } from './user-audio.ts';
import { within } from './within.ts';

/** What a session runs on. */
export interface SessionPorts {
  readonly providers: ProviderLookup;
  readonly tools: ToolHost;
  /** Where the user's voice comes from; without it the user types. It is read once the server has agreed to the session. */
  readonly source: AudioSource | undefined;
  /** Where the agent's voice goes, at the codec's output rate; closed with the session. */
  readonly sink: AudioSink;
  readonly codec: AudioCodec;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The process's own voice; without it announcements fail. */
  readonly announcer?: Announcer;
  /** What holds against what is said to and by an agent. */
  readonly guards?: (agentName: string) => readonly Guard[];
  /** What is done to the user's audio for an agent, before it is judged and sent; a new one at each call. */
  readonly conditioner?: (agentName: string) => AudioConditioner | undefined;
  /** Whether anybody approves calls for the application at the moment; without it nobody does. */
  readonly approver?: () => 'present' | 'absent';
  /** How turns of an agent are found on this side; undefined for an agent whose server finds them, and for a plain button. */
  readonly localTurns?: (agentName: string) => LocalTurns | undefined;
}

/** How a runner begins. */
export interface RunnerOptions {
  /** The state of a session that goes on; its settings are those given. */
  readonly state?: SessionState;
}

/** One step of a session, as inspectors see it. */
export interface Inspection {
  readonly atMs: number;
  readonly event: SessionEvent;
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}

/** What travels beside an event: encoded bytes of the model's voice, or samples of our own. */
type Sound = Uint8Array | Int16Array;

interface Letter {
  readonly event: SessionEvent;
  readonly sound: Sound | undefined;
}

/**
 * Runs one session: owns its only mutable state, takes events one at a time, performs what the transition asks for and
 * turns every outcome back into an event. An event that comes up during a step waits for the step to end.
 */
export class SessionRunner {
  /** Settles when the session is over and everything it held is freed. Never rejects. */
  readonly closed: Promise<SessionOutcome>;

  #state: SessionState;
  #draining: 'no' | 'yes' = 'no';
  readonly #mailbox: Letter[] = [];
  readonly #ports: SessionPorts;
  readonly #timers: TimerSet;
  readonly #connections: Connections;
  readonly #tools: ToolRuns;
  readonly #hosted: HostedTimes;
  readonly #announcements: Announcements;
  readonly #guards: GuardRuns;
  readonly #userAudio: UserAudio | undefined;
  readonly #notices: Listeners<readonly [notice: SessionNotice, atMs: number]>;
  readonly #inspections: Listeners<readonly [inspection: Inspection]>;
  readonly #resolveClosed: (outcome: SessionOutcome) => void;

  constructor(settings: SessionSettings, ports: SessionPorts, options: RunnerOptions = {}) {
    const { promise, resolve } = withResolvers<SessionOutcome>();
    const { tools: host, providers, source, sink, codec, clock, announcer } = ports;
    const logger = containedLogger(ports.logger);
    const report = (event: SessionEvent, sound?: Sound): void => this.#post(event, sound);
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#state = options.state ?? initialState(settings);
    this.#ports = { ...ports, logger };
    this.#notices = new Listeners(logger);
    this.#inspections = new Listeners(logger);
    this.#timers = new TimerSet(clock, (timer) => report({ type: 'timer.fired', timer }));
    this.#connections = new Connections({ providers, clock, report });
    const { approver = () => 'absent' } = ports;
    this.#hosted = new HostedTimes(clock);
    this.#tools = new ToolRuns({ host, sessionId: settings.sessionId, clock, logger, approver, report });
    this.#announcements = new Announcements({ announcer, codec, clock, logger, report });
    const guards = () => ports.guards?.(this.#state.agent) ?? [];
    this.#guards = new GuardRuns({ guards, clock, logger, report });
    this.#userAudio =
      source &&
      new UserAudio({
        source,
        codec,
        clock,
        logger,
        localTurns: ports.localTurns ?? (() => undefined),
        conditioner: ports.conditioner ?? (() => undefined),
        inTurn: () => this.#state.userTurn.kind !== 'silent',
        room: () => roomSound(this.#state),
        report,
      });
    this.#userAudio?.begin(this.#state.agent);
    sink.onProgress((progress) => report({ type: 'playout.progress', ...progress }));
  }

  /** The state after the last step. */
  get state(): SessionState {
    return this.#state;
  }

  /** What became of the user's audio so far; undefined where the user types. */
  get inputAudio(): UplinkCounts | undefined {
    return this.#userAudio?.counts;
  }

  /** Tells `listener` of every notice, with its monotonic time. Returns what ends that. */
  observe(listener: (notice: SessionNotice, atMs: number) => void): () => void {
    return this.#notices.add(listener);
  }

  /** Shows `listener` every step, before its effects are performed. Returns what ends that. */
  inspect(listener: (inspection: Inspection) => void): () => void {
    return this.#inspections.add(listener);
  }

  /**
   * Hands the session an event; it is taken up at once, or after the step that is under way. The audio before the end of
   * a spoken turn is sent first.
   */
  dispatch(event: SessionEvent): void {
    switch (event.type) {
      case 'user.speech_started':
      case 'user.speech_dropped':
      case 'user.commit':
        return this.#userAudio === undefined ? this.#post(event) : this.#userAudio.take(event);
      default:
        return this.#post(event);
    }
  }

  #post(event: SessionEvent, sound?: Sound): void {
    this.#mailbox.push({ event, sound });
    if (this.#draining === 'yes') return;
    this.#draining = 'yes';
    for (let letter = this.#mailbox.shift(); letter; letter = this.#mailbox.shift()) this.#step(letter);
    this.#draining = 'no';
  }

  #step({ event, sound }: Letter): void {
    const before = this.#state;
    const step = this.#transition(event);
    if (step === undefined) return;
    const [state, effects] = step;
    this.#state = state;
    const atMs = this.#ports.clock.nowMs();
    this.#inspections.call({ atMs, event, state, effects });
    for (const effect of effects) this.#attempt(effect.type, () => this.#perform(effect, sound));
    if (state.agent !== before.agent) this.#userAudio?.setAgent(state.agent);
    if (before.lifecycle.kind !== 'closed' && state.lifecycle.kind === 'closed') {
      void this.#shutDown(state.lifecycle.outcome);
    }
  }

  /** A fault of the transition must not reach other sessions: the event is left out. */
  #transition(event: SessionEvent): ReturnType<typeof transition> | undefined {
    try {
      return transition(this.#state, event);
    } catch (error) {
      this.#ports.logger.error('an event was not understood', {
        event: event.type,
        message: thrownText(error),
      });
      return undefined;
    }
  }

  /** An effect that fails is logged: one port's fault must not keep the others from doing their part. */
  #attempt(effect: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#ports.logger.error('an effect failed', { effect, message: thrownText(error) });
    }
  }

  #perform(effect: Effect, sound: Sound | undefined): void {
    switch (effect.type) {
      case 'transport.open':
        return this.#open(effect);
      case 'transport.send':
        return this.#connections.get(effect.epoch)?.send(effect.event);
      case 'transport.close':
        return this.#connections.close(effect.epoch, effect.code, effect.reason);
      case 'source.route':
        return this.#route(effect);
      case 'source.detach':
        return this.#userAudio?.detach();
      case 'source.hold':
        return this.#userAudio?.hold();
      case 'source.release':
        return this.#userAudio?.release();
      case 'source.commit':
        return this.#userAudio?.commit(effect.commit);
      case 'source.mark':
        return this.#userAudio?.mark(effect.itemId, effect);
      case 'source.forget':
        return this.#userAudio?.forget(effect.itemId);
      case 'sink.write':
        return this.#play(effect, sound);
      case 'sink.end_part':
        return this.#ports.sink.endPart(effect.itemId, effect.contentIndex);
      case 'sink.flush':
        return this.#flush();
      case 'announce':
        return this.#announcements.speak(effect);
      case 'tool.check':
        return this.#tools.check(effect);
      case 'tool.start':
        return this.#tools.start(effect);
      case 'tool.cancel':
        return this.#tools.cancel(effect.callId);
      case 'guard.check':
        return this.#guards.check(effect);
      case 'timer.start':
        return this.#timers.start(effect.timer, effect.delayMs);
      case 'timer.cancel':
        return this.#timers.cancel(effect.timer);
      case 'notify':
        return this.#notices.call(this.#hosted.timed(effect.notice), this.#ports.clock.nowMs());
    }
  }

  #open({ epoch, provider, agent }: Extract<Effect, { readonly type: 'transport.open' }>): void {
    const { settings, conversation } = this.#state;
    const { sessionId, callId } = settings;
    const agents = [agent, ...Object.keys(settings.agents).filter((name) => name !== agent)];
    const host = this.#ports.tools;
    const request: ConnectRequest = {
      sessionId,
      agentName: agent,
      // Put together for those alone who ask: a caller waits for the connection.
      get tools() {
        return toolsOf(host, agents);
      },
      ...(allItems(conversation).length > 0 && { conversation: 'goes_on' }),
      ...(callId !== undefined && { callId }),
    };
    this.#connections.open({ epoch, provider, request });
  }

  #route({ epoch, replay }: Extract<Effect, { readonly type: 'source.route' }>): void {
    const transport = this.#connections.get(epoch);
    // It may have broken in this very step: then nobody is given audio until the next one.
    if (transport === undefined) this.#userAudio?.detach();
    else this.#userAudio?.route(epoch, transport, replay);
  }

  #play(part: { readonly itemId: string; readonly contentIndex: number }, sound: Sound | undefined): void {
    if (sound === undefined) return;
    const { itemId, contentIndex } = part;
    const samples =
      sound instanceof Int16Array ? sound : this.#ports.codec.decode(sound, `${itemId}:${contentIndex}`);
    if (samples.length === 0) return;
    try {
      this.#ports.sink.write({ itemId, contentIndex, samples });
    } catch (error) {
      const reason = 'the audio sink failed';
      this.#ports.logger.error(reason, { message: thrownText(error) });
      this.#post({ type: 'session.close', mode: 'cancel', reason });
    }
  }

  #flush(): void {
    try {
      this.#ports.sink.flush();
    } finally {
      this.#post({ type: 'playout.flushed' });
    }
  }

  async #shutDown(outcome: SessionOutcome): Promise<void> {
    const { clock, logger, sink } = this.#ports;
    this.#timers.clear();
    this.#announcements.close();
    this.#guards.close();
    const droppedSamples = this.#userAudio?.close().droppedSamples ?? 0;
    if (droppedSamples > 0) logger.warn('input audio was dropped: no connection took it', { droppedSamples });
    const limit = { clock, timeoutMs: sinkCloseMs, signal: new AbortController().signal };
    const closing = [
      () => this.#connections.closeAll(),
      () => this.#tools.stop(),
      () => within(limit, () => sink.close()),
    ];
    for (const result of await Promise.allSettled(closing.map(async (close) => close()))) {
      if (result.status === 'rejected')
        logger.error('closing failed', { message: thrownText(result.reason) });
    }
    this.#resolveClosed(outcome);
  }
}

/** A sink that does not close is left alone after this long. */
const sinkCloseMs = 5_000;

/** The tools of several agents; no name comes twice. */
function toolsOf(host: ToolHost, agents: readonly string[]): readonly ToolSpec[] {
  const tools = new Map<string, ToolSpec>();
  for (const spec of agents.flatMap((name) => specsOf(host, name))) {
    if (!tools.has(spec.name)) tools.set(spec.name, spec);
  }
  return [...tools.values()];
}

/** Whether what the agent says is on its way to the user's ear. */
function roomSound({ playout }: SessionState): RoomSound {
  return playout.parts.some(({ receivedBytes }) => receivedBytes > 0) ? 'agent_heard' : 'quiet';
}

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
