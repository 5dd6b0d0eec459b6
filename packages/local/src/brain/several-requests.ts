import { type Draft, draftFromPatterns, draftFromSentence, isReady, type PatternDraft } from './request.ts';
import type { Token } from './token.ts';
import type { Ranking } from './tool-index.ts';
import type { ToolModel } from './tool-model.ts';
import { createUtterance, type Utterance } from './utterance.ts';

const maxParts = 3;

/**
 * Reads a turn that may hold several requests: "… and set a timer", or several sentences. Parts count only when each
 * matches a pattern and needs no question, and when together they explain more than the turn taken as one request.
 */
export function draftsFromTurn(
  models: readonly ToolModel[],
  text: string,
  now: Date,
): readonly PatternDraft[] {
  const utterance = createUtterance(text, now);
  const whole = draftFromPatterns(models, utterance);
  const parts = splitRequest({ models, text, now, depth: 1 });
  const weightOfParts = (parts ?? []).reduce((sum, part) => sum + part.match.weight, 0);
  if (parts !== undefined && weightOfParts >= (whole?.match.weight ?? 0) + 0.9) return parts;
  if (whole !== undefined) return [whole];
  const single = sentencesOf(utterance).map((sentence) =>
    draftFromPatterns(models, createUtterance(sentence, now)),
  );
  const [first] = single.filter((one) => one !== undefined);
  return first === undefined ? [] : [first];
}

interface SplitRequest {
  readonly models: readonly ToolModel[];
  readonly text: string;
  readonly now: Date;
  readonly depth: number;
}

function splitRequest({ models, text, now, depth }: SplitRequest): readonly PatternDraft[] | undefined {
  if (depth >= maxParts) return undefined;
  const { tokens } = createUtterance(text, now);
  for (const at of cutsOf(tokens)) {
    const [before, rest] = cutAt(text, tokens, at);
    const left = sureDraft(models, before, now);
    if (left === undefined || rest === '') continue;
    const right = sureDraft(models, rest, now);
    const more = splitRequest({ models, text: rest, now, depth: depth + 1 });
    if (more !== undefined) return [left, ...more];
    if (right !== undefined) return [left, right];
  }
  return undefined;
}

const maxCuts = 5;

/** Where a second request may begin: at "and" and "then", and at sentences. */
function cutsOf(tokens: readonly Token[]): readonly number[] {
  const cuts = [...tokens.entries()]
    .filter(([at, token]) => at > 0 && (token.norm === 'and' || token.norm === 'then' || token.opensSentence))
    .map(([at]) => at);
  return cuts.slice(0, maxCuts);
}

/** The text before the cut, and the text after it without the joining word; empty when nothing follows. */
function cutAt(text: string, tokens: readonly Token[], at: number): readonly [string, string] {
  const isJoiner = tokens[at]?.norm === 'and' || tokens[at]?.norm === 'then';
  const start = tokens[isJoiner ? at + 1 : at]?.start;
  return [text.slice(0, tokens[at - 1]?.end), start === undefined ? '' : text.slice(start)];
}

/** How far above the threshold an example must be to stand for one of two requests. */
const partMargin = 0.1;

/**
 * Two requests in one turn, of which one matches a pattern and the other is only near the examples of a tool without
 * effects. Both must need no question.
 */
export async function draftsFromNearHalves(
  models: readonly ToolModel[],
  { text, now, rank }: { text: string; now: Date; rank: (text: string) => Promise<Ranking> },
): Promise<readonly Draft[] | undefined> {
  const { tokens } = createUtterance(text, now);
  for (const at of cutsOf(tokens)) {
    const halves = cutAt(text, tokens, at);
    const sure = halves.map((half) => sureDraft(models, half, now)?.draft);
    if (halves[1] === '' || sure.every((draft) => draft === undefined)) continue;
    const drafts: Draft[] = [];
    for (const [index, half] of halves.entries()) {
      const draft = sure[index] ?? nearDraft(await rank(half), createUtterance(half, now));
      if (draft !== undefined) drafts.push(draft);
    }
    if (drafts.length === halves.length) return drafts;
  }
  return undefined;
}

function nearDraft({ scores, threshold }: Ranking, utterance: Utterance): Draft | undefined {
  const [top] = scores;
  if (top === undefined || top.score < threshold + partMargin || top.model.tool.effects !== 'none')
    return undefined;
  const draft = draftFromSentence(top.model, utterance);
  return isReady(draft) ? draft : undefined;
}

function sureDraft(models: readonly ToolModel[], text: string, now: Date): PatternDraft | undefined {
  const found = draftFromPatterns(models, createUtterance(text, now));
  return found !== undefined && found.match.weight >= 0.95 && isReady(found.draft) ? found : undefined;
}

function sentencesOf(utterance: Utterance): readonly string[] {
  const starts = [...utterance.tokens.entries()].filter(([, token]) => token.opensSentence).map(([at]) => at);
  if (starts.length < 2) return [];
  return starts.slice(0, 6).map((from, index) => {
    const to = starts[index + 1] ?? utterance.tokens.length;
    return utterance.text.slice(utterance.tokens[from]?.start, utterance.tokens[to - 1]?.end);
  });
}
