import type { JsonObject } from '@antiphon/core';

/** A function that the model calls. */
export interface ModelCall {
  readonly name: string;
  /** A value, or a JSON text that may be malformed; `{}` unless told. */
  readonly arguments?: JsonObject | string;
  /** Made up unless told. */
  readonly callId?: string;
}

/** A call of a tool that the server makes itself. */
export interface ModelHostedCall {
  /** The label of the server of tools. */
  readonly server: string;
  readonly name: string;
  readonly arguments?: JsonObject;
  readonly output?: string;
  /** It fails, with these words. */
  readonly error?: string;
  /** How long it takes; 20 unless told. */
  readonly ms?: number;
  /** The server asks whether it may make it, and makes it when the response is over and it may. */
  readonly asks?: true;
}

/** How long something is said or thought about. */
export interface ModelTiming {
  /** Length of the sound; by the number of words unless told. */
  readonly ms?: number;
  /** Time before the first delta; the model's unless told. */
  readonly thinkMs?: number;
  /** How fast it is made, in times of real time; the model's unless told. */
  readonly pace?: number;
}

/** What comes of one response: speech or text first, then calls. */
export interface ModelAnswer extends ModelTiming {
  readonly says?: string;
  readonly types?: string;
  readonly calls?: readonly ModelCall[];
  /** Calls that the server makes itself, before those. */
  readonly hosted?: readonly ModelHostedCall[];
  /** What is said in the same response when those have ended. */
  readonly thenSays?: string;
  /** The response ends `failed`, before anything else comes. */
  readonly fails?: { readonly code: string; readonly type?: string; readonly message?: string };
  /** The response ends `incomplete`; all that it said came. */
  readonly incomplete?: 'max_output_tokens' | 'content_filter';
  /** Nothing comes after `response.created`, ever. */
  readonly hangs?: true;
}

/** What the model knows as it answers. */
export interface ModelContext {
  /** What the user said or typed last. */
  readonly said: string;
  /** Which turn of the user this answers, from 1, over all connections. */
  readonly turn: number;
  /** The calls whose outputs nobody has talked about, by name. */
  readonly outputs: readonly { readonly name: string; readonly output: string }[];
  /** Of the response; of the session when it has none. */
  readonly instructions: string;
}

/** When a rule applies: all members given must fit. */
export interface ModelCondition {
  /** The user's last words hold this. */
  readonly said?: string | RegExp;
  readonly turn?: number;
  /** A function of this name was answered since the last response. */
  readonly output?: string | RegExp;
  readonly instructions?: string | RegExp;
}

/** An answer, or how one is found. */
export type ModelAnswerSource = ModelAnswer | ((context: ModelContext) => ModelAnswer);

/** One line of the model's script. */
interface Rule {
  readonly condition: ModelCondition;
  readonly answer: ModelAnswerSource;
  /** How often it applies any more. */
  left: number;
}

/** The script of a model: the first rule that fits decides. */
export class AnswerBook {
  readonly #rules: Rule[] = [];

  add(condition: ModelCondition, answer: ModelAnswerSource, times = Number.POSITIVE_INFINITY): void {
    this.#rules.push({ condition, answer, left: times });
  }

  answerTo(context: ModelContext): ModelAnswer {
    const rule = this.#rules.find(({ condition, left }) => left > 0 && applies(condition, context));
    if (rule === undefined) {
      return { says: 'All right.' };
    }
    rule.left--;
    return typeof rule.answer === 'function' ? rule.answer(context) : rule.answer;
  }
}

function applies({ said, turn, output, instructions }: ModelCondition, context: ModelContext): boolean {
  return (
    (said === undefined || fits(said, context.said)) &&
    (turn === undefined || turn === context.turn) &&
    (output === undefined || context.outputs.some(({ name }) => fits(output, name))) &&
    (instructions === undefined || fits(instructions, context.instructions))
  );
}

function fits(wanted: string | RegExp, text: string): boolean {
  return typeof wanted === 'string'
    ? text.toLowerCase().includes(wanted.toLowerCase())
    : new RegExp(wanted.source, wanted.flags.replace('g', '')).test(text);
}
