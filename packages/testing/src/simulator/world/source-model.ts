import type { Effect } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import type { SpeechPiece } from '../provider/input-buffer.ts';
import type { Stage } from '../stage.ts';
import { GivenSound } from './given-sound.ts';
import type { JoinedCall } from './joined-call.ts';
import type { Network } from './network.ts';

/** A stretch in which the user makes a sound. */
export interface Utterance {
  readonly id: number;
  /** Empty for a sound without words. */
  readonly words: string;
  readonly startMs: number;
  /** Undefined while it lasts. */
  endMs: number | undefined;
}

type SourceEffect = Extract<Effect, { readonly type: `source.${string}` }>;

const keptMs = 30_000;
const tailSilenceMs = 800;
const preRollMs = 300;

/** The microphone and what carries its sound to the connection, as the session's effects tell it to. */
export class SourceModel {
  readonly utterances: Utterance[] = [];
  /** How the sound flows: whether it is kept back, and whether a button lets it through. */
  readonly flow = { held: false, gate: 'always' as 'always' | 'open' | 'shut' };
  /** Of the process that is there now: since when it hears the user, and what carries the sound up to now, if that does. */
  readonly process = { openMs: 0, carry: undefined as (() => void) | undefined };
  /** Stretches of time whose sound may be gone: a live source loses the oldest to a connection that takes nothing for long. */
  readonly lost: { readonly fromMs: number; readonly toMs: number }[] = [];
  #route: number | undefined;
  #sentMs = 0;
  #forgottenMs = 0;
  /** Up to when sound was given to a connection. */
  #heardMs = 0;
  #ticking = false;
  readonly #openings: { readonly fromMs: number; toMs: number | undefined }[] = [];
  /** What the connection in use was given. */
  readonly given = new GivenSound();
  readonly #marks = new Map<string, number>();
  readonly #commits = new Map<string, number>();
  readonly #stage: Stage;
  readonly #network: Network;
  readonly #random: Prng;

  constructor(stage: Stage, network: Network) {
    this.#stage = stage;
    this.#network = network;
    this.#random = stage.random.fork('source');
  }

  get route(): number | undefined {
    return this.#route;
  }

  /** What the source was told not to send again. */
  get forgottenMs(): number {
    return this.#forgottenMs;
  }

  perform(effect: SourceEffect): void {
    if (this.#network.call !== undefined) return;
    const { nowMs } = this.#stage.queue;
    switch (effect.type) {
      case 'source.route':
        if (this.#route !== effect.epoch) this.given.restart();
        this.#route = effect.epoch;
        this.#sentMs = this.#replayedFrom(effect.replay);
        return this.pump();
      case 'source.detach':
        this.#route = undefined;
        return;
      case 'source.hold':
        this.flow.held = true;
        return;
      case 'source.release':
        this.flow.held = false;
        return this.pump();
      case 'source.commit':
        this.#commits.set(effect.commit, nowMs);
        return;
      case 'source.mark':
        this.#marks.set(effect.itemId, this.#endOf(effect) ?? this.given.endMs ?? nowMs);
        return;
      case 'source.forget':
        this.#forgottenMs = Math.max(this.#forgottenMs, this.#marks.get(effect.itemId) ?? 0);
        return;
    }
  }

  /** From when on sound is given to a connection that takes over. */
  #replayedFrom(replay: 'open_turn' | 'tail'): number {
    const marked = replay === 'tail' ? ([...this.#marks.values()].at(-1) ?? this.#sentMs) : this.#forgottenMs;
    return this.#keptFrom(Math.max(Math.min(marked, this.#sentMs), this.#forgottenMs));
  }

  /** Of the sound from a moment on, what is remembered: the oldest is lost. */
  #keptFrom(fromMs: number): number {
    const oldestMs = this.#stage.queue.nowMs - keptMs;
    if (fromMs < oldestMs) this.lost.push({ fromMs, toMs: oldestMs });
    return Math.max(fromMs, oldestMs);
  }

  #endOf({ commit, audioEndMs }: Extract<SourceEffect, { type: 'source.mark' }>): number | undefined {
    if (commit !== undefined) return this.#commits.get(commit);
    return audioEndMs === undefined ? undefined : this.given.madeAtMs(audioEndMs);
  }

  /** The user opens their mouth. */
  begin(words: string): Utterance {
    const utterance: Utterance = {
      id: this.utterances.length + 1,
      words,
      startMs: this.#stage.queue.nowMs,
      endMs: undefined,
    };
    this.utterances.push(utterance);
    this.#keepTicking();
    return utterance;
  }

  finish(utterance: Utterance): void {
    utterance.endMs ??= this.#stage.queue.nowMs;
  }

  /** A button or a detector lets the sound through, from a little before now; or no longer. */
  setGate(gate: 'open' | 'shut'): void {
    this.pump();
    const { nowMs } = this.#stage.queue;
    this.flow.gate = gate;
    const last = this.#openings.at(-1);
    if (last !== undefined) last.toMs ??= nowMs;
    if (gate === 'open') {
      const fromMs = Math.max(this.#heardMs, nowMs - preRollMs, last?.toMs ?? 0);
      this.#openings.push({ fromMs, toMs: undefined });
      this.#sentMs = Math.min(this.#sentMs, fromMs);
    }
  }

  /** Whether what was said may be gone before any connection took it. */
  mayBeLost({ startMs, endMs = startMs }: Utterance): boolean {
    return this.lost.some(({ fromMs, toMs }) => startMs < toMs && endMs > fromMs);
  }

  /** The process is gone with everything it kept. */
  reset(): void {
    // The sound of a call does not come by here.
    if (this.#network.call !== undefined) return;
    this.#marks.clear();
    this.#route = undefined;
    this.flow.held = false;
    this.#sentMs = this.#stage.queue.nowMs;
    this.#forgottenMs = this.#stage.queue.nowMs;
    this.process.openMs = this.#stage.queue.nowMs;
  }

  /** Sends what is due to the connection in use. */
  pump(): void {
    if (this.process.carry !== undefined) return this.process.carry();
    if (this.#network.call !== undefined) return this.#speakInto(this.#network.call);
    const { nowMs } = this.#stage.queue;
    if (this.#route === undefined || this.flow.held) return;
    const fromMs = this.#keptFrom(this.#sentMs);
    this.#sentMs = nowMs;
    const passed = this.#passed(fromMs, nowMs);
    const ms = passed.reduce((sum, [from, to]) => sum + to - from, 0);
    if (ms < 1) return;
    this.#heardMs = nowMs;
    for (const [from, to] of passed) this.given.add(from, to);
    const speech = passed.flatMap(([from, to]) => this.between(from, to));
    const lastMs = this.utterances.at(-1);
    const endMs = lastMs === undefined ? 0 : (lastMs.endMs ?? nowMs);
    this.#network.sendAudio(this.#route, { ms, speech, silenceMs: nowMs - endMs });
  }

  /** The sound of a call goes to its server without our doing. */
  #speakInto(call: JoinedCall): void {
    const { nowMs } = this.#stage.queue;
    const ms = nowMs - this.#sentMs;
    if (ms < 1) return;
    const speech = this.between(this.#sentMs, nowMs);
    this.#sentMs = nowMs;
    const last = this.utterances.at(-1);
    const endMs = last === undefined ? 0 : (last.endMs ?? nowMs);
    call.server.hear({ ms, speech, silenceMs: nowMs - endMs });
  }

  /** The stretches that a button lets through; all of it where there is none. */
  #passed(fromMs: number, toMs: number): readonly (readonly [fromMs: number, toMs: number])[] {
    if (this.flow.gate === 'always') return [[fromMs, toMs]];
    return this.#openings.flatMap((opening) => {
      const from = Math.max(fromMs, opening.fromMs);
      const to = Math.min(toMs, opening.toMs ?? toMs);
      return to > from ? [[from, to] as const] : [];
    });
  }

  /** What is said in a stretch of time. */
  between(fromMs: number, toMs: number): readonly SpeechPiece[] {
    const pieces: SpeechPiece[] = [];
    for (let at = this.utterances.length - 1; at >= 0; at--) {
      const utterance = this.utterances[at];
      if (utterance === undefined) break;
      const endMs = utterance.endMs ?? toMs;
      if (endMs <= fromMs) break;
      const ms = Math.min(endMs, toMs) - Math.max(utterance.startMs, fromMs);
      if (ms > 0) pieces.unshift({ utterance: utterance.id, words: utterance.words, ms });
    }
    return pieces;
  }

  /** Sound goes out in bursts while there is something to hear, and a little longer. */
  #keepTicking(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#tick();
  }

  #tick(): void {
    this.#stage.queue.after(this.#random.int(80, 400), () => {
      this.pump();
      const last = this.utterances.at(-1);
      const quiet =
        last === undefined ||
        this.#stage.queue.nowMs - (last.endMs ?? Number.POSITIVE_INFINITY) > tailSilenceMs;
      if (quiet) this.#ticking = false;
      else this.#tick();
    });
  }
}
