import type { Dialogue, Outcome } from './dialogue.ts';
import { advance, askFor, say } from './dialogue.ts';
import { findSlots } from './free-slots.ts';
import type { Parameter } from './parameters.ts';
import { type Draft, type PatternDraft, valuesOf, withSlots } from './request.ts';
import { readSlot, type SlotValue } from './slot-values.ts';
import { isCancel } from './small-talk.ts';
import { identifierWords, tokenize } from './tokens.ts';
import { createUtterance, type Utterance } from './utterance.ts';
import { isFiller } from './vocabulary.ts';

type Asking = Extract<Dialogue, { kind: 'asking' }>;

const maxAttempts = 2;

/** What the user said after being asked for a value, and what a fresh reading of it would give. */
export interface Answer {
  readonly asking: Asking;
  readonly text: string;
  readonly now: Date;
  /** The request the words would be if nothing had been asked, when they match a pattern. */
  readonly request: PatternDraft | undefined;
}

/**
 * Takes the answer to a question for a value.
 * @returns undefined when the user changed the subject: the turn is then a new request.
 */
export function takeAnswer({ asking, text, now, request }: Answer): Outcome | undefined {
  const { draft, parameter } = asking;
  if (isCancel(text)) return say('All right, never mind.');
  const utterance = createUtterance(text, now);
  const isAnything = parameter.type.kind === 'text' && parameter.type.text === 'content';
  const typed = parameter.type.kind === 'text' ? undefined : readWhole(parameter, utterance);
  if (typed?.ok === true) return advance(withRest(draft, parameter, { utterance, value: typed }));
  if (!isAnything && request !== undefined && request.match.weight >= 1)
    return takeRequest(draft, parameter, request);
  const value = typed ?? readWhole(parameter, utterance);
  const found = value?.ok === true ? value : (findInside(draft, parameter, utterance) ?? value);
  if (found?.ok === true) return advance(withRest(draft, parameter, { utterance, value: found }));
  if (isNewSubject(utterance, found)) return undefined;
  return askAgain(asking, found);
}

/** A full sentence in answer: of the same tool it completes what was said before, of another it is a new subject. */
function takeRequest(draft: Draft, parameter: Parameter, request: PatternDraft): Outcome | undefined {
  const isSameTool = request.draft.model.tool.name === draft.model.tool.name;
  if (!isSameTool || request.draft.spoken[parameter.name] === undefined) return undefined;
  const merged: Draft = {
    ...request.draft,
    arguments: { ...draft.arguments, ...request.draft.arguments },
    spoken: { ...draft.spoken, ...request.draft.spoken },
    needsConsent: draft.needsConsent || request.draft.needsConsent,
  };
  return advance(merged);
}

interface Given {
  readonly utterance: Utterance;
  readonly value: SlotValue;
}

/** The draft with the answer, and with what else of the open parameters was said along with it. */
function withRest(draft: Draft, parameter: Parameter, { utterance, value }: Given): Draft {
  const answered = withSlots(draft, new Map([[parameter.name, value]]));
  const isText = parameter.type.kind === 'text';
  if (isText) return answered;
  const known = new Set(Object.keys(answered.arguments));
  const spokenWords = new Set(tokenize(value.ok ? value.spoken : '').map((token) => token.norm));
  const used = new Set(
    [...utterance.tokens.entries()].filter(([, token]) => spokenWords.has(token.norm)).map(([at]) => at),
  );
  const rest = findSlots({ model: draft.model, utterance, known, used, scope: 'values' });
  return withSlots(answered, valuesOf(rest));
}

const answerOpenings = [
  'it is',
  'it is called',
  'this is',
  'that is',
  'that would be',
  'it would be',
  'make it',
  'make that',
  'let us say',
  'i said',
  'i mean',
  'i meant',
  'i would say',
  'i would like',
  'i want',
  'say',
  'to',
  'in',
  'for',
  'at',
  'on',
  'from',
  'of',
  'with',
  'about',
  'the',
  'is',
  'should be',
  'it should be',
  'try',
  'use',
  'my',
  'please',
  'oh',
  'yes',
  'okay',
  'sorry',
  'i think',
  'maybe',
  'perhaps',
  'probably',
  'just',
  'how about',
  'what about',
  'well',
  'tell',
]
  .map((phrase) => phrase.split(' '))
  .toSorted((a, b) => b.length - a.length);

/** Reads the whole answer, less words such as "it is" and "in", as the value. Undefined when nothing is left or it is too long. */
function readWhole(parameter: Parameter, utterance: Utterance): SlotValue | undefined {
  const { tokens } = utterance;
  const isContent = parameter.type.kind === 'text' && parameter.type.text === 'content';
  const from = answerStart(parameter, utterance);
  const to = tokens.length;
  if (from >= to) return undefined;
  if (parameter.type.kind === 'text' && !isContent && to - from > maxBareAnswer(parameter)) return undefined;
  const stripped = readSlot(parameter, utterance, { from, to });
  return stripped.ok || from === 0 ? stripped : readSlot(parameter, utterance, { from: 0, to });
}

function maxBareAnswer(parameter: Parameter): number {
  return parameter.type.kind === 'text' && parameter.type.text === 'subject' ? 12 : 5;
}

function answerStart(parameter: Parameter, { tokens }: Utterance): number {
  if (parameter.type.kind === 'text' && parameter.type.text === 'content')
    return contentStart(tokens.map((token) => token.norm));
  const names = new Set(identifierWords(parameter.name));
  let from = 0;
  for (;;) {
    const phrase = answerOpenings.find((words) => words.every((word, i) => tokens[from + i]?.norm === word));
    const word = tokens[from]?.norm ?? '';
    const isOwnName = names.has(word) && from + 1 < tokens.length;
    const length = phrase?.length ?? (isOwnName || isFiller(word) ? 1 : 0);
    if (length === 0 || from + length >= tokens.length) return from;
    from += length;
  }
}

/** "tell her that dinner is ready" → the words after "that"; else everything. */
function contentStart(words: readonly string[]): number {
  const that = words.indexOf('that');
  if (['tell', 'say', 'write'].includes(words[0] ?? '') && that > 0 && that <= 3 && that + 1 < words.length)
    return that + 1;
  return ['say', 'saying', 'that'].includes(words[0] ?? '') && words.length > 1 ? 1 : 0;
}

function findInside(draft: Draft, parameter: Parameter, utterance: Utterance): SlotValue | undefined {
  const others = [...draft.model.parameters.keys()].filter((name) => name !== parameter.name);
  const search = {
    model: draft.model,
    utterance,
    known: new Set(others),
    used: new Set<number>(),
    scope: 'all',
  } as const;
  return findSlots(search).get(parameter.name)?.value;
}

/** A long turn that holds nothing of what was asked for is about something else. */
function isNewSubject(utterance: Utterance, value: SlotValue | undefined): boolean {
  const isOutOfRange = value?.ok === false && value.problem !== '';
  return !isOutOfRange && utterance.tokens.length >= 4;
}

function askAgain(asking: Asking, value: SlotValue | undefined): Outcome {
  const attempts = asking.attempts + 1;
  if (attempts >= maxAttempts) return say('Sorry, I still did not get that. Let us leave it.');
  const problem = value?.ok === false ? value.problem : '';
  const draft = withSlots(asking.draft, new Map([[asking.parameter.name, { ok: false, problem }]]));
  const apology = problem === '' ? 'Sorry, I did not get that. ' : '';
  return say(`${apology}${askFor(draft, asking.parameter)}`, { ...asking, draft, attempts });
}
