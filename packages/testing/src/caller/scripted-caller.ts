import { decodeWav, downmixToMono, encodeWav, floatToInt16, resample } from '@antiphon/audio';
import type { AudioSink, AudioSource, Clock } from '@antiphon/core';
import { realClock } from '../real-clock.ts';
import { speechLike } from '../signals.ts';
import { AgentEar, type HeardSpeech, interleaved } from './agent-ear.ts';
import { CallerRun } from './caller-run.ts';
import type { CallerCondition, CallerSpeech, CallerStep, SaidSpeech } from './caller-steps.ts';

/** How a {@link ScriptedCaller} speaks and hears. */
export interface ScriptedCallerOptions {
  /** Of both voices; 24,000 unless told. */
  readonly sampleRateHz?: number;
  /** The machine's time unless told. */
  readonly clock?: Clock;
  /** Length of a frame; 20 unless told. */
  readonly frameMs?: number;
  /** Speaks words, at the caller's rate; without it words are a buzz of their length. */
  readonly synthesize?: (text: string, sampleRateHz: number) => Int16Array;
  /** How long a word of the agent sounds, for `agentWords`; 300 unless told. */
  readonly msPerWord?: number;
  /** For how long the agent is waited for; 15,000 unless told. */
  readonly answerTimeoutMs?: number;
}

/**
 * Someone who calls: a voice and an ear for a session, and a script of what they do. Steps follow each other; `after`
 * says when the speech before it begins.
 *
 * ```ts
 * const caller = new ScriptedCaller({ clock })
 *   .says(question).waitsForAnswer()
 *   .says({ speechMs: 600 }).after({ agentSpeaksMs: 400 })
 *   .staysSilent(2000).hangsUp();
 * await antiphon.startSession({ source: caller.source, sink: caller.sink });
 * await caller.done;
 * ```
 */
export class ScriptedCaller {
  readonly #options: ScriptedCallerOptions;
  readonly #steps: CallerStep[] = [];
  readonly #ear: AgentEar;
  readonly #run: CallerRun;

  constructor(options: ScriptedCallerOptions = {}) {
    const { sampleRateHz = 24_000, clock = realClock, frameMs = 20, msPerWord = 300 } = options;
    this.#options = options;
    this.#ear = new AgentEar(sampleRateHz);
    this.#run = new CallerRun({
      steps: this.#steps,
      ear: this.#ear,
      clock,
      frameMs,
      msPerWord,
    });
  }

  get sampleRateHz(): number {
    return this.#ear.sampleRateHz;
  }

  /** The caller's voice. The script begins when it is first listened to. */
  get source(): AudioSource {
    return this.#run;
  }

  /** The caller's ear. It plays in the time of the script. */
  get sink(): AudioSink {
    return this.#ear;
  }

  /** Settles when the caller has hung up, or the session has stopped listening; rejects when an answer never came. */
  get done(): Promise<void> {
    return this.#run.done;
  }

  /** What was heard of each of the agent's items, in order. */
  get heard(): readonly HeardSpeech[] {
    return this.#ear.heard;
  }

  /** What the caller said, in order. */
  get said(): readonly SaidSpeech[] {
    return this.#run.said;
  }

  /** How often the agent's voice was cut. */
  get cuts(): number {
    return this.#ear.flushes;
  }

  /** Steps of the script that were not done. */
  get stepsLeft(): number {
    return this.#run.stepsLeft;
  }

  /** Milliseconds since the script began, by samples. */
  get nowMs(): number {
    return this.#run.nowMs;
  }

  /** From the end of each speech of the caller to the next sound of the agent; undefined where none came. */
  get answerDelaysMs(): readonly (number | undefined)[] {
    return this.said.map(({ startMs, ms }) => {
      const endMs = startMs + ms;
      const next = this.heard.find((speech) => speech.startMs >= endMs);
      return next && next.startMs - endMs;
    });
  }

  says(speech: CallerSpeech): this {
    const samples = this.#samplesOf(speech);
    return this.#add({ kind: 'say', samples, after: undefined, timeoutMs: this.#timeoutMs });
  }

  /** Says when the speech before this begins: as soon as it can unless told. */
  after(condition: CallerCondition): this {
    const last = this.#steps.pop();
    if (last?.kind !== 'say') {
      throw new Error('scripted caller: after() belongs to the says() right before it');
    }
    return this.#add({ ...last, after: condition });
  }

  /** Listens until the agent has spoken and then been silent for `quietMs`, 500 unless told. */
  waitsForAnswer({ quietMs = 500 }: { readonly quietMs?: number } = {}): this {
    return this.#add({ kind: 'listen', timeoutMs: this.#timeoutMs, quietMs });
  }

  staysSilent(ms: number): this {
    return this.#add({ kind: 'silence', ms });
  }

  /** Something beside the voice, when it is its turn. */
  does(act: () => void): this {
    return this.#add({ kind: 'do', act });
  }

  /** Ends the script: the source ends. A script without it goes on with silence until the session ends. */
  hangsUp(): this {
    this.#run.endsWithSteps();
    return this;
  }

  /** Both voices by sample count, the caller left, the agent right: interleaved samples. */
  get recording(): Int16Array {
    return interleaved(this.#run.spoken, this.#run.played);
  }

  /** The recording as a WAV file. */
  toWav(): Uint8Array {
    return encodeWav(this.recording, { sampleRateHz: this.sampleRateHz, channels: 2 });
  }

  get #timeoutMs(): number {
    return this.#options.answerTimeoutMs ?? 15_000;
  }

  #add(step: CallerStep): this {
    this.#steps.push(step);
    return this;
  }

  #samplesOf(speech: CallerSpeech): Int16Array {
    const { sampleRateHz } = this;
    if (speech instanceof Int16Array) {
      return speech;
    }
    if (speech instanceof Uint8Array) {
      const wav = decodeWav(speech);
      const mono = downmixToMono(wav.samples, wav.channels);
      return floatToInt16(resample(mono, { fromHz: wav.sampleRateHz, toHz: sampleRateHz }));
    }
    if ('text' in speech) {
      const words = speech.text.trim().split(/\s+/).length;
      const { synthesize, msPerWord = 300 } = this.#options;
      return (
        synthesize?.(speech.text, sampleRateHz) ?? speechLike({ durationMs: words * msPerWord, sampleRateHz })
      );
    }
    return speechLike({ durationMs: speech.speechMs, sampleRateHz }, speech.level);
  }
}
