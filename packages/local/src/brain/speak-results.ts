import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, JsonValue } from '@antiphon/core';
import type { BrainTool, BrainToolResult } from '../stages.ts';
import { defaultReply, failureOf, failureReply, refusalReply } from './default-reply.ts';
import type { Plan } from './dialogue.ts';
import { fillTemplate } from './templates.ts';

/** The sentences about tool results, and the plans that still wait for theirs. */
export interface SpokenResults {
  readonly text: string;
  readonly waiting: readonly Plan[];
}

/** Puts results into words: by the reply template of the intent that led to the call, else plainly. */
export function speakResults(
  results: readonly BrainToolResult[],
  plans: readonly Plan[],
  tools: readonly BrainTool[],
): SpokenResults {
  let waiting = plans;
  const sentences = results.map((result) => {
    const plan =
      waiting.find((one) => one.name === result.name && isDeepStrictEqual(one.arguments, result.arguments)) ??
      waiting.find((one) => one.name === result.name);
    waiting = waiting.filter((one) => one !== plan);
    return speakResult(result, plan, tools);
  });
  return { text: sentences.filter((one) => one !== '').join(' '), waiting };
}

function speakResult(result: BrainToolResult, plan: Plan | undefined, tools: readonly BrainTool[]): string {
  const failure = failureOf(result.output);
  if (failure !== undefined) return refusalReply(result.output) ?? failureReply(failure);
  if (isStarted(result.output)) return 'I am on it, and will tell you when it is done.';
  const template =
    plan?.reply ?? (plan === undefined ? (firstReply(result.name, tools) ?? result.reply) : undefined);
  const values: JsonObject = { ...plan?.defaults, ...result.arguments };
  const filled =
    template === undefined
      ? undefined
      : fillTemplate(template, { result: result.output, arguments: values, spoken: plan?.spoken ?? {} });
  return filled ?? defaultReply(result.output);
}

/** What a call gives at once whose tool works in the background. */
function isStarted(output: JsonValue): boolean {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return false;
  const { background, status } = output as JsonObject;
  return background === true && status === 'started';
}

function firstReply(name: string, tools: readonly BrainTool[]): string | undefined {
  const tool = tools.find((one) => one.name === name);
  return tool?.intents.find((intent) => intent.reply !== undefined)?.reply;
}
