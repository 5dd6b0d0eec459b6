import type { AudioCodec, AudioSource, Clock } from '@antiphon/core';
import { Uplink, type UplinkTarget } from '../../src/runner/uplink/uplink.ts';

/** One sample a millisecond: positions are milliseconds. */
export const msCodec: AudioCodec = {
  inputSampleRateHz: 1_000,
  outputSampleRateHz: 1_000,
  outputBytesPerMs: 2,
  encode: (samples) => new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
  decode: () => new Int16Array(0),
};

/** Time by hand, for timers only. */
export class HandClock implements Clock {
  readonly timers = new Set<() => void>();

  nowMs(): number {
    return 0;
  }

  wallMs(): number {
    return 0;
  }

  setTimer(_delayMs: number, fire: () => void): () => void {
    const entry = (): void => {
      this.timers.delete(entry);
      fire();
    };
    this.timers.add(entry);
    return () => void this.timers.delete(entry);
  }

  fire(): void {
    for (const timer of [...this.timers]) timer();
  }
}

/** A source that is fed frame by frame; each sample is its position. */
export class FedSource implements AudioSource {
  readonly sampleRateHz = 1_000;
  readonly kind: AudioSource['kind'];
  /** Frames that were asked for. */
  pulls = 0;
  aborted = false;
  #position = 0;
  #waiting: ((frame: Int16Array | undefined) => void) | undefined;

  constructor(kind: AudioSource['kind'] = 'live') {
    this.kind = kind;
  }

  async *frames(signal: AbortSignal): AsyncIterable<Int16Array> {
    signal.addEventListener('abort', () => {
      this.aborted = true;
      this.#waiting?.(undefined);
    });
    for (;;) {
      this.pulls += 1;
      const frame = await new Promise<Int16Array | undefined>((resolve) => {
        this.#waiting = resolve;
      });
      if (frame === undefined || signal.aborted) return;
      yield frame;
    }
  }

  /** There is no more audio. */
  end(): void {
    this.#waiting?.(undefined);
  }

  /** Whether somebody waits for a frame. */
  get wanted(): boolean {
    return this.#waiting !== undefined;
  }

  /** Hands over `ms` of audio, in frames of 20 ms; stops where nobody takes them. Returns what was taken. */
  async feed(ms: number, frameMs = 20): Promise<number> {
    let taken = 0;
    while (taken < ms && this.#waiting !== undefined) {
      const frame = Int16Array.from({ length: Math.min(frameMs, ms - taken) }, () => this.#next());
      const give = this.#waiting;
      this.#waiting = undefined;
      give(frame);
      taken += frame.length;
      await settle();
    }
    return taken;
  }

  #next(): number {
    const value = this.#position % 32_768;
    this.#position += 1;
    return value;
  }
}

/** A connection that remembers the samples it was given. */
export class HeardTarget implements UplinkTarget {
  bufferedBytes = 0;
  readonly pieces: number[][] = [];
  readonly #forgotAt: number[] = [];

  sendAudio(audio: Uint8Array): void {
    this.pieces.push([...new Int16Array(audio.slice().buffer)]);
  }

  get heard(): readonly number[] {
    return this.pieces.flat();
  }

  /** What was heard, apart wherever it was told to forget a turn. */
  get known(): readonly (readonly number[])[] {
    const marks = [0, ...this.#forgotAt, this.pieces.length];
    return marks.slice(1).map((mark, index) => this.pieces.slice(marks[index], mark).flat());
  }

  /** The turn in progress is taken back. */
  forget(): void {
    this.#forgotAt.push(this.pieces.length);
  }

  /** What was heard, as stretches `from-to`, `to` not included. */
  get stretches(): string {
    const found: string[] = [];
    let from: number | undefined;
    let last = -1;
    for (const sample of this.heard) {
      if (from === undefined || sample !== last + 1) {
        if (from !== undefined) found.push(`${from}-${last + 1}`);
        from = sample;
      }
      last = sample;
    }
    if (from !== undefined) found.push(`${from}-${last + 1}`);
    return found.join(' ');
  }
}

export function uplinkRig(kind: AudioSource['kind'] = 'live') {
  const source = new FedSource(kind);
  const clock = new HandClock();
  const failures: unknown[] = [];
  const ends: number[] = [];
  const user = { inTurn: false, unjudgedMs: 0 };
  const uplink: Uplink = new Uplink({
    source,
    codec: msCodec,
    clock,
    conditioning: { push: (frame) => frame, drain: () => new Int16Array(0) },
    inTurn: () => user.inTurn,
    unjudgedMs: () => user.unjudgedMs,
    onFrame: () => undefined,
    onEnd: () => {
      ends.push(uplink.position);
    },
    onFailure: (error) => failures.push(error),
  });
  const feed = async (ms: number): Promise<number> => {
    await settle();
    return source.feed(ms);
  };
  return { source, clock, uplink, user, failures, ends, feed };
}

export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Numbers in a row. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
