import { spokenForms } from './choices.ts';
import type { Parameter } from './parameters.ts';
import { joinList } from './templates.ts';
import { identifierWords } from './tokens.ts';
import type { ToolModel } from './tool-model.ts';

const baseForms: Readonly<Record<string, string>> = {
  gets: 'get',
  returns: 'tell you',
  return: 'tell you',
  fetches: 'get',
  fetch: 'get',
  retrieves: 'get',
  retrieve: 'get',
  sets: 'set',
  starts: 'start',
  sends: 'send',
  plays: 'play',
  turns: 'turn',
  switches: 'switch',
  looks: 'look',
  finds: 'find',
  searches: 'search',
  tells: 'tell you',
  calculates: 'calculate',
  computes: 'compute',
  evaluates: 'evaluate',
  checks: 'check',
  transfers: 'transfer you',
  transfer: 'transfer you',
  creates: 'create',
  adds: 'add',
  removes: 'remove',
  deletes: 'delete',
  books: 'book',
  reserves: 'reserve',
  cancels: 'cancel',
  lists: 'list',
  shows: 'show',
  gives: 'give',
  converts: 'convert',
  translates: 'translate',
  opens: 'open',
  closes: 'close',
  controls: 'control',
  updates: 'update',
  orders: 'order',
  reads: 'read',
  stops: 'stop',
  schedules: 'schedule',
  connects: 'connect',
  tell: 'tell you',
  pays: 'pay',
  calls: 'call',
  reports: 'report',
  provides: 'give',
  provide: 'give',
  counts: 'count',
  measures: 'measure',
  rolls: 'roll',
  saves: 'save',
};
const plainVerbs = new Set(
  (
    'get set start send play turn switch look find search calculate compute evaluate check create add remove delete book reserve cancel ' +
    'list show give convert translate open close control update order read stop schedule connect pay call report count measure roll save ' +
    'make put move change increase decrease raise lower dim lock unlock track pick choose record write ask answer help do run say ' +
    'work tell remind buy sell rent hire draw print plan estimate compare explain describe define summarise summarize pause resume skip ' +
    'enable disable activate arm disarm register log submit file upload download import export invite assign share block transfer'
  ).split(' '),
);

/** What a tool does, after "I can": from its description, else from its name. */
export function abilityOf(model: ToolModel): string {
  const sentence = model.tool.description.split(/[.;:\n(]|, (?:e\.g|such|including|in)\b/)[0]?.trim() ?? '';
  const words = sentence
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 14);
  const [first = '', ...rest] = words;
  const verb = first.toLowerCase();
  const base = Object.hasOwn(baseForms, verb) ? baseForms[verb] : plainVerbs.has(verb) ? verb : undefined;
  if (base !== undefined) return withoutStutter([base, ...rest].join(' '));
  const nameWords = identifierWords(model.tool.name);
  if (words.length > 0) return `help with ${lowerFirst(words.join(' '))}`;
  return plainVerbs.has(nameWords[0] ?? '') ? nameWords.join(' ') : `help with ${nameWords.join(' ')}`;
}

function withoutStutter(text: string): string {
  return text
    .replace(/^(tell you|transfer you) (you |the user |the caller |the customer |a user )/i, '$1 ')
    .replace(/\b(the|a) (user|caller|customer)\b/gi, 'you');
}

function lowerFirst(text: string): string {
  return /^\p{Lu}\p{Lu}/u.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

const maxAbilities = 4;

/** "I can tell the time, set a timer and play music." Empty without tools. */
export function abilitiesSentence(models: readonly ToolModel[]): string {
  const abilities = [...new Set(models.map(abilityOf))];
  if (abilities.length === 0) return '';
  const shown = abilities.slice(0, maxAbilities);
  return `I can ${joinList(shown)}${abilities.length > shown.length ? ', among other things' : ''}.`;
}

/** Asks for the value of a parameter. */
export function questionFor(parameter: Parameter): string {
  const { type } = parameter;
  if (/\?\s*$/.test(parameter.description)) return parameter.description.trim();
  const asked = askedByDescription(parameter);
  if (asked !== undefined) return asked;
  const noun = nounFor(parameter);
  switch (type.kind) {
    case 'choice': {
      const options = joinList(type.values.slice(0, 8).map(spokenOption), 'or');
      return `${prepositions.has(noun) ? `${capitalised(noun)} what` : `Which ${noun}`}: ${options}?`;
    }
    case 'boolean':
      return `Should I set ${noun} to yes or no?`;
    case 'duration':
    case 'iso-duration':
      return 'For how long?';
    case 'moment':
      return type.format === 'date' ? `What is the ${noun}?` : 'At what time?';
    case 'expression':
      return 'What should I calculate?';
    case 'text':
      if (type.text === 'person') return `Who is the ${noun}?`;
      if (type.text === 'content') return `What should the ${noun} say?`;
      if (type.text === 'place') return `Which ${noun}?`;
      return `What is the ${noun}?`;
    case 'number':
      return numberQuestion(noun);
    default:
      return `What is the ${noun}?`;
  }
}

const prepositions = new Set(['from', 'to', 'in', 'at', 'on', 'with', 'for', 'by', 'into']);

function spokenOption(value: string | number | boolean): string {
  const text = String(value);
  return /^\p{Lu}+$/u.test(text) ? text : (spokenForms(value)[0] ?? text);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "How many guests?" for what is counted, "What is the level?" else. */
function numberQuestion(noun: string): string {
  const counted = /^(?:number|count|amount) of (?:the )?(.+)$/i.exec(noun)?.[1];
  if (counted !== undefined) return `How many ${counted}?`;
  return /^\S+[^s\s]s$/.test(noun) ? `How many ${noun}?` : `What is the ${noun}?`;
}

/** Descriptions that are half a question already: "Who gets the message", "What to play". */
function askedByDescription({ description, type }: Parameter): string | undefined {
  if (type.kind === 'choice' || type.kind === 'boolean') return undefined;
  const [first = ''] = description.split(/[.,;:(]/);
  const who = /^who (\w+s\b.*)$/i.exec(first.trim());
  if (who !== null) return `Who ${who[1]}?`;
  const what = /^(what|where|when|who|whom|how long) to (.+)$/i.exec(first.trim());
  return what === null ? undefined : `${what[1]} should I ${what[2]}?`;
}

/** What to call a parameter: a short description, else the words of its name. */
function nounFor(parameter: Parameter): string {
  const name = identifierWords(parameter.name).join(' ');
  const described = parameter.description
    .split(/[.,;:(\n]/)[0]
    ?.trim()
    .replace(/^(the|a|an) /i, '')
    .replace(/^name of (the|a|an) /i, '')
    .replace(/^(\w+) name$/i, '$1');
  const { type } = parameter;
  const isContent = type.kind === 'text' && type.text === 'content';
  const count = described?.split(/\s+/).length ?? 0;
  const isQuestion = questionWords.has(described?.split(/\s+/)[0]?.toLowerCase() ?? '');
  if (described === undefined || described === '' || count > 6 || isQuestion) return name;
  if ((isContent || type.kind === 'choice') && count > 2) return name;
  if (type.kind === 'text' && type.text === 'place' && count > 2) return name;
  return lowerFirst(described);
}

const questionWords = new Set(
  'what which who where when how why is are do does did will can could would'.split(' '),
);

/** The values a question of consent must name. */
export interface Intended {
  readonly model: ToolModel;
  readonly spoken: Readonly<Record<string, string>>;
}

/** "Shall I send a message to Susan saying happy birthday?": from a pattern of the tool when one is an order. */
export function consentQuestion({ model, spoken }: Intended): string {
  const wanted = Object.keys(spoken).toSorted().join(' ');
  for (const pattern of model.patterns) {
    const order = orderFrom(pattern.node, spoken);
    if (order.slots.toSorted().join(' ') !== wanted) continue;
    const first = order.words[0] ?? '';
    if (order.words.length > 1 && !questionWords.has(first) && (plainVerbs.has(first) || !('i' === first))) {
      return `Shall I ${order.words.join(' ')}?`;
    }
  }
  const details = Object.entries(spoken).map(
    ([name, value]) => `${identifierWords(name).join(' ')} ${value}`,
  );
  const ability = abilityOf(model).replace(/^help with/, 'go ahead with');
  return `Shall I ${ability}${details.length === 0 ? '' : `: ${joinList(details)}`}?`;
}

interface Order {
  readonly words: string[];
  readonly slots: string[];
}

/** One way of saying a pattern: the first alternatives, and those optionals whose slots have values. */
function orderFrom(
  node: ToolModel['patterns'][number]['node'],
  spoken: Readonly<Record<string, string>>,
): Order {
  switch (node.kind) {
    case 'word':
      return { words: [node.word], slots: [] };
    case 'slot': {
      const value = spoken[node.name];
      return { words: value === undefined ? [] : [value], slots: [node.name] };
    }
    case 'choice': {
      const [first] = node.options;
      return first === undefined ? { words: [], slots: [] } : orderFrom(first, spoken);
    }
    case 'optional': {
      const inner = orderFrom(node.item, spoken);
      const isWanted = inner.slots.length > 0 && inner.slots.every((name) => spoken[name] !== undefined);
      const isPhrase = inner.slots.length === 0 && inner.words.length > 1;
      return isWanted || isPhrase ? inner : { words: [], slots: [] };
    }
    case 'sequence': {
      const parts = node.items.map((item) => orderFrom(item, spoken));
      return { words: parts.flatMap((part) => part.words), slots: parts.flatMap((part) => part.slots) };
    }
  }
}
