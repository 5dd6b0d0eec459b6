import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { isCalm, type Stage } from '../stage.ts';
import type { SinkModel } from './sink-model.ts';
import type { SourceModel, Utterance } from './source-model.ts';

/** What a user may use. */
export interface UserParts {
  readonly stage: Stage;
  readonly source: SourceModel;
  /** Where the agent is heard. */
  readonly ear: Pick<SinkModel, 'isPlaying'>;
  /** How the agent in charge finds the user's turns. */
  readonly manual: () => boolean;
}

/** Somebody who speaks, cuts in, makes noises, types, pushes a button, and is silent. */
export class UserModel {
  /** What was typed. */
  readonly typed: { readonly text: string; readonly atMs: number }[] = [];
  /** Words whose end the user told by hand. */
  readonly committed: { readonly words: string; readonly utterance: number; readonly atMs: number }[] = [];
  /** Whether they are being asked something: then they mostly do nothing by themselves. */
  readonly attention = { isAsked: false };
  #talking: Utterance | undefined;
  #said = 0;
  readonly #parts: UserParts;
  readonly #stage: Stage;
  readonly #random: Prng;
  readonly #moods: Prng;
  /** With manual turn taking: whether a button opens the microphone, or it is always open. */
  readonly #button: boolean;

  constructor(parts: UserParts) {
    this.#parts = parts;
    this.#stage = parts.stage;
    this.#random = parts.stage.random.fork('user');
    this.#moods = parts.stage.random.fork('moods');
    this.#button = this.#random.chance(0.7);
    if (this.#button && parts.manual()) parts.source.flow.gate = 'shut';
    this.#think();
  }

  get isTalking(): boolean {
    return this.#talking !== undefined;
  }

  /** Answers a question, unless something is being said. */
  reply(words: string, manner: 'typed' | 'spoken'): void {
    if (this.#talking !== undefined) return;
    if (manner === 'typed') this.#type(words);
    else this.#speak(words);
  }

  /** Coughs, unless something is being said. */
  makeNoise(): void {
    if (this.#talking === undefined) this.#speak(false);
  }

  #think(): void {
    const pauseMs = this.#pause();
    this.#stage.queue.after(pauseMs, () => {
      if (isCalm(this.#stage)) return;
      if (!this.attention.isAsked || this.#moods.chance(0.15)) this.#act();
      this.#think();
    });
  }

  #pause(): number {
    const quiet = likelihood(this.#stage.profile, 'silence', 4_000, 9_000);
    return this.#random.int(400, 3_500) + (quiet > 0 ? this.#random.int(0, quiet) : 0);
  }

  #act(): void {
    if (this.#talking !== undefined) return;
    const { profile } = this.#stage;
    if (this.#random.chance(likelihood(profile, 'typing', 0.15, 0.4))) return this.#type();
    if (this.#parts.ear.isPlaying) {
      if (this.#random.chance(likelihood(profile, 'barge_in', 0.3, 0.75))) return this.#speak(true);
      if (this.#random.chance(likelihood(profile, 'noise', 0.25, 0.6))) return this.#speak(false);
      if (this.#random.chance(likelihood(profile, 'barge_in', 0.05, 0.1))) {
        this.#stage.dispatch({ type: 'user.interrupt' });
      }
      return;
    }
    if (this.#random.chance(likelihood(profile, 'noise', 0.1, 0.2))) return this.#speak(false);
    this.#speak(true);
  }

  #type(words = 'typed'): void {
    const text = `u${++this.#said} ${words}`;
    this.typed.push({ text, atMs: this.#stage.queue.nowMs });
    this.#stage.dispatch({ type: 'user.text', text });
  }

  #speak(what: boolean | string): void {
    const withWords = what !== false;
    const words = withWords ? `u${++this.#said} ${what === true ? 'please' : what}` : '';
    const utterance = this.#parts.source.begin(words);
    this.#talking = utterance;
    const lengthMs = withWords ? this.#random.int(250, 2_400) : this.#random.int(120, 500);
    const manual = this.#parts.manual();
    if (manual) this.#press();
    this.#stage.queue.after(lengthMs, () => {
      this.#parts.source.finish(utterance);
      if (manual) this.#release(utterance);
      else this.#talking = undefined;
    });
  }

  #press(): void {
    if (!this.#button) return;
    this.#stage.dispatch({ type: 'user.speech_started' });
    this.#parts.source.setGate('open');
  }

  #release({ id, words }: Utterance): void {
    const settle = this.#random.int(0, 60);
    this.#stage.queue.after(settle, () => {
      this.#talking = undefined;
      this.#parts.source.pump();
      if (this.#button) this.#parts.source.setGate('shut');
      if (words !== '') this.committed.push({ words, utterance: id, atMs: this.#stage.queue.nowMs });
      if (words !== '' || !this.#button) this.#stage.dispatch({ type: 'user.commit' });
      else this.#stage.dispatch({ type: 'user.speech_dropped' });
      if (words !== '' && this.#button && this.#random.chance(0.15)) this.#pressAgain();
    });
  }

  /** The button bounces, or a finger slips: another press that is none. */
  #pressAgain(): void {
    this.#stage.queue.after(this.#random.int(5, 120), () => {
      if (this.#talking !== undefined || isCalm(this.#stage)) return;
      this.#stage.dispatch({ type: 'user.speech_started' });
      this.#stage.queue.after(this.#random.int(5, 150), () => {
        if (this.#talking === undefined) this.#stage.dispatch({ type: 'user.speech_dropped' });
      });
    });
  }
}
