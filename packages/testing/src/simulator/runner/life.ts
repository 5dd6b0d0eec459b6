import {
  type Guard,
  type Inspection,
  type Logger,
  type SessionEvent,
  type SessionPorts,
  SessionRunner,
  type SessionState,
} from '@antiphon/core';
import type { SessionStep } from '../session-under-test.ts';
import { type Bench, onPurpose, plannedError, strikes } from './bench.ts';
import { type ButtonEvent, Ear } from './ear.ts';
import { GuardBench, VoiceBench } from './guard-bench.ts';
import { benchCodec, Loudspeaker } from './loudspeaker.ts';
import { LateConditioner, Microphone } from './microphone.ts';
import { StepBook } from './step-book.ts';
import { TaskClock } from './task-clock.ts';
import { TimerMirror } from './timer-mirror.ts';
import { hostComplaints, ToolBench } from './tool-bench.ts';
import { Wire, type WireEvent } from './wire.ts';

/** A session that is over is closed within this long: tools and connections are waited for. */
const closeMs = 9_000;

/** What is in a complaint that has a cause in the world. */
const excuses = [onPurpose, 'no voice', 'not done within', 'it returned no check'];

/** One runner with its ports: from its start to its end, or to that of its process. */
export class Life {
  readonly runner: SessionRunner;
  readonly clock: TaskClock;
  readonly steps: StepBook;
  readonly microphone: Microphone;
  readonly guards: GuardBench;
  readonly #bench: Bench;
  readonly #timers: TimerMirror;
  readonly #wire: Wire;
  readonly #sink: Loudspeaker;
  readonly #tools: ToolBench;
  readonly #voice: VoiceBench | undefined;
  readonly #ear: Ear;
  readonly #conditioners: LateConditioner[] = [];
  #phase: 'running' | 'ended' | 'closed' | 'gone' = 'running';
  #state: SessionState;
  /** An event that nobody's port has told of. */
  #foreign: SessionEvent | undefined;

  constructor(bench: Bench, state: SessionState | undefined) {
    this.#bench = bench;
    const { world, fail, random } = bench;
    const isOver = () => this.#phase === 'gone';
    this.clock = new TaskClock(world.stage.queue, (error) =>
      fail('P10', `a timer throws: ${error instanceof Error ? (error.stack ?? '') : String(error)}`),
    );
    this.#timers = new TimerMirror(bench);
    this.steps = new StepBook(bench, {
      mustShow: (effect) => this.#mustShow(effect),
      onEffect: (effect) => this.#onEffect(effect),
      onFinish: ({ state: { lifecycle } }) => lifecycle.kind === 'closed' && world.stopTimers(),
    });
    const parts = { steps: this.steps, isOver };
    this.microphone = new Microphone(bench, parts);
    this.#wire = new Wire(bench, { ...parts, microphone: this.microphone });
    this.#sink = new Loudspeaker(bench, { ...parts, sound: () => this.#sound() });
    this.#tools = new ToolBench(bench, parts);
    this.guards = new GuardBench(bench, parts);
    this.#ear = new Ear(bench);
    this.#voice = random.chance(0.9) ? new VoiceBench(bench, parts) : undefined;
    world.source.process.carry = () => this.microphone.emit();
    this.runner = new SessionRunner(
      world.stage.settings,
      this.#ports(),
      state === undefined ? {} : { state },
    );
    this.#state = this.runner.state;
    this.runner.inspect(() => {
      if (strikes(bench, 'failing_log', 0.05, 0.3)) throw plannedError('the log');
    });
    this.runner.inspect((inspection) => this.#inspect(inspection));
    this.runner.observe(() => fail('P11', 'somebody who has stopped to observe is told'))();
    this.runner.observe((notice) => {
      if (isOver()) return;
      this.steps.perform(
        `${notice.type} is told`,
        (effect) => effect.type === 'notify' && effect.notice === notice,
      );
    });
    void this.runner.closed.then(() => this.#onClosed());
  }

  get isClosed(): boolean {
    return this.#phase === 'closed';
  }

  /** Tells the session, by the port that such news comes from. */
  dispatch(event: SessionEvent): void {
    if (this.#phase === 'gone') return;
    switch (event.type) {
      case 'transport.opened':
      case 'transport.closed':
      case 'server.event':
      case 'server.audio':
      case 'server.invalid':
      case 'server.leaving':
      case 'server.calls_withdrawn':
        return this.#wire.isDialled(event.epoch) ? this.#wire.deliver(event as WireEvent) : this.#post(event);
      case 'playout.progress':
        return this.#sink.tell(event);
      case 'announcement.audio':
      case 'announcement.failed':
        return this.#voice?.tell(event) === true ? undefined : this.#post(event);
      case 'tool.settled':
      case 'tool.checked':
      case 'tool.progress':
      case 'tool.report':
      case 'agent.note':
      case 'agent.say':
        return this.#tools.tell(event) ? undefined : this.#post(event);
      case 'session.start':
        return this.#start(event);
      case 'user.speech_started':
      case 'user.commit':
      case 'user.speech_dropped':
        return this.#button(event);
      default:
        return this.#post(event);
    }
  }

  /** The process ends: nothing of it is heard any more. */
  vanish(): void {
    this.steps.finish();
    this.#phase = 'gone';
    this.clock.stop();
  }

  /** Everything that happened has had its effects. */
  settle(): void {
    if (this.#phase !== 'gone') this.steps.finish();
  }

  /** All is quiet, or over. */
  audit(): void {
    const { inputAudio } = this.runner;
    if (inputAudio) this.microphone.audit(inputAudio);
  }

  /** Some are ended before they have begun, or soon after. */
  #start(event: SessionEvent): void {
    const { world, random } = this.#bench;
    if (!strikes(this.#bench, 'early_end', 0.1, 0.4)) return this.#post(event);
    const mode = random.pick(['drain', 'cancel'] as const);
    const end = (): void => {
      world.operator.closing ??= { mode, atMs: world.stage.queue.nowMs };
      this.#post({ type: 'session.close', mode, reason: 'it ends early' });
    };
    if (random.chance(0.2)) end();
    else world.stage.queue.after(random.int(0, 700), end);
    this.#post(event);
  }

  /** The sound before it is on its way through the source. */
  #button(event: ButtonEvent): void {
    this.microphone.emit();
    this.#bench.world.stage.queue.after(0, () => {
      if (this.#phase !== 'gone' && !this.#ear.hear(event)) this.#post(event);
    });
  }

  #post(event: SessionEvent): void {
    this.#foreign = event;
    this.runner.dispatch(event);
  }

  #ports(): SessionPorts {
    const { world, random, troubles } = this.#bench;
    const { settings } = world.stage;
    const conditioned = troubles.conditioning !== 'off';
    return {
      providers: (name) => this.#wire.lookUp(name),
      tools: this.#tools,
      source: this.microphone,
      sink: this.#sink,
      codec: benchCodec,
      clock: this.clock,
      logger: this.#logger(),
      ...(this.#voice && { announcer: this.#voice }),
      approver: () => this.#tools.approver,
      guards: (name): readonly Guard[] => {
        const wanted = settings.agents[name]?.guards;
        return this.guards.guards.filter(({ on }) => wanted?.[on] === true);
      },
      conditioner: () => {
        if (!conditioned || random.chance(0.3)) return undefined;
        if (strikes(this.#bench, 'failing_ear', 0.1, 0.3)) throw plannedError('the conditioner');
        const conditioner = new LateConditioner(this.#bench);
        this.#conditioners.push(conditioner);
        return conditioner;
      },
      localTurns: (name) => this.#ear.turnsOf(name),
    };
  }

  /** Whatever the runner complains of must be somebody's fault. */
  #logger(): Logger {
    const complain = (message: string, data: unknown): void => {
      if (this.#phase === 'gone' || hostComplaints.has(message)) return;
      const text = `${message} ${JSON.stringify(data ?? {})}`;
      if (!excuses.some((words) => text.includes(words)))
        this.#bench.fail('P10', `the runner complains: ${text}`);
      if (strikes(this.#bench, 'failing_logger', 0.1, 0.5)) throw plannedError('the logger');
    };
    const quiet = () => {};
    return { debug: quiet, info: quiet, warn: quiet, error: complain };
  }

  #inspect({ event, state, effects }: Inspection): void {
    if (this.#phase === 'gone') return;
    const { fail } = this.#bench;
    const step: SessionStep = { event, before: this.#state, state, effects };
    this.steps.finish();
    this.#state = state;
    this.#hear(event);
    // A connection that was given up may still talk.
    if (this.#phase === 'closed' && event !== this.#foreign && !('epoch' in event))
      fail('P13', `${event.type} is told after the end`);
    this.steps.begin(step);
    if (step.before.lifecycle.kind !== 'closed' && state.lifecycle.kind === 'closed') this.#end();
  }

  /** What the runner tells the session on its own. */
  #hear(event: SessionEvent): void {
    this.microphone.see(event);
    if (event === this.#foreign) return;
    if (event.type === 'timer.fired') this.#timers.fired(event.timer);
    if (event.type === 'guard.tripped') this.guards.tripped(event);
    if (event.type === 'tool.settled') this.#tools.settled(event.callId, event.outcome);
  }

  #onEffect(effect: Parameters<TimerMirror['see']>[0]): void {
    const { world } = this.#bench;
    this.#timers.see(effect);
    this.guards.see(effect);
    switch (effect.type) {
      case 'source.route':
        world.readyAtMs ??= world.stage.queue.nowMs;
        return world.source.perform(effect);
      case 'source.detach':
      case 'source.hold':
      case 'source.release':
      case 'source.commit':
      case 'source.mark':
      case 'source.forget':
        return world.source.perform(effect);
      default:
        return;
    }
  }

  #mustShow(effect: Parameters<TimerMirror['see']>[0]): string | undefined {
    switch (effect.type) {
      case 'transport.send':
      case 'transport.close':
        return this.#wire.isUsed(effect.epoch) ? 'the connection lasts' : undefined;
      case 'sink.write':
        return (this.#sound()?.length ?? 0) > 0 ? 'there is sound' : undefined;
      case 'announce':
        return this.#voice && 'there is a voice';
      case 'tool.cancel':
        return this.#tools.isRunning(effect.callId) ? 'the call runs' : undefined;
      case 'transport.open':
      case 'sink.end_part':
      case 'sink.flush':
      case 'tool.check':
      case 'tool.start':
      case 'notify':
        return 'nothing keeps it from being done';
      default:
        return undefined;
    }
  }

  /** The sound that came with the event of the step. */
  #sound(): Int16Array | undefined {
    const event = this.steps.step?.event;
    if (event?.type === 'announcement.audio') return this.#voice?.sounds.get(event.itemId);
    const bytes = event?.type === 'server.audio' ? this.#wire.lastSound : undefined;
    return bytes && benchCodec.decode(bytes, '');
  }

  #end(): void {
    const { world, fail } = this.#bench;
    this.#phase = 'ended';
    world.stage.queue.after(closeMs, () => {
      if (this.#phase === 'ended') fail('P12', `the session is not closed ${closeMs} ms after its end`);
    });
  }

  /** Everything is freed. */
  #onClosed(): void {
    if (this.#phase === 'gone') return;
    const { fail } = this.#bench;
    this.steps.finish();
    if (this.#phase !== 'ended') fail('P12', 'the session says that it is closed, and goes on');
    this.#phase = 'closed';
    if (this.clock.size > 0) fail('P04', `${this.clock.size} timers are left`);
    const [epoch] = this.#wire.open;
    if (epoch !== undefined) fail('P05', `connection ${epoch} is left open`);
    const [callId] = this.#tools.unsettled;
    if (callId !== undefined) fail('P08', `${callId} is left without an outcome`);
    if (this.microphone.isRead) fail('P13', 'the source is still read');
    if (this.#sink.isOpen) fail('P13', 'the sink is left open');
    if (this.guards.open > 0) fail('P09', `${this.guards.open} guards are still at work`);
    if (this.#ear.isOpen) fail('P13', 'an ear is left open');
    if (this.#conditioners.some(({ isOpen }) => isOpen)) fail('P13', 'a conditioner is left open');
    this.audit();
  }
}
