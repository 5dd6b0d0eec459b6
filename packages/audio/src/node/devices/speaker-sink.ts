import type { AudioChunk, AudioSink, Clock, PlayoutProgress } from '@antiphon/core';
import { flushTail } from '../../dsp/fade.ts';
import { Resampler } from '../../dsp/resampler.ts';
import { requireInteger } from '../../options.ts';
import { concatSamples } from '../../pcm/samples.ts';
import { PlayoutBuffer, type PlayoutCounts } from '../../playout/playout-buffer.ts';
import type { PartPlayed } from '../../playout/playout-ledger.ts';
import type { DeviceStream, PlaybackHandlers } from './device-backend.ts';
import { DeviceKeeper, type DeviceKeeperOptions } from './device-keeper.ts';
import { HandedCount } from './handed-count.ts';

/** How a speaker is used. */
export interface SpeakerOptions extends Omit<DeviceKeeperOptions, 'kind'> {
  /** The rate of what is written, whatever that of the device; 24,000 when left out. */
  readonly sampleRateHz?: number;
  /** Shown all that goes to the device, silence included: for a meter. The samples may not be kept. */
  readonly onSound?: (samples: Int16Array) => void;
  /** Told when the device had nothing to play: what it is given from now on is heard later by that. */
  readonly onRanDry?: () => void;
}

/** What is pulled out of the buffer at once. */
const pieceMs = 10;
const fadeMs = 5;
/** An agent may send minutes of speech at once: it waits here. */
const capacityMs = 30 * 60_000;
/** What is played is in the room for this long after the device has played it. */
const roomTailMs = 250;

/**
 * The agent's voice on a speaker. What is heard is told by the clock of the device. A flush lets the little play out that
 * the device has taken already, faded out, and tells that it was heard.
 */
export class SpeakerSink implements AudioSink {
  readonly sampleRateHz: number;
  readonly #clock: Clock;
  readonly #buffer: PlayoutBuffer;
  readonly #keeper: DeviceKeeper;
  readonly #onSound: (samples: Int16Array) => void;
  readonly #onRanDry: () => void;
  readonly #count = new HandedCount();
  /** What goes to the device next, before all else. */
  #tail: Int16Array = new Int16Array(0);
  /** Whether the device was given sound last, and not silence. */
  #isSounding = false;
  #audibleUntilMs = Number.NEGATIVE_INFINITY;
  #listener: (progress: PlayoutProgress) => void = () => {};
  #phase: 'open' | 'closed' = 'open';

  private constructor(options: SpeakerOptions) {
    const { sampleRateHz = 24_000, onSound = () => {}, onRanDry = () => {} } = options;
    this.sampleRateHz = requireInteger('sampleRateHz', sampleRateHz, { min: 4_000, max: 192_000 });
    this.#clock = options.clock;
    this.#onSound = onSound;
    this.#onRanDry = onRanDry;
    this.#buffer = new PlayoutBuffer({ sampleRateHz, capacityMs });
    this.#keeper = new DeviceKeeper({ ...options, kind: 'output' }, (device, handlers) =>
      this.#open((feed) => options.backend.openPlayback(device, { ...feed, ...handlers })),
    );
  }

  /**
   * Opens the speaker.
   *
   * @throws AntiphonError `audio.no_device`, `audio.device_not_found`, `audio.device_failed`, `audio.invalid_option`
   */
  static async open(options: SpeakerOptions): Promise<SpeakerSink> {
    const speaker = new SpeakerSink(options);
    await speaker.#keeper.start();
    return speaker;
  }

  /** What people call the device in use; undefined while there is none. */
  get deviceName(): string | undefined {
    return this.#keeper.deviceName;
  }

  get counts(): PlayoutCounts {
    return this.#buffer.counts;
  }

  /** Whether a microphone in the same room hears the agent now, or will within the time of the device. */
  get isAudible(): boolean {
    return this.wasAudible(this.#clock.nowMs());
  }

  /** Whether what such a microphone heard a little while ago, at `atMs` of the clock, may have the agent in it. */
  wasAudible(atMs: number): boolean {
    return atMs < this.#audibleUntilMs;
  }

  write(chunk: AudioChunk): void {
    if (this.#phase === 'open') this.#buffer.write(chunk, chunk.samples, this.#clock.nowMs());
  }

  endPart(itemId: string, contentIndex: number): void {
    this.#buffer.endPart({ itemId, contentIndex });
  }

  flush(): void {
    if (this.#phase === 'closed') return;
    const fadeSamples = Math.round((this.sampleRateHz * fadeMs) / 1000);
    const next = this.#isSounding ? this.#buffer.take(fadeSamples, this.#clock.nowMs()) : new Int16Array(0);
    this.#tail = concatSamples([this.#tail, flushTail(next, { sampleRateHz: this.sampleRateHz })], next);
    this.#count.hand(next.length);
    this.#acknowledge(this.#count.handed);
    this.#isSounding = false;
    for (const cut of this.#buffer.flush()) this.#tell(cut);
  }

  onProgress(listener: (progress: PlayoutProgress) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#listener = () => {};
    this.flush();
    this.#phase = 'closed';
    // The device fetches the end of the fade by itself.
    if (this.#tail.length > 0)
      await new Promise<void>((resolve) => this.#clock.setTimer(2 * pieceMs, resolve));
    await this.#keeper.close();
  }

  async #open(
    openStream: (feed: Pick<PlaybackHandlers, 'pull' | 'onPlayed' | 'onRanDry'>) => Promise<DeviceStream>,
  ): Promise<DeviceStream> {
    const before = this.#count.handed;
    // What an earlier device had taken and not played is lost with it.
    this.#acknowledge(before);
    this.#tail = new Int16Array(0);
    this.#isSounding = false;
    // Silence, until the rate of the device is known.
    let feed = (count: number): Int16Array => new Int16Array(count);
    let toSession = 0;
    const stream = await openStream({
      pull: (count) => feed(count),
      onPlayed: (samples) => this.#acknowledge(before + Math.floor(samples * toSession)),
      onRanDry: this.#onRanDry,
    });
    toSession = this.sampleRateHz / stream.sampleRateHz;
    feed = this.#feeder(stream.sampleRateHz);
    return stream;
  }

  /** Cuts what is to be played into what the device asks for, at its rate. */
  #feeder(toHz: number): (count: number) => Int16Array {
    const fromHz = this.sampleRateHz;
    const resampler = fromHz === toHz ? undefined : new Resampler<Int16Array>({ fromHz, toHz });
    const pieceSamples = Math.round((fromHz * pieceMs) / 1000);
    let ready: Int16Array = new Int16Array(0);
    return (count) => {
      while (ready.length < count) {
        const piece = this.#next(pieceSamples);
        ready = concatSamples([ready, resampler?.push(piece) ?? piece], ready);
      }
      const out = ready.slice(0, count);
      ready = ready.slice(count);
      return out;
    };
  }

  #next(count: number): Int16Array {
    const waitedMs = this.#buffer.waitingMs;
    const tail = this.#tail.subarray(0, count);
    this.#tail = this.#tail.subarray(count);
    const rest = this.#buffer.take(count - tail.length, this.#clock.nowMs());
    this.#count.hand(rest.length);
    const piece = tail.length === 0 ? rest : concatSamples([tail, rest], rest);
    this.#isSounding = this.#buffer.waitingMs < waitedMs;
    if (this.#isSounding || tail.length > 0) this.#noteAudible();
    this.#onSound(piece);
    return piece;
  }

  #noteAudible(): void {
    const aheadMs = (this.#count.ahead * 1000) / this.sampleRateHz;
    this.#audibleUntilMs = this.#clock.nowMs() + aheadMs + roomTailMs;
  }

  #acknowledge(played: number): void {
    const samples = this.#count.play(played);
    if (samples === 0) return;
    for (const progress of this.#buffer.acknowledge(samples)) this.#tell(progress);
  }

  #tell({ itemId, contentIndex, playedMs }: PartPlayed): void {
    this.#listener({ itemId, contentIndex, playedMs });
  }
}
