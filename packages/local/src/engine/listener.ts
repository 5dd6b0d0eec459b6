import { int16ToFloat } from '@antiphon/audio';
import type { SpeechDetector } from '../stages.ts';
import type { TurnEvent, TurnParameters } from '../vad/turn-detector.ts';
import type { WireFormat } from './audio-format.ts';
import type { Heard } from './conversation-log.ts';
import { DetectionRun } from './detection-run.ts';
import { InputBuffer, msToPosition, positionToMs } from './input-buffer.ts';
import type { EffectiveTurnDetection } from './wire-objects.ts';

/** A committed stretch of the user's audio. */
export interface Segment {
  /** The id its item will have. */
  readonly itemId: string;
  readonly audioMs: number;
  readonly heard: Promise<Heard>;
}

export interface ListenerHandlers {
  speechStarted(itemId: string, audioStartMs: number): void;
  /** The turn is over and to be committed. */
  speechStopped(segment: Segment, audioEndMs: number): void;
  failed(error: unknown): void;
}

export interface ListenerOptions {
  readonly format: WireFormat;
  readonly turnDetection: EffectiveTurnDetection | null;
  readonly handlers: ListenerHandlers;
  createDetector(): Promise<SpeechDetector>;
  recognize(samples: Int16Array, signal: AbortSignal): Promise<string>;
  nextItemId(): string;
}

/** A commit of the client, or how much was too little. */
export type CommitResult =
  | { readonly ok: true; readonly segment: Segment }
  | { readonly ok: false; readonly bufferedMs: number };

type Phase =
  | { readonly kind: 'quiet' }
  | {
      readonly kind: 'speech';
      readonly itemId: string;
      readonly startMs: number;
      speechMs: number;
      guess: Guess | undefined;
    };

/** A recognition begun before the turn was known to be over. */
interface Guess {
  readonly text: Promise<string>;
  readonly abort: AbortController;
}

/** Audio kept that nobody commits; older audio is dropped and the clock goes on. */
const bufferCapMs = 15 * 60_000;
/** A turn that lasts longer is committed as it stands, and what follows is a new turn. */
const longestTurnMs = 60_000;
const shortestCommitMs = 100;
/** From here on a frame is taken for speech beyond doubt. */
const certainProbability = 0.8;
/** Speech without words becomes a question to say it again from this much on. */
const enoughSpeechMs = 500;

/**
 * The hearing of a connection: the input audio buffer with turn detection over it. Recognition of a turn starts when it
 * seems to be over and is thrown away if speech goes on.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #buffer: InputBuffer;
  readonly #closed = new AbortController();
  #phase: Phase = { kind: 'quiet' };
  #turnDetection: EffectiveTurnDetection | null;
  #run: DetectionRun | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#buffer = new InputBuffer(options.format, bufferCapMs);
    this.#turnDetection = options.turnDetection;
    this.#run = this.#startRun();
  }

  append(bytes: Uint8Array): void {
    this.#buffer.append(bytes);
    this.#run?.wake();
  }

  changeFormat(format: WireFormat): void {
    this.#buffer.changeFormat(format);
  }

  /** Other turn detection begins with the audio to come; a turn in progress is forgotten. */
  changeTurnDetection(turnDetection: EffectiveTurnDetection | null): void {
    this.#run?.stop();
    this.#dropTurn();
    this.#turnDetection = turnDetection;
    this.#run = this.#startRun();
  }

  /** Commits all that is buffered: the turn in progress, or everything since the last commit. */
  commit(): CommitResult {
    const { bufferedMs } = this.#buffer;
    if (bufferedMs < shortestCommitMs) return { ok: false, bufferedMs };
    const phase = this.#phase;
    const startMs = phase.kind === 'speech' ? phase.startMs : positionToMs(this.#buffer.start);
    const itemId = phase.kind === 'speech' ? phase.itemId : this.#options.nextItemId();
    const samples = this.#buffer.read(msToPosition(startMs), this.#buffer.end);
    const segment = { itemId, audioMs: Math.round(bufferedMs), heard: this.hear(samples) };
    this.#dropTurn();
    this.#buffer.dropBefore(this.#buffer.end);
    this.#run?.skipToEnd();
    return { ok: true, segment };
  }

  clear(): void {
    this.#dropTurn();
    this.#buffer.dropBefore(this.#buffer.end);
    this.#run?.skipToEnd();
  }

  /** Recognises audio in which nobody looked for speech; that is done now when no words were found. */
  async hear(samples: Int16Array): Promise<Heard> {
    const text = await this.#options.recognize(samples, this.#closed.signal);
    if (text !== '') return { text, hasSpeech: true };
    const detector = await this.#options.createDetector();
    return { text, hasSpeech: (await measureSpeech(detector, samples)) >= enoughSpeechMs };
  }

  close(): void {
    this.#run?.stop();
    this.#closed.abort();
    this.#phase = { kind: 'quiet' };
    this.#buffer.dropBefore(this.#buffer.end);
  }

  #startRun(): DetectionRun | undefined {
    if (this.#turnDetection === null) return undefined;
    return new DetectionRun({
      buffer: this.#buffer,
      createDetector: () => this.#options.createDetector(),
      parameters: turnParameters(this.#turnDetection),
      listener: {
        onTurnEvent: (event) => this.#onTurnEvent(event),
        onFrame: (probability, durationMs, clockMs) => this.#onFrame(probability, durationMs, clockMs),
        onFailure: (error) => this.#options.handlers.failed(error),
      },
    });
  }

  #onTurnEvent(event: TurnEvent): void {
    const phase = this.#phase;
    if (event.kind === 'speech_started') {
      const itemId = this.#options.nextItemId();
      this.#phase = { kind: 'speech', itemId, startMs: event.audioStartMs, speechMs: 0, guess: undefined };
      this.#options.handlers.speechStarted(itemId, event.audioStartMs);
      return;
    }
    if (phase.kind !== 'speech') return;
    switch (event.kind) {
      case 'speculate':
        phase.guess = this.#guess(phase.startMs, event.audioEndMs);
        return;
      case 'speculation_cancelled':
        phase.guess?.abort.abort();
        phase.guess = undefined;
        return;
      case 'speech_stopped':
        this.#endTurn(phase, event.audioEndMs);
    }
  }

  #onFrame(probability: number, durationMs: number, clockMs: number): void {
    const phase = this.#phase;
    if (phase.kind !== 'speech') return;
    if (probability >= certainProbability) phase.speechMs += durationMs;
    if (clockMs - phase.startMs < longestTurnMs) return;
    this.#run?.splitTurn();
    this.#endTurn(phase, Math.round(clockMs));
  }

  #endTurn(phase: Extract<Phase, { kind: 'speech' }>, endMs: number): void {
    const { itemId, startMs, speechMs, guess } = phase;
    const text = guess?.text ?? this.#recognize(startMs, endMs, this.#closed.signal);
    const heard = text.then((known) => ({ text: known, hasSpeech: speechMs >= enoughSpeechMs }));
    const segment = { itemId, audioMs: endMs - startMs, heard };
    this.#phase = { kind: 'quiet' };
    this.#buffer.dropBefore(msToPosition(endMs));
    this.#options.handlers.speechStopped(segment, endMs);
  }

  #dropTurn(): void {
    if (this.#phase.kind === 'speech') this.#phase.guess?.abort.abort();
    this.#phase = { kind: 'quiet' };
  }

  #guess(startMs: number, endMs: number): Guess {
    const abort = new AbortController();
    const text = this.#recognize(startMs, endMs, AbortSignal.any([abort.signal, this.#closed.signal]));
    // A guess may be thrown away; its failure counts only when the turn takes it.
    text.catch(() => undefined);
    return { text, abort };
  }

  #recognize(startMs: number, endMs: number, signal: AbortSignal): Promise<string> {
    const samples = this.#buffer.read(msToPosition(startMs), msToPosition(endMs));
    return this.#options.recognize(samples, signal);
  }
}

/** Milliseconds of certain speech in `samples`. */
async function measureSpeech(detector: SpeechDetector, samples: Int16Array): Promise<number> {
  const { frameSamples } = detector;
  let speechMs = 0;
  for (let start = 0; start + frameSamples <= samples.length; start += frameSamples) {
    const probability = await detector.process(int16ToFloat(samples.subarray(start, start + frameSamples)));
    if (probability >= certainProbability) speechMs += positionToMs(frameSamples);
  }
  return speechMs;
}

/** How `semantic_vad` is rendered: the silence that ends a turn, by eagerness. */
const silenceByEagerness = { low: 1_200, medium: 700, auto: 700, high: 400 } as const;

function turnParameters(detection: EffectiveTurnDetection): TurnParameters {
  return detection.type === 'server_vad'
    ? {
        threshold: detection.threshold,
        prefixPaddingMs: detection.prefix_padding_ms,
        silenceDurationMs: detection.silence_duration_ms,
      }
    : { threshold: 0.5, prefixPaddingMs: 300, silenceDurationMs: silenceByEagerness[detection.eagerness] };
}
