import type { JsonObject } from '@antiphon/core';
import type { BrainCall, BrainReply } from '../stages.ts';
import type { Parameter } from './parameters.ts';
import { type Draft, openParameter } from './request.ts';
import { consentQuestion, questionFor } from './wording.ts';

/** What the brain waits for. */
export type Dialogue =
  | { readonly kind: 'idle' }
  /** The value of a parameter was asked for; `attempts` counts the answers that were no use. */
  | {
      readonly kind: 'asking';
      readonly draft: Draft;
      readonly parameter: Parameter;
      readonly attempts: number;
    }
  /** Consent was asked for exactly this call. */
  | { readonly kind: 'confirming'; readonly draft: Draft; readonly attempts: number };

/** A call that was made, kept until its result comes. */
export interface Plan {
  readonly name: string;
  readonly arguments: JsonObject;
  readonly spoken: Readonly<Record<string, string>>;
  readonly defaults: JsonObject;
  readonly reply?: string;
}

/** What to answer, and what to wait for after it. */
export interface Outcome {
  readonly reply: BrainReply;
  readonly dialogue: Dialogue;
  /** The calls just made. */
  readonly plans: readonly Plan[];
}

export const idle: Dialogue = { kind: 'idle' };

/** Says something and waits for nothing in particular. */
export function say(text: string, dialogue: Dialogue = idle): Outcome {
  return { reply: { kind: 'say', text }, dialogue, plans: [] };
}

/** Takes a draft as far as it goes: a question, a request for consent, or the call. */
export function advance(draft: Draft): Outcome {
  const open = openParameter(draft);
  if (open !== undefined) {
    if (open.type.kind === 'unsupported') {
      return say('Sorry, I cannot take all the details of that by voice.');
    }
    return say(askFor(draft, open), { kind: 'asking', draft, parameter: open, attempts: 0 });
  }
  if (draft.needsConsent) {
    return say(consentQuestion(draft), { kind: 'confirming', draft, attempts: 0 });
  }
  return call([draft]);
}

/** The question for a parameter, after what was wrong with the value that was said. */
export function askFor(draft: Draft, parameter: Parameter): string {
  const problem = draft.rejected[parameter.name] ?? '';
  return [problem, questionFor(parameter)].filter((part) => part !== '').join(' ');
}

/** Makes the calls of drafts that are ready. */
export function call(drafts: readonly Draft[]): Outcome {
  const calls: BrainCall[] = drafts.map((draft) => ({
    name: draft.model.tool.name,
    arguments: draft.arguments,
  }));
  return { reply: { kind: 'call', calls }, dialogue: idle, plans: drafts.map(planOf) };
}

function planOf(draft: Draft): Plan {
  const defaults = [...draft.model.parameters.values()].flatMap((one) =>
    one.defaultValue === undefined ? [] : [[one.name, one.defaultValue] as const],
  );
  const plan = {
    name: draft.model.tool.name,
    arguments: draft.arguments,
    spoken: draft.spoken,
    defaults: Object.fromEntries(defaults),
  };
  return draft.reply === undefined ? plan : { ...plan, reply: draft.reply };
}
