import type { Effect, SessionEvent, SessionSettings, TimerId } from '@antiphon/core';
import { EventQueue, type Task } from './event-queue.ts';
import { Ledger } from './ledger.ts';
import { Prng } from './prng.ts';
import type { Profile } from './profile.ts';
import type { SessionDriver, SessionStep, SessionUnderTest } from './session-under-test.ts';
import type { Stage } from './stage.ts';
import { ConsentModel } from './world/consent-model.ts';
import { Network } from './world/network.ts';
import { OperatorModel } from './world/operator-model.ts';
import { ReloadModel } from './world/reload-model.ts';
import { SinkModel } from './world/sink-model.ts';
import { SourceModel } from './world/source-model.ts';
import { ToolModel } from './world/tool-model.ts';
import { UserModel } from './world/user-model.ts';
import { AnnouncerModel, GuardModel } from './world/voice-and-guards.ts';

/** What a world is made for. */
export interface WorldOptions {
  readonly seed: number;
  readonly profile: Profile;
  readonly settings: SessionSettings;
  readonly activeMs: number;
  readonly driver: SessionDriver;
  /** Sees every step: its event, each of its effects before it is performed, and its end. */
  readonly observer: StepObserver;
}

/** What watches a session step by step. */
export interface StepObserver {
  onEvent(step: SessionStep): void;
  onEffect(effect: Effect, step: SessionStep): void;
  onStep(step: SessionStep): void;
}

/** Everything around one session: time, chance, providers, network, user, loudspeaker, tools and operator. */
export class World {
  readonly stage: Stage;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly source: SourceModel;
  readonly sink: SinkModel;
  readonly tools: ToolModel;
  readonly announcer: AnnouncerModel;
  readonly guards: GuardModel;
  readonly user: UserModel;
  readonly operator: OperatorModel;
  readonly consents: ConsentModel;
  readonly session: SessionUnderTest;
  /** Every event the session took up, in order. */
  readonly journal: SessionEvent[] = [];
  readonly timers = new Map<TimerId, Task>();
  /** When processes ended under the session. */
  readonly crashes: number[] = [];
  /** When sound was first routed to a connection. */
  readyAtMs: number | undefined;
  readonly #observer: StepObserver;

  constructor({ seed, profile, settings, activeMs, driver, observer }: WorldOptions) {
    const queue = new EventQueue();
    this.#observer = observer;
    this.stage = {
      queue,
      random: new Prng(seed).fork('world'),
      profile,
      settings,
      calmFromMs: activeMs,
      dispatch: (event) => this.session.dispatch(event),
      process: { generation: 1 },
    };
    this.ledger = new Ledger(settings, {
      now: () => queue.nowMs,
      sayOf: (id) => this.network.sayOf(id),
      isRefused: (id) => this.network.isRefused(id),
    });
    for (const { greeting } of Object.values(settings.agents)) {
      if (greeting?.protected) this.ledger.protect(greeting.say);
    }
    const { wrapUp } = settings.limits;
    if (wrapUp !== undefined) this.ledger.protect(wrapUp);
    this.network = new Network(this.stage);
    this.source = new SourceModel(this.stage, this.network);
    this.sink = new SinkModel(this.stage);
    this.tools = new ToolModel(this.stage);
    this.announcer = new AnnouncerModel(this.stage);
    this.guards = new GuardModel(this.stage);
    this.session = driver(settings, (step) => this.#onStep(step), this.journal);
    this.user = new UserModel({
      stage: this.stage,
      source: this.source,
      ear: this.network.call?.sound ?? this.sink,
      manual: () => settings.agents[this.ledger.current.agent]?.turnTaking === 'manual',
    });
    this.consents = new ConsentModel(this.stage, this.user);
    new ReloadModel(this.stage);
    this.operator = new OperatorModel(this.stage, {
      crash: () => this.#crash(),
      runs: (timer) => this.timers.get(timer)?.run !== undefined,
    });
  }

  get isOver(): boolean {
    return this.session.state.lifecycle.kind === 'closed';
  }

  /** The session has taken an event up. */
  beginStep(step: SessionStep): void {
    this.journal.push(step.event);
    this.ledger.hear(step.event);
    this.ledger.current.wasHeld = this.ledger.current.held;
    this.#observer.onEvent(step);
  }

  /** An effect of the step is about to be performed. */
  seeEffect(effect: Effect, step: SessionStep): void {
    this.#observer.onEffect(effect, step);
    this.ledger.see(effect, step);
    this.consents.see(effect);
  }

  /** All effects of the step were performed. */
  endStep(step: SessionStep): void {
    this.#observer.onStep(step);
  }

  /** A step of a session that performs nothing itself. */
  #onStep(step: SessionStep): void {
    this.beginStep(step);
    for (const effect of step.effects) {
      this.seeEffect(effect, step);
      this.#perform(effect, step.event);
    }
    this.endStep(step);
    if (step.before.lifecycle.kind !== 'closed' && step.state.lifecycle.kind === 'closed') this.#shutDown();
  }

  #perform(effect: Effect, event: SessionEvent): void {
    switch (effect.type) {
      case 'transport.open':
        return this.network.open(effect.epoch, effect.provider, effect.agent);
      case 'transport.send':
        if (effect.event.type === 'input_audio_buffer.commit') this.source.pump();
        return this.network.send(effect.epoch, effect.event);
      case 'transport.close':
        return this.network.close(effect.epoch, effect.code, effect.reason);
      case 'source.route':
      case 'source.detach':
      case 'source.hold':
      case 'source.release':
      case 'source.commit':
      case 'source.mark':
      case 'source.forget':
        if (effect.type === 'source.route') this.readyAtMs ??= this.stage.queue.nowMs;
        return this.source.perform(effect);
      case 'sink.write':
        return this.#write(effect, event);
      case 'sink.end_part':
        return;
      case 'sink.flush':
        this.sink.flush();
        return this.session.dispatch({ type: 'playout.flushed' });
      case 'announce':
        return this.announcer.announce(effect);
      case 'tool.check':
        return this.tools.check(effect);
      case 'tool.start':
        return this.tools.start(effect);
      case 'tool.cancel':
        return this.tools.cancel(effect.callId);
      case 'guard.check':
        return this.guards.check(effect);
      case 'timer.start':
        return this.#startTimer(effect.timer, effect.delayMs);
      case 'timer.cancel':
        this.stage.queue.cancel(this.timers.get(effect.timer));
        this.timers.delete(effect.timer);
        return;
      case 'notify':
        return;
    }
  }

  #write(
    { itemId, contentIndex }: { readonly itemId: string; readonly contentIndex: number },
    event: SessionEvent,
  ): void {
    if (!('byteLength' in event)) return;
    this.sink.write(itemId, contentIndex, event.byteLength / this.stage.settings.outputBytesPerMs);
  }

  #startTimer(timer: TimerId, delayMs: number): void {
    const { queue } = this.stage;
    queue.cancel(this.timers.get(timer));
    const task = queue.after(delayMs, () => {
      if (this.timers.get(timer) === task) this.timers.delete(timer);
      this.session.dispatch({ type: 'timer.fired', timer });
    });
    this.timers.set(timer, task);
  }

  /** What the runner frees when the session is over. */
  #shutDown(): void {
    this.stopTimers();
    this.sink.close();
    for (const run of this.tools.running) this.tools.cancel(run.callId);
  }

  /** No timer of the session runs any more. */
  stopTimers(): void {
    for (const task of this.timers.values()) this.stage.queue.cancel(task);
    this.timers.clear();
  }

  /** The process ends at this instant; another one takes the session up from its journal. */
  #crash(): void {
    const { lifecycle } = this.session.state;
    if (lifecycle.kind === 'closed' || lifecycle.kind === 'new') return;
    this.crashes.push(this.stage.queue.nowMs);
    this.stage.process.generation++;
    this.stopTimers();
    this.network.vanish();
    this.tools.vanish();
    this.sink.reset();
    this.source.reset();
    this.session.recover();
    this.session.dispatch({ type: 'session.resume' });
  }
}
