import type { AudioCodec } from '../../ports/audio-codec.ts';
import type { AudioConditioner } from '../../ports/audio-conditioner.ts';
import type { AudioSource } from '../../ports/audio-source.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Transport } from '../../ports/transport.ts';
import { GivenAudio } from './given-audio.ts';
import { SampleRing } from './sample-ring.ts';
import { Stretches, type UplinkCounts } from './stretches.ts';

/** More than this waiting in the connection would be stale before it arrives. */
const highWaterBytes = 256 * 1024;
const recheckMs = 10;
/** What is remembered while audio flows, for a connection that takes the place of the one in use. */
export const flowingMemoryMs = 5_000;
/** What is kept while there is no connection, while audio is held back, and in the midst of a turn. */
export const waitingMemoryMs = 15_000;
/** What is kept while a turn in it is not understood yet: it may have to be heard again. */
export const pinnedMemoryMs = 30_000;
/** Joined pieces are at most this long. */
const longestPieceMs = 100;
/** Turns whose place in the stream is kept. */
const markLimit = 32;

/** Where audio goes. */
export type UplinkTarget = Pick<Transport, 'bufferedBytes' | 'sendAudio'> & {
  /** It takes nothing any more. */
  readonly isBroken?: boolean;
};

/** What an {@link Uplink} is made of. */
export interface UplinkOptions {
  readonly source: AudioSource;
  readonly codec: AudioCodec;
  readonly clock: Clock;
  /** What the audio goes through first. */
  readonly conditioning: Pick<AudioConditioner, 'push' | 'drain'>;
  /** Whether the user is in the midst of a turn: it may have to be heard again from its beginning. */
  readonly inTurn: () => boolean;
  /** The newest audio, in which a turn that has begun already may be found yet. */
  readonly unjudgedMs: () => number;
  /** Told of each frame, in order; a recorded source waits for what it returns. */
  readonly onFrame: (frame: Int16Array) => Promise<void> | undefined;
  /** The source has no more audio. */
  readonly onEnd: () => void;
  /** The source has ended with an error. */
  readonly onFailure: (error: unknown) => void;
}

/** Whether audio flows always, or inside turns only; then the last `lookBackMs` are kept for the turn that may begin. */
export type UplinkGate = { readonly kind: 'open' } | { readonly kind: 'turns'; readonly lookBackMs: number };

/** What is known of the end of a turn: our commit, or where the server found it, in milliseconds of what it was given. */
export interface TurnEnd {
  readonly commit?: string | undefined;
  readonly audioEndMs?: number | undefined;
}

interface Route {
  readonly epoch: number;
  /** Undefined while there is no connection. */
  readonly target: UplinkTarget | undefined;
}

/**
 * Carries the user's audio to the connection in use. The source is read once, from the first route to the end of the
 * session; the newest part of it is remembered, so that a gap between connections loses nothing within the bound. Order
 * is kept and no connection is given a sample twice that it still knows. When the bound is reached, a live source loses the oldest audio and
 * a recorded one waits.
 */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #ended = new AbortController();
  readonly #ring: SampleRing;
  readonly #stretches = new Stretches();
  readonly #given = new GivenAudio();
  #route: Route = { epoch: 0, target: undefined };
  #flow: 'flowing' | 'held' = 'flowing';
  #gate: UplinkGate = { kind: 'open' };
  #reading: 'not_yet' | 'begun' = 'not_yet';
  #cancelRecheck: (() => void) | undefined;
  /** Lets a recorded source go on. */
  #goOn: (() => void) | undefined;
  readonly #marks = new Map<string, number>();
  /** Commits over the connection in use, and what they end. */
  readonly #commits = new Map<string, number>();

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#ring = new SampleRing(this.#samplesOf(flowingMemoryMs + longestPieceMs));
    this.#stretches.open(0);
  }

  get counts(): UplinkCounts {
    return this.#stretches.counts(this.#ring.end);
  }

  /** Audio goes to this connection from now on, after what was kept. */
  route(
    route: { readonly epoch: number; readonly target: UplinkTarget },
    replay: 'open_turn' | 'tail',
  ): void {
    if (this.#route.epoch !== route.epoch) {
      this.#stretches.restart(replay === 'tail' ? this.#lastMark() : this.#ring.start);
      this.#given.restart();
      this.#commits.clear();
    }
    this.#route = route;
    this.#pump('all');
    if (this.#reading === 'begun') return;
    this.#reading = 'begun';
    const { onEnd, onFailure } = this.#options;
    this.#read().then(() => {
      if (!this.#ended.signal.aborted) onEnd();
    }, onFailure);
  }

  /** There is no connection: audio is kept. */
  detach(): void {
    this.#route = { epoch: this.#route.epoch, target: undefined };
    this.#stopRecheck();
  }

  /** Audio is kept back until {@link release}. */
  hold(): void {
    this.#flow = 'held';
    this.#stopRecheck();
  }

  release(): void {
    this.#flow = 'flowing';
    this.#pump('all');
  }

  /** What was sent so far is what this commit ends. */
  commit(commit: string): void {
    this.#commits.set(commit, this.#stretches.decided);
    const [oldest] = this.#commits.keys();
    if (this.#commits.size > markLimit && oldest !== undefined) this.#commits.delete(oldest);
  }

  /** What was sent up to its end belongs to this turn and those before it: all that was sent where the end is not known. */
  mark(turn: string, end: TurnEnd): void {
    const position = this.#positionOf(end);
    this.#marks.set(turn, position ?? this.#stretches.decided);
    for (const [other, at] of this.#commits) if (at <= (position ?? -1)) this.#commits.delete(other);
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > markLimit && oldest !== undefined) this.#marks.delete(oldest);
  }

  /** What was sent up to the mark of this turn is not sent again. */
  forget(turn: string): void {
    const position = this.#marks.get(turn);
    if (position === undefined) return;
    this.#stretches.forgetBefore(position);
    for (const [other, at] of this.#marks) if (at <= position) this.#marks.delete(other);
  }

  /** How audio flows from now on. A turn in progress is over. */
  setGate(gate: UplinkGate): void {
    if (gate.kind === this.#gate.kind && gate.kind === 'open') return;
    this.#stretches.close(this.#ring.end);
    this.#pump('all');
    this.#gate = gate;
    if (gate.kind === 'open') this.#stretches.open(this.#ring.end);
  }

  /** A turn has begun: audio from `position` on is meant for the model, as far as it is there and of no turn before. */
  openTurn(position: number): void {
    if (this.#gate.kind !== 'turns') return;
    const earliest = this.#judgedEnd() - this.#samplesOf(this.#gate.lookBackMs);
    this.#stretches.open(Math.max(position, earliest, this.#ring.start));
    this.#pump('paced');
  }

  /** The turn has ended at `position`, or with what was sent of it since. */
  closeTurn(position: number): void {
    if (this.#gate.kind !== 'turns') return;
    this.#stretches.close(Math.max(Math.min(position, this.#ring.end), this.#stretches.decided));
  }

  /** The turn in progress was none: the model is told to forget it, and the next one may begin in the midst of it. */
  dropTurn(): void {
    if (this.#gate.kind === 'turns') this.#stretches.discard();
  }

  /** The position of the newest sample. */
  get position(): number {
    return this.#ring.end;
  }

  /** Sends all audio so far, however slow the connection is, unless audio is kept back. */
  sendAll(): void {
    this.#pump('all');
  }

  /** Stops reading the source. Nothing is sent any more. */
  close(): void {
    this.#ended.abort();
    this.detach();
    this.#goOn?.();
  }

  /** The next samples of the stream, conditioned. Returns what a recorded source waits for. */
  take(samples: Int16Array): Promise<void> | undefined {
    if (samples.length === 0) return undefined;
    this.#ring.push(samples);
    const judged = this.#options.onFrame(samples);
    this.#pump('paced');
    this.#trim();
    return judged;
  }

  async #read(): Promise<void> {
    const { source, conditioning } = this.#options;
    const { signal } = this.#ended;
    for await (const frame of source.frames(signal)) {
      if (signal.aborted) return;
      const judged = this.take(conditioning.push(frame));
      if (source.kind === 'live') continue;
      if (judged !== undefined) await judged;
      this.#pump('paced');
      while (!this.#wantsMore() && !signal.aborted) await this.#untilWanted();
    }
    if (!signal.aborted) await this.take(conditioning.drain());
  }

  #positionOf({ commit, audioEndMs }: TurnEnd): number | undefined {
    if (commit !== undefined) return this.#commits.get(commit);
    return audioEndMs === undefined ? undefined : this.#given.endOfTurn(this.#samplesOf(audioEndMs));
  }

  /** Where the last turn has ended, as far as sound is kept; nothing that was sent is sent again where there was none. */
  #lastMark(): number {
    const { decided } = this.#stretches;
    const position = [...this.#marks.values()].at(-1) ?? decided;
    return Math.max(this.#ring.start, Math.min(position, decided));
  }

  #flows(): boolean {
    return this.#route.target !== undefined && this.#flow === 'flowing';
  }

  #wantsMore(): boolean {
    return this.#flows() && !this.#stretches.hasUnsent(this.#sendableEnd());
  }

  #untilWanted(): Promise<void> {
    return new Promise((resolve) => {
      this.#goOn = resolve;
    });
  }

  /** Sends what is due; `paced` stops where the connection is too slow, and goes on when it has caught up. */
  #pump(pace: 'paced' | 'all'): void {
    const target = this.#flow === 'flowing' ? this.#route.target : undefined;
    if (target === undefined) return;
    this.#stopRecheck();
    const end = this.#sendableEnd();
    const most = this.#samplesOf(longestPieceMs);
    for (;;) {
      const piece = this.#stretches.next(end, most);
      if (piece === undefined) break;
      if (pace === 'paced' && target.bufferedBytes > highWaterBytes) return this.#recheckLater();
      const samples = this.#ring.view(piece.from, piece.to);
      target.sendAudio(this.#options.codec.encode(samples));
      // One that breaks may have been left meanwhile.
      if (target.isBroken === true) return;
      this.#stretches.given(piece.from, piece.from + samples.length);
      this.#given.give(piece.from, piece.from + samples.length);
    }
    this.#goOn?.();
  }

  #recheckLater(): void {
    this.#cancelRecheck = this.#options.clock.setTimer(recheckMs, () => this.#pump('paced'));
  }

  #stopRecheck(): void {
    this.#cancelRecheck?.();
    this.#cancelRecheck = undefined;
  }

  /** Lets go of the oldest samples; of a recorded source only those that were decided. */
  #trim(): void {
    const end = this.#ring.end;
    if (this.#gate.kind === 'turns' && !this.#stretches.isOpen && !this.#stretches.hasUnsent(end)) {
      this.#stretches.decideBefore(this.#judgedEnd() - this.#samplesOf(this.#gate.lookBackMs));
    }
    const atLeastMs = this.#flows() && !this.#options.inTurn() ? flowingMemoryMs : waitingMemoryMs;
    const memoryMs = this.#marks.size > 0 ? pinnedMemoryMs : atLeastMs;
    const oldest = Math.min(
      end - this.#samplesOf(memoryMs),
      this.#judgedEnd() - this.#samplesOf(flowingMemoryMs),
    );
    const { kind } = this.#options.source;
    const position = kind === 'live' ? oldest : Math.min(oldest, this.#stretches.decided);
    if (position <= this.#ring.start) return;
    this.#stretches.loseBefore(position);
    this.#ring.dropBefore(position);
  }

  /** A turn that has to be found has what was judged; what waits may lie behind its end. */
  #sendableEnd(): number {
    return this.#gate.kind === 'turns' ? this.#judgedEnd() : this.#ring.end;
  }

  /** Where audio begins that nobody has looked for turns in; what waits longer than all else is not waited for. */
  #judgedEnd(): number {
    return this.#ring.end - this.#samplesOf(Math.min(this.#options.unjudgedMs(), waitingMemoryMs));
  }

  #samplesOf(durationMs: number): number {
    return Math.round((durationMs * this.#options.codec.inputSampleRateHz) / 1000);
  }
}
