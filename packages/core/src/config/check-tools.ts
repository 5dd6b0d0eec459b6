import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import type { CheckContext } from './check-context.ts';
import { keyOffsetOf, nodeAt, offsetOf } from './config-node.ts';
import { describe } from './explain-issues.ts';
import { checkIntentPattern } from './intent-pattern.ts';
import { parameterNames, parametersToJsonSchema } from './parameters.ts';
import { type ConfigPath, type Finding, finding, pathText, shorten } from './problem.ts';
import { offsetInScalar } from './resolve-variables.ts';
import { nameAdvice } from './suggest.ts';
import { parseTemplate } from './text-slots.ts';
import { toolKinds } from './tool-config.ts';

/** Checks what a tool without code says of itself: its kind, schema, templates, patterns, keys of a repeat. */
export function checkTools(context: CheckContext): readonly Finding[] {
  const tools = context.value['tools'];
  if (!isJsonObject(tools)) return [];
  return Object.entries(tools).flatMap(([name, tool]) =>
    isJsonObject(tool) ? checkTool(tool, ['tools', name], context) : [],
  );
}

function checkTool(tool: JsonObject, path: ConfigPath, context: CheckContext): readonly Finding[] {
  const kinds = checkKinds(tool, path, context);
  const parameters = 'parameters' in tool ? tool['parameters'] : {};
  if (!isJsonObject(parameters)) return kinds;
  const names = parameterNames(parameters);
  const check: ToolCheck = { context, names };
  return [
    ...kinds,
    ...checkParameters(parameters, [...path, 'parameters'], context),
    ...checkHttp(tool['http'], [...path, 'http'], check),
    ...checkCommand(tool['command'], [...path, 'command'], check),
    ...checkPrompt(tool['agent'], [...path, 'agent', 'prompt'], check),
    ...checkRepeatKeys(tool['idempotent_by'], [...path, 'idempotent_by'], check),
    ...checkConfirm(tool['confirm'], [...path, 'confirm'], check),
    ...checkIntents(tool['intents'], [...path, 'intents'], check),
  ];
}

/** A tool does one thing: a second kind is reported at its key. */
function checkKinds(tool: JsonObject, path: ConfigPath, { root }: CheckContext): readonly Finding[] {
  const [first, second] = toolKinds.filter((kind) => tool[kind] !== undefined);
  if (first === undefined) {
    const data = { place: pathText(path), key: toolKinds.join(' or '), example: 'http: { url: … }' };
    const at = [...path, toolKinds[0]];
    return [finding({ offset: offsetOf(root, at), path: at }, 'config.missing_key', data)];
  }
  if (second === undefined) return [];
  const at = [...path, second];
  const data = { place: pathText(path), first, second };
  return [finding({ offset: keyOffsetOf(root, at), path: at }, 'config.second_kind', data)];
}

interface ToolCheck {
  readonly context: CheckContext;
  /** The parameters of the tool. */
  readonly names: readonly string[];
}

function checkParameters(
  parameters: JsonObject,
  path: ConfigPath,
  { root }: CheckContext,
): readonly Finding[] {
  const result = parametersToJsonSchema(parameters);
  if (result.ok) return [];
  return result.problems.map((problem) => {
    const at = [...path, ...problem.path];
    const { advice } = problem;
    switch (problem.kind) {
      case 'unknown_keyword':
        return finding({ offset: keyOffsetOf(root, at), path: at }, 'config.unknown_key', {
          key: shorten(String(at.at(-1)), 60),
          place: pathText(at.slice(0, -1)),
          advice,
        });
      case 'missing_type':
        return finding({ offset: keyOffsetOf(root, at), path: at }, 'config.missing_key', {
          place: pathText(at),
          key: 'type',
          example: advice,
        });
      case 'wrong_value':
        return finding({ offset: offsetOf(root, at), path: at }, 'config.wrong_value', {
          place: pathText(at),
          got: describe(root, at),
          expected: problem.expected,
          advice,
        });
    }
  });
}

function checkHttp(http: JsonValue | undefined, path: ConfigPath, check: ToolCheck): readonly Finding[] {
  if (!isJsonObject(http)) return [];
  return [
    ...checkUrl(http, [...path, 'url'], check.context),
    ...['url', 'query', 'headers', 'body', 'form'].flatMap((key) =>
      checkTemplates(http[key], [...path, key], check),
    ),
  ];
}

const httpUrl = /^https?:\/\/[^\s/?#{}]+(?:[/?#]|$)/i;
const filledHost = /^(?:https?:\/\/[^/?#]*)?\{\{/i;

/** A slot in the host lets the caller choose the server, so the hosts that may be chosen must be told. */
function checkUrl(http: JsonObject, path: ConfigPath, context: CheckContext): readonly Finding[] {
  const { url, allow } = http;
  if (typeof url !== 'string' || url === '' || httpUrl.test(url) || !context.isSettled(path)) return [];
  const isAllowed = Array.isArray(allow) && allow.length > 0;
  if (filledHost.test(url) && isAllowed) return [];
  const reason = filledHost.test(url)
    ? 'its host holds a slot, and allow does not say which hosts there may be'
    : /^https?:/i.test(url)
      ? 'its host is missing or malformed'
      : 'it does not start with http:// or https://';
  const data = { place: pathText(path), reason, example: 'https://api.example.com/weather' };
  return [finding({ offset: offsetOf(context.root, path), path }, 'config.bad_url', data)];
}

/** The program is the author's choice; its arguments may hold slots. */
function checkCommand(
  command: JsonValue | undefined,
  path: ConfigPath,
  check: ToolCheck,
): readonly Finding[] {
  const run = isJsonObject(command) ? command['run'] : undefined;
  if (!Array.isArray(run)) return [];
  const at = [...path, 'run', 0];
  if (typeof run[0] !== 'string' || !run[0].includes('{{')) {
    return checkTemplates(run, [...path, 'run'], check);
  }
  const { root } = check.context;
  const data = {
    place: pathText(at),
    got: describe(root, at),
    expected: 'the name of a program',
    advice: 'Slots may stand in the arguments only.',
  };
  return [finding({ offset: offsetOf(root, at), path: at }, 'config.wrong_value', data)];
}

/** The user is asked in words of the parameters; the application is not asked in words. */
function checkConfirm(
  confirm: JsonValue | undefined,
  path: ConfigPath,
  check: ToolCheck,
): readonly Finding[] {
  if (!isJsonObject(confirm) || confirm['say'] === undefined) return [];
  const at = [...path, 'say'];
  if (confirm['by'] !== 'app') return checkTemplate(at, check, []);
  const { root } = check.context;
  const data = {
    place: pathText(at),
    got: describe(root, at),
    expected: 'nothing, since the application is asked by an event',
    advice: 'Remove it, or write "by: spoken".',
  };
  return [finding({ offset: keyOffsetOf(root, at), path: at }, 'config.wrong_value', data)];
}

/** What another agent is asked. */
function checkPrompt(agent: JsonValue | undefined, path: ConfigPath, check: ToolCheck): readonly Finding[] {
  return isJsonObject(agent) ? checkTemplates(agent['prompt'], path, check) : [];
}

function checkTemplates(
  value: JsonValue | undefined,
  path: ConfigPath,
  check: ToolCheck,
): readonly Finding[] {
  if (typeof value === 'string') return checkTemplate(path, check, ['caller']);
  if (Array.isArray(value)) {
    return value.flatMap((item: JsonValue, index) => checkTemplates(item, [...path, index], check));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => checkTemplates(each, [...path, key], check));
}

/** Checks the slots of the text as the file has it; what variables bring in is taken literally. */
function checkTemplate(path: ConfigPath, check: ToolCheck, further: readonly string[]): readonly Finding[] {
  const { context } = check;
  const node = nodeAt(context.root, path);
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return [];
  const template = parseTemplate(node.value);
  const placeOf = (index: number) => ({ offset: offsetInScalar(node, index, context.source), path });
  if (!template.ok) {
    const data = { place: pathText(path), reason: shorten(template.reason, 100), example: '{{name}}' };
    return [finding(placeOf(template.index), 'config.bad_template', data)];
  }
  return firstOfEach(template.slots, ({ root }) => root)
    .filter(({ root }) => !check.names.includes(root) && !further.includes(root))
    .map(({ root, index }) => unknownParameter(root, placeOf(index), check, further));
}

function unknownParameter(
  name: string,
  place: { offset: number; path: ConfigPath },
  { names }: ToolCheck,
  further: readonly string[] = [],
): Finding {
  return finding(place, 'config.unknown_parameter', () => {
    const choices = [...names, ...further];
    const otherwise =
      choices.length === 0
        ? 'Declare it under parameters.'
        : `Use one of ${choices.join(', ')}, or declare it under parameters.`;
    const advice = nameAdvice(name, choices, otherwise);
    return { place: pathText(place.path), name: shorten(name, 64), advice };
  });
}

function checkRepeatKeys(
  value: JsonValue | undefined,
  path: ConfigPath,
  check: ToolCheck,
): readonly Finding[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((name: JsonValue, index) => {
    const at = [...path, index];
    if (typeof name !== 'string' || check.names.includes(name) || !check.context.isSettled(at)) return [];
    return [unknownParameter(name, { offset: offsetOf(check.context.root, at), path: at }, check)];
  });
}

function checkIntents(value: JsonValue | undefined, path: ConfigPath, check: ToolCheck): readonly Finding[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((intent: JsonValue, index) => {
    if (!isJsonObject(intent)) return [];
    const match = intent['match'];
    const patterns = Array.isArray(match) ? match : [];
    return [
      ...patterns.flatMap((_, nth) => checkPattern([...path, index, 'match', nth], check)),
      ...checkTemplate([...path, index, 'reply'], check, ['result']),
    ];
  });
}

function checkPattern(path: ConfigPath, check: ToolCheck): readonly Finding[] {
  const { root, source } = check.context;
  const node = nodeAt(root, path);
  if (node?.kind !== 'scalar' || typeof node.value !== 'string' || !check.context.isSettled(path)) return [];
  const pattern = checkIntentPattern(node.value);
  const placeOf = (index: number) => ({ offset: offsetInScalar(node, index, source), path });
  if (!pattern.ok) {
    const data = { place: pathText(path), reason: shorten(pattern.reason, 100), example: '{name}' };
    return [finding(placeOf(pattern.index), 'config.bad_pattern', data)];
  }
  return firstOfEach(pattern.slots, ({ name }) => name)
    .filter(({ name }) => !check.names.includes(name))
    .map(({ name, index }) => unknownParameter(name, placeOf(index), check));
}

/** The first of the items with each name: a misspelt name is one mistake however often it stands in a text. */
function firstOfEach<Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Item[] {
  const names = new Set<string>();
  return items.filter((item) => !names.has(nameOf(item)) && names.add(nameOf(item)));
}
