import type { AudioChunk, AudioCodec, AudioSink, Effect, PlayoutProgress } from '@antiphon/core';
import { bytesPerMs } from '../draw-settings.ts';
import { type Bench, deferred, type IsOver, plannedError, strikes } from './bench.ts';
import { inputSampleRateHz } from './microphone.ts';
import type { StepBook } from './step-book.ts';

const outputSampleRateHz = 24_000;

/** PCM of 16 bits: a sample a millisecond from the user, 24 of them to the user. */
export const benchCodec: AudioCodec = {
  inputSampleRateHz,
  outputSampleRateHz,
  outputBytesPerMs: bytesPerMs,
  encode: (samples) => new Uint8Array(samples.slice().buffer),
  decode: (audio) => new Int16Array(audio.buffer, audio.byteOffset, audio.byteLength >> 1),
};

/** The loudspeaker of the world as a sink. */
export class Loudspeaker implements AudioSink {
  readonly sampleRateHz = outputSampleRateHz;
  #listener: (progress: PlayoutProgress) => void = () => {};
  #phase: 'open' | 'closed' = 'open';
  #closes = 0;
  readonly #bench: Bench;
  readonly #parts: {
    readonly steps: StepBook;
    readonly isOver: IsOver;
    /** The sound that came with the event of the step. */
    readonly sound: () => Int16Array | undefined;
  };

  constructor(
    bench: Bench,
    parts: {
      readonly steps: StepBook;
      readonly isOver: IsOver;
      readonly sound: () => Int16Array | undefined;
    },
  ) {
    this.#bench = bench;
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  write({ itemId, contentIndex, samples }: AudioChunk): void {
    if (this.#parts.isOver()) return;
    const { world, fail } = this.#bench;
    const isIt = (effect: Effect) =>
      effect.type === 'sink.write' && effect.itemId === itemId && effect.contentIndex === contentIndex;
    this.#parts.steps.perform(`sound of ${itemId} is played`, isIt);
    if (this.#phase === 'closed') fail('P13', `sound of ${itemId} is played after the end`);
    const sound = this.#parts.sound();
    if (sound?.length !== samples.length || sound[0] !== samples[0])
      fail('P14', `${samples.length} samples of ${itemId} are played, not those that came`);
    if (strikes(this.#bench, 'failing_sink', 0.005, 0.03)) {
      world.operator.closing ??= { mode: 'cancel', atMs: world.stage.queue.nowMs };
      throw plannedError('the sink');
    }
    world.sink.write(itemId, contentIndex, (samples.length * 2) / bytesPerMs);
  }

  endPart(itemId: string, contentIndex: number): void {
    if (this.#parts.isOver()) return;
    const isIt = (effect: Effect) =>
      effect.type === 'sink.end_part' && effect.itemId === itemId && effect.contentIndex === contentIndex;
    this.#parts.steps.perform(`${itemId} is ended`, isIt);
    if (strikes(this.#bench, 'failing_sink', 0.1, 0.4)) throw plannedError('the sink');
  }

  flush(): void {
    if (this.#parts.isOver()) return;
    this.#parts.steps.perform('the sink is flushed', (effect) => effect.type === 'sink.flush');
    this.#bench.world.sink.flush();
    if (strikes(this.#bench, 'failing_sink', 0.2, 0.6)) throw plannedError('the sink');
  }

  onProgress(listener: (progress: PlayoutProgress) => void): void {
    this.#listener = listener;
  }

  tell(progress: PlayoutProgress): void {
    if (this.#phase === 'open') this.#listener(progress);
  }

  async close(): Promise<void> {
    if (this.#parts.isOver()) return;
    if (++this.#closes > 1) this.#bench.fail('P13', 'the sink is closed twice');
    this.#phase = 'closed';
    this.#bench.world.sink.close();
    if (strikes(this.#bench, 'failing_sink', 0.3, 0.7)) throw plannedError('the sink');
    if (!strikes(this.#bench, 'slow_sink', 0.5, 0.9)) return;
    const closing = deferred<void>();
    // Some never say that they have closed.
    if (this.#bench.random.chance(0.7)) {
      this.#bench.world.stage.queue.after(this.#bench.random.int(1, 2_000), () => closing.resolve());
    }
    await closing.promise;
  }
}
