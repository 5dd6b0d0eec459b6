import type { Brain, BrainContext, BrainReply, BrainTool, Embedder } from '../stages.ts';
import { takeAnswer } from './answer.ts';
import { consentOf } from './confirmation.ts';
import { advance, call, type Dialogue, idle, type Outcome, type Plan, say } from './dialogue.ts';
import { createIntentIndexCache, type IntentIndexCache } from './index-cache.ts';
import {
  type Draft,
  draftFromCatchAll,
  draftFromSentence,
  isReady,
  type PatternDraft,
  withBareAnswer,
} from './request.ts';
import { draftsFromNearHalves, draftsFromTurn } from './several-requests.ts';
import { isCancel, type SmallTalk, smallTalkOf } from './small-talk.ts';
import { speakResults } from './speak-results.ts';
import { tokenize } from './tokens.ts';
import type { Ranking } from './tool-index.ts';
import type { ToolModel } from './tool-model.ts';
import { createUtterance } from './utterance.ts';
import { abilitiesSentence, consentQuestion } from './wording.ts';

/** The brain of one conversation, from the intents, descriptions and schemas of its tools alone. */
export interface IntentBrain extends Brain {
  /** Compiles the tools and computes the embeddings of their examples ahead of the first turn. */
  prepare(tools: readonly BrainTool[], signal?: AbortSignal): Promise<void>;
}

/** What an intent brain is made with. */
export interface IntentBrainOptions {
  /** Finds the tool meant when no pattern matches; without one, likeness is by words only. */
  readonly embedder?: Embedder;
  /** Shared between the brains of an engine; its embedder is used, and `embedder` is not. */
  readonly indexes?: IntentIndexCache;
}

const maxPlans = 16;

/** Makes the brain of one conversation. */
export function createIntentBrain(options: IntentBrainOptions = {}): IntentBrain {
  const indexes = options.indexes ?? createIntentIndexCache(options.embedder);
  let dialogue: Dialogue = idle;
  let plans: readonly Plan[] = [];
  const settle = (outcome: Outcome): BrainReply => {
    dialogue = outcome.dialogue;
    plans = [...plans, ...outcome.plans].slice(-maxPlans);
    return outcome.reply;
  };
  return {
    prepare: (tools, signal) => indexes.prepare(tools, signal),
    respond: async (turn, context) => {
      if (turn.kind === 'tool_results') {
        const spoken = speakResults(turn.results, plans, context.tools);
        plans = spoken.waiting;
        return { kind: 'say', text: spoken.text };
      }
      return settle(await takeTurn({ text: turn.text, context, dialogue, indexes }));
    },
  };
}

interface UserTurn {
  readonly text: string;
  readonly context: BrainContext;
  readonly dialogue: Dialogue;
  readonly indexes: IntentIndexCache;
}

async function takeTurn(turn: UserTurn): Promise<Outcome> {
  const { text, context, dialogue } = turn;
  if (tokenize(text).length === 0) return say('Sorry, I did not hear that.', dialogue);
  const models = allowedModels(turn);
  if (context.toolChoice === 'none') return withoutTools(turn);
  const drafts = draftsFromTurn(models, text, context.now);
  const continued = continueDialogue(turn, { models, request: drafts[0] });
  return continued ?? takeRequest(turn, models, drafts);
}

/** The tools that may be called in this turn. */
function allowedModels({ context, indexes }: UserTurn): readonly ToolModel[] {
  const { models } = indexes.indexOf(context.tools);
  const choice = context.toolChoice;
  if (choice === 'none') return [];
  return typeof choice === 'object' ? models.filter((model) => model.tool.name === choice.name) : models;
}

interface Reading {
  readonly models: readonly ToolModel[];
  readonly request: PatternDraft | undefined;
}

/** Goes on with a question that is open; undefined when none is, or the user left it. */
function continueDialogue(
  { text, context, dialogue }: UserTurn,
  { models, request }: Reading,
): Outcome | undefined {
  if (dialogue.kind === 'idle') return undefined;
  const isOffered = models.some((model) => model.tool.name === dialogue.draft.model.tool.name);
  if (!isOffered) return undefined;
  if (dialogue.kind === 'asking') {
    return takeAnswer({ asking: dialogue, text, now: context.now, request });
  }
  return takeConsent(dialogue, text, request);
}

function takeConsent(
  confirming: Extract<Dialogue, { kind: 'confirming' }>,
  text: string,
  request: PatternDraft | undefined,
): Outcome | undefined {
  const consent = isCancel(text) ? 'no' : consentOf(text);
  if (consent === 'yes') return call([confirming.draft]);
  const isRequest = request !== undefined && request.match.weight >= 0.95;
  if (isRequest) return undefined;
  if (consent === 'no') return say('All right, I will not.');
  if (confirming.attempts > 0) return say('I take that as a no, so I have done nothing.');
  const question = consentQuestion(confirming.draft);
  return say(`Please say yes or no. ${question}`, { ...confirming, attempts: confirming.attempts + 1 });
}

/** A pattern of so few words is outvoted by an example of another tool that is this much above the threshold. */
const faintWeight = 0.95;
const outvotingMargin = 0.15;

async function takeRequest(
  turn: UserTurn,
  models: readonly ToolModel[],
  drafts: readonly PatternDraft[],
): Promise<Outcome> {
  const { text, context } = turn;
  const [first] = drafts;
  if (drafts.length > 1 && drafts.every((one) => isReady(one.draft)))
    return call(drafts.map((one) => one.draft));
  if (first !== undefined && first.match.weight >= faintWeight) return advance(first.draft);
  const talk = context.toolChoice === 'auto' ? smallTalkOf(text) : undefined;
  if (talk !== undefined && first === undefined) return say(smallTalkReply(talk, models));
  const rank = (part: string): Promise<Ranking> => rankAllowed({ ...turn, text: part }, models);
  const halves =
    first === undefined ? await draftsFromNearHalves(models, { text, now: context.now, rank }) : undefined;
  if (halves !== undefined) return call(halves);
  const ranking = await rank(text);
  const utterance = createUtterance(text, context.now);
  const [top] = ranking.scores;
  if (first !== undefined && !isOutvoted(first.draft, ranking)) return advance(first.draft);
  const isForced = context.toolChoice !== 'auto';
  if (top !== undefined && (isForced || top.score >= ranking.threshold)) {
    const draft = draftFromSentence(top.model, utterance);
    if (typeof context.toolChoice !== 'object') return advance(draft);
    return advance({ ...withBareAnswer(draft, utterance), needsConsent: false });
  }
  const catchAll = draftFromCatchAll(models, utterance);
  return catchAll === undefined ? say(notUnderstood(models)) : advance(catchAll);
}

async function rankAllowed(turn: UserTurn, models: readonly ToolModel[]): Promise<Ranking> {
  const { indexes, context, text } = turn;
  const utterance = createUtterance(text, context.now);
  const ranking = await indexes.indexOf(context.tools).rank(utterance, context.signal);
  return { ...ranking, scores: ranking.scores.filter((one) => models.includes(one.model)) };
}

function isOutvoted(draft: Draft, ranking: Ranking): boolean {
  const [top] = ranking.scores;
  return top !== undefined && top.model !== draft.model && top.score >= ranking.threshold + outvotingMargin;
}

function withoutTools({ text, context, indexes }: UserTurn): Outcome {
  const talk = smallTalkOf(text);
  const { models } = indexes.indexOf(context.tools);
  if (talk !== undefined && talk !== 'help') return say(smallTalkReply(talk, models));
  return say('Sorry, I cannot do that right now.');
}

function notUnderstood(models: readonly ToolModel[]): string {
  return ['I did not get that.', abilitiesSentence(models)].filter((part) => part !== '').join(' ');
}

function smallTalkReply(talk: SmallTalk, models: readonly ToolModel[]): string {
  const abilities = abilitiesSentence(models);
  switch (talk) {
    case 'greeting':
      return 'Hello! How can I help?';
    case 'thanks':
      return 'You are welcome.';
    case 'goodbye':
      return 'Goodbye!';
    case 'wellbeing':
      return 'I am here and listening. How can I help?';
    case 'help':
      return abilities === '' ? 'I am here to talk, but I have no tools to use.' : abilities;
    case 'refusal':
      return 'All right.';
    case 'assent':
      return `What would you like? ${abilities}`.trim();
  }
}
