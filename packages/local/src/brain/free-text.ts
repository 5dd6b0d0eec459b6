import type { Parameter, TextKind } from './parameters.ts';
import type { FoundSlot, SlotSearch } from './slot-search.ts';
import { readSlot } from './slot-values.ts';
import type { Span } from './token.ts';
import { identifierWords, tokenize } from './tokens.ts';
import { isConnector, isContentWord, isTimeWord, wordWeight } from './vocabulary.ts';

const usualLeads: Readonly<Record<TextKind, readonly string[]>> = {
  place: ['in', 'at', 'for', 'near', 'to', 'from', 'of'],
  person: ['to', 'with', 'for'],
  code: ['number', 'id', 'code', 'reference', 'account', 'order'],
  content: ['saying', 'says', 'that', 'say', 'reading'],
  subject: ['about', 'called', 'named', 'for'],
};

const tellingVerbs = new Set(
  'tell text message email ask call ping notify remind shoot send write drop invite give phone ring'.split(
    ' ',
  ),
);
const notNames = new Set(
  (
    'a an the it that this me my some any you us him them message text email note call what when where how is are was if ' +
    'and or to for in at on with by from i he she we they your our its as so least all once case order general home day night'
  ).split(' '),
);
const maxNameTokens = 4;

/** A name or code: after its lead word or a telling verb, else a run of capitalised words inside the sentence. */
export function findNameText(parameter: Parameter, search: SlotSearch): FoundSlot | undefined {
  if (parameter.type.kind !== 'text') return undefined;
  const kind = parameter.type.text;
  const leads = leadWords(parameter, search, kind);
  const candidates: Span[] = [];
  for (let at = 0; at < search.utterance.tokens.length; at += 1) {
    const word = search.utterance.tokens[at]?.norm ?? '';
    const isLead = leads.has(word) || (kind === 'person' && tellingVerbs.has(word));
    const span = isLead ? nameAfter(search, at + 1, kind) : undefined;
    if (span !== undefined) candidates.push(span);
  }
  if (kind === 'code') candidates.push(...codeSpans(search));
  else candidates.push(...capitalRuns(search));
  const capital = candidates.find((span) => hasCapital(search, span));
  const chosen = capital ?? (isSentenceCased(search) && kind === 'place' ? undefined : candidates[0]);
  return chosen && read(parameter, search, chosen);
}

function read(parameter: Parameter, search: SlotSearch, span: Span): FoundSlot | undefined {
  const value = readSlot(parameter, search.utterance, span);
  return value.ok || value.problem !== '' ? { span, value } : undefined;
}

function leadWords(parameter: Parameter, search: SlotSearch, kind: TextKind): ReadonlySet<string> {
  const own = [...(search.model.leads.get(parameter.name) ?? [])];
  const words = identifierWords(parameter.name);
  if (words.includes('from') || words.includes('origin')) return new Set(['from']);
  if (words.includes('destination') || words.includes('to')) return new Set(['to', ...own]);
  return new Set([...own, ...usualLeads[kind]]);
}

function nameAfter(search: SlotSearch, from: number, kind: TextKind): Span | undefined {
  const { tokens } = search.utterance;
  if (kind === 'code') return codeSpans(search).find((span) => span.from === from);
  let to = from;
  while (to < Math.min(tokens.length, search.utterance.body.to) && to - from < maxNameTokens) {
    const token = tokens[to];
    if (token === undefined || search.used.has(to) || token.number !== undefined) break;
    if (to > from && token.clause !== tokens[to - 1]?.clause) break;
    const isMine = kind === 'person' && to === from && ['my', 'our'].includes(token.norm);
    const joinsName =
      kind === 'place' &&
      to > from &&
      ['of', 'la', 'the'].includes(token.norm) &&
      isContentWord(tokens[to + 1]?.norm ?? 'a');
    if (
      !isMine &&
      !joinsName &&
      (notNames.has(token.norm) || isTimeWord(token.norm) || wordWeight(token.norm) < 1)
    )
      break;
    to += 1;
    if (kind === 'person' && !isMine && !isCapital(search, to)) break;
  }
  return to > from && isContentWord(tokens[to - 1]?.norm ?? 'a') ? { from, to } : undefined;
}

function codeSpans(search: SlotSearch): readonly Span[] {
  const { tokens } = search.utterance;
  const spans: Span[] = [];
  for (let from = 0; from < tokens.length; from += 1) {
    let to = from;
    while (to < tokens.length && isCodeToken(search, to) && !search.used.has(to)) to += 1;
    const hasDigit = tokens.slice(from, to).some((token) => /\d/.test(token.norm));
    const isArticle = tokens[from]?.norm === 'a' || tokens[from]?.norm === 'i';
    if (hasDigit && !(isArticle && to - from > 1)) {
      spans.push({ from, to });
      from = to;
    }
  }
  return spans;
}

/** A letter, something with a digit in it, or a few capitals: "BA 249". */
function isCodeToken(search: SlotSearch, at: number): boolean {
  const token = search.utterance.tokens[at];
  if (token === undefined) return false;
  const raw = search.utterance.text.slice(token.start, token.end);
  return /^([a-z]|\w*\d\w*)$/.test(token.norm) || /^\p{Lu}{2,3}$/u.test(raw);
}

function isCapital(search: SlotSearch, at: number): boolean {
  const token = search.utterance.tokens[at];
  return token !== undefined && /\p{Lu}/u.test(search.utterance.text.charAt(token.start));
}

function hasCapital(search: SlotSearch, span: Span): boolean {
  return isCapital(search, span.from) || isCapital(search, span.to - 1);
}

/** Written as sentences: a name that is meant would have a capital. */
function isSentenceCased(search: SlotSearch): boolean {
  const first = search.utterance.tokens[0];
  return first !== undefined && /\p{Lu}/u.test(search.utterance.text.charAt(first.start));
}

function capitalRuns(search: SlotSearch): readonly Span[] {
  const { tokens } = search.utterance;
  const spans: Span[] = [];
  for (let from = 0; from < tokens.length; from += 1) {
    let to = from;
    while (to < tokens.length && isName(search, to)) to += 1;
    if (to > from) spans.push({ from, to });
    from = Math.max(from, to);
  }
  return spans;
}

function isName(search: SlotSearch, at: number): boolean {
  const token = search.utterance.tokens[at];
  if (token === undefined || token.opensSentence || search.used.has(at)) return false;
  return (
    isCapital(search, at) && token.norm.length > 1 && !isTimeWord(token.norm) && !notNames.has(token.norm)
  );
}

/** Free text: all that follows its lead word, else what is left of the sentence when the tool's own words are gone. */
export function findText(parameter: Parameter, search: SlotSearch): FoundSlot | undefined {
  if (parameter.type.kind !== 'text') return undefined;
  const kind = parameter.type.text;
  const { tokens } = search.utterance;
  const leads = [...leadWords(parameter, search, kind)].filter((word) => !tellingVerbs.has(word));
  const at = tokens.findIndex(
    (token, i) => leads.includes(token.norm) && !search.used.has(i) && isFreeAfter(search, i + 1),
  );
  if (at >= 0) {
    if (kind === 'content') return read(parameter, search, { from: at + 1, to: tokens.length });
    return read(parameter, search, withoutLooseEnds(search, { from: at + 1, to: endOfFree(search, at + 1) }));
  }
  if (!parameter.isRequired) return undefined;
  const rest = kind === 'content' ? restAfterName(search) : leftover(search);
  return rest && read(parameter, search, rest);
}

/** Leaves out words at the ends that only lead to or from the text: "me … in". */
function withoutLooseEnds(search: SlotSearch, span: Span): Span {
  const { tokens } = search.utterance;
  let { from, to } = span;
  while (to - from > 1 && ['me', 'us', 'a', 'an', 'some'].includes(tokens[from]?.norm ?? '')) from += 1;
  while (to - from > 1 && isConnector(tokens[to - 1]?.norm ?? '')) to -= 1;
  return { from, to };
}

function isFreeAfter(search: SlotSearch, at: number): boolean {
  return at < search.utterance.tokens.length && !search.used.has(at);
}

function endOfFree(search: SlotSearch, from: number): number {
  let to = from;
  while (isFreeAfter(search, to)) to += 1;
  return to;
}

/** "text Susan [happy birthday]": what follows the last name that was taken. */
function restAfterName(search: SlotSearch): Span | undefined {
  const from = Math.max(-1, ...search.used) + 1;
  const { tokens } = search.utterance;
  if (from === 0 || from >= tokens.length) return undefined;
  let start = from;
  while (start < tokens.length && ['that', 'to', 'a', 'message', 'text'].includes(tokens[start]?.norm ?? ''))
    start += 1;
  return start < tokens.length ? { from: start, to: tokens.length } : undefined;
}

const commandWords = new Set(
  (
    'start put play show find give tell search look make get want hear listen turn set switch open run do see know need check ' +
    'add create buy order go please can could would let have help'
  ).split(' '),
);

/** The longest run of words that neither ask nor belong to the tool's own vocabulary. */
function leftover(search: SlotSearch): Span | undefined {
  const { tokens } = search.utterance;
  const own = new Set(
    search.model.patterns.length === 0
      ? identifierWords(search.model.tool.name)
      : tokenize(search.model.tool.name.replaceAll('_', ' ')).map((t) => t.norm),
  );
  let best: Span | undefined;
  for (let from = 0; from < tokens.length; from += 1) {
    let to = from;
    while (
      to < tokens.length &&
      !search.used.has(to) &&
      !(commandWords.has(tokens[to]?.norm ?? '') && to === from)
    )
      to += 1;
    const trimmed = trimmedSpan(search, { from, to }, own);
    if (trimmed !== undefined && trimmed.to - trimmed.from > (best === undefined ? 0 : best.to - best.from))
      best = trimmed;
  }
  return best;
}

function trimmedSpan(search: SlotSearch, span: Span, own: ReadonlySet<string>): Span | undefined {
  const { tokens } = search.utterance;
  const isIdle = (at: number): boolean => {
    const word = tokens[at]?.norm ?? '';
    return !isContentWord(word) || commandWords.has(word) || own.has(word);
  };
  let { from, to } = span;
  while (from < to && isIdle(from)) from += 1;
  while (to > from && isIdle(to - 1)) to -= 1;
  return to > from ? { from, to } : undefined;
}
