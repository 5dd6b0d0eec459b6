import type { AudioConditioner, AudioSource, SessionEvent, UplinkCounts } from '@antiphon/core';
import { isCalm } from '../stage.ts';
import { whenAborted } from './abort-watch.ts';
import { type Bench, type IsOver, plannedError, strikes } from './bench.ts';
import { SoundBooks } from './sound-books.ts';
import { SoundParcel } from './sound-parcel.ts';
import type { StepBook } from './step-book.ts';

/** A sample is a millisecond, and its value is its place in the stream. */
export const inputSampleRateHz = 1_000;

/** Values of 16 bits come again after so many samples. */
const cycle = 65_536;

/** The microphone as a source, and what the connections are given of it. */
export class Microphone implements AudioSource {
  readonly sampleRateHz = inputSampleRateHz;
  readonly kind: 'live' | 'recorded';
  /** Everything before it was handed to the runner. */
  #emitted = 0;
  #startMs = 0;
  #flowedMs = 0;
  #phase: 'idle' | 'read' | 'left' = 'idle';
  readonly #frames: Int16Array[] = [];
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  readonly parcel: SoundParcel;
  readonly #books: SoundBooks;
  readonly #bench: Bench;
  readonly #parts: { readonly steps: StepBook; readonly isOver: IsOver };

  constructor(bench: Bench, parts: { readonly steps: StepBook; readonly isOver: IsOver }) {
    this.#bench = bench;
    this.#parts = parts;
    this.#books = new SoundBooks(bench.fail);
    this.parcel = new SoundParcel(bench.world);
    // Where turns are told by hand, they are told of what is heard now: a recording would have to be at the same place.
    const { agents } = bench.world.stage.settings;
    const isManual = Object.values(agents).some(({ turnTaking }) => turnTaking === 'manual');
    this.kind = isManual ? 'live' : bench.random.pick(['live', 'live', 'recorded']);
  }

  get isRead(): boolean {
    return this.#phase === 'read';
  }

  async *frames(signal: AbortSignal): AsyncIterable<Int16Array> {
    if (this.#phase !== 'idle') this.#bench.fail('P06', 'the source is read twice');
    this.#phase = 'read';
    this.#startMs = Math.floor(this.#bench.world.stage.queue.nowMs);
    this.#bench.world.source.process.openMs = this.#startMs;
    this.#flowedMs = this.#startMs;
    whenAborted(signal, () => this.#stop());
    this.#tick();
    if (strikes(this.#bench, 'failing_source', 0.1, 0.25)) this.#planFailure();
    while (!signal.aborted) {
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        this.#books.take(frame.length);
        this.#assertWanted();
        yield frame;
      } else if (this.#failure === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        throw this.#failure;
      }
    }
  }

  /** A recording waits while nobody takes it, but for what was asked for before. */
  #assertWanted(): void {
    this.#parts.steps.finish();
    const { source, stage } = this.#bench.world;
    const flows = source.route !== undefined && !source.flow.held;
    if (flows || this.kind === 'live') this.#flowedMs = stage.queue.nowMs;
    const { nowMs } = stage.queue;
    if (nowMs > this.#flowedMs + 1_500 && this.#phase === 'read')
      this.#bench.fail('P06', 'a recording is read on, and nobody takes it');
  }

  /** Hands over the sound up to now. */
  emit(): void {
    if (this.#phase !== 'read' || this.#parts.isOver() || this.#failure !== undefined) return;
    const end = Math.floor(this.#bench.world.stage.queue.nowMs) - this.#startMs;
    if (end <= this.#emitted) return;
    const frame = new Int16Array(end - this.#emitted);
    for (let at = 0; at < frame.length; at++) frame[at] = this.#emitted + at;
    this.#frames.push(frame);
    this.#emitted = end;
    this.#wake?.();
  }

  /** The runner is told of something beside the sound. */
  see(event: SessionEvent): void {
    if (event.type === 'user.speech_dropped') this.#books.allowRepeat();
  }

  /** A connection is given sound. */
  given(epoch: number, audio: Uint8Array): void {
    const { world, fail } = this.#bench;
    const samples = new Int16Array(audio.buffer, audio.byteOffset, audio.byteLength >> 1);
    this.#parts.steps.reach(
      (effect) =>
        effect.type === 'source.release' || (effect.type === 'source.route' && effect.epoch === epoch),
    );
    const { route, flow } = world.source;
    if (route !== epoch) fail('P07', `connection ${epoch} is given sound, in use is ${route ?? 'none'}`);
    if (flow.held) fail('P07', `connection ${epoch} is given sound that is to be kept back`);
    for (let at = 0; at < samples.length; ) at = this.#giveRun(epoch, samples, at);
  }

  /** Gives a run without gaps; returns where the next begins. A filter that fails swallows what it held back. */
  #giveRun(epoch: number, samples: Int16Array, begin: number): number {
    const { world, fail, troubles } = this.#bench;
    const from = this.#placeOf(samples[begin] ?? 0);
    let end = begin + 1;
    while (end < samples.length && ((from + end - begin) << 16) >> 16 === samples[end]) end++;
    const to = from + end - begin;
    const mayJump = troubles.failing_ear !== 'off' && troubles.conditioning !== 'off';
    if (end < samples.length && !(mayJump && this.#placeOf(samples[end] ?? 0) > to))
      fail('P06', `the sound given from ${from} on is not in order`);
    this.#books.give(epoch, { from, to });
    const [heardFrom, heardTo] = [this.#startMs + from, this.#startMs + to];
    world.source.given.add(heardFrom, heardTo);
    const speech = world.source.between(heardFrom, heardTo);
    this.parcel.add(epoch, { ms: to - from, speech, silenceMs: this.#silenceBefore(heardTo) });
    return end;
  }

  /** Holds the runner's books against what was seen here. */
  audit(counts: UplinkCounts): void {
    const { source, session } = this.#bench.world;
    const gate = source.flow.gate === 'always' ? 'open' : 'turns';
    const isOpen = source.route !== undefined && !source.flow.held;
    const flows = isOpen && isCalm(this.#bench.world.stage) && session.state.lifecycle.kind !== 'closed';
    this.#books.audit(counts, { kind: this.kind, gate, flows });
  }

  #stop(): void {
    this.#phase = 'left';
    this.#wake?.();
  }

  #tick(): void {
    const { world, random } = this.#bench;
    const last = world.source.utterances.at(-1);
    const isBusy =
      last !== undefined && world.stage.queue.nowMs - (last.endMs ?? world.stage.queue.nowMs) < 1_000;
    world.stage.queue.after(isBusy ? random.int(20, 200) : random.int(100, 700), () => {
      if (this.#phase !== 'read' || this.#parts.isOver() || this.#failure !== undefined) return;
      this.emit();
      this.#tick();
    });
  }

  #planFailure(): void {
    const { world, random } = this.#bench;
    const { queue } = world.stage;
    queue.after(random.int(500, 12_000), () => {
      if (this.#phase !== 'read' || this.#parts.isOver() || isCalm(world.stage)) return;
      this.emit();
      this.#failure = plannedError('the source');
      world.operator.closing ??= { mode: 'drain', atMs: queue.nowMs };
      this.#wake?.();
    });
  }

  #placeOf(value: number): number {
    const behind = (((this.#emitted - value) % cycle) + cycle) % cycle;
    return this.#emitted - (behind === 0 ? cycle : behind);
  }

  /** How long nobody has spoken at a time. */
  #silenceBefore(atMs: number): number {
    const last = this.#bench.world.source.utterances.findLast(({ startMs }) => startMs < atMs);
    if (last === undefined) return atMs;
    return Math.max(0, atMs - (last.endMs ?? atMs));
  }
}

/** Holds the newest samples back for a while, as a filter does that looks ahead. */
export class LateConditioner implements AudioConditioner {
  #held: Int16Array = new Int16Array(0);
  #phase: 'open' | 'closed' = 'open';
  readonly #bench: Bench;
  readonly #heldSamples: number;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#heldSamples = bench.random.int(5, 60);
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  push(samples: Int16Array): Int16Array {
    if (this.#phase === 'closed') this.#bench.fail('P13', 'a conditioner that was closed is given sound');
    this.#mayFail();
    const all = new Int16Array(this.#held.length + samples.length);
    all.set(this.#held);
    all.set(samples, this.#held.length);
    const ready = Math.max(0, all.length - this.#heldSamples);
    this.#held = all.slice(ready);
    return all.slice(0, ready);
  }

  drain(): Int16Array {
    this.#mayFail();
    const rest = this.#held;
    this.#held = new Int16Array(0);
    return rest;
  }

  /** What it held back is gone with it. */
  #mayFail(): void {
    if (strikes(this.#bench, 'failing_ear', 0.01, 0.05)) throw plannedError('the conditioner');
  }

  close(): void {
    if (this.#phase === 'closed') this.#bench.fail('P13', 'a conditioner is closed twice');
    this.#phase = 'closed';
    if (strikes(this.#bench, 'failing_ear', 0.2, 0.5)) throw plannedError('the conditioner');
  }
}
