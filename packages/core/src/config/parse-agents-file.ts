import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import { type AgentsFile, AgentsFileSchema } from './agents-file.ts';
import { buildTree } from './build-tree.ts';
import { availableBuiltIns } from './built-in-providers.ts';
import { checkAgentTools } from './check-agent-tools.ts';
import type { CheckContext } from './check-context.ts';
import { checkHosted } from './check-hosted.ts';
import { checkNames } from './check-names.ts';
import { checkProviders } from './check-providers.ts';
import { checkSettings } from './check-settings.ts';
import { type CheckedShape, checkShape } from './check-shape.ts';
import { checkTools } from './check-tools.ts';
import { type ConfigNode, keyOffsetOf, offsetOf } from './config-node.ts';
import { promptWarnings, secretsOf, sortMissing, type UnresolvedPart, usedParts } from './env-parts.ts';
import { readIntactParts } from './intact-parts.ts';
import type { ConfigEnv } from './interpolate.ts';
import { type AgentsFileOutline, outlineOf } from './outline.ts';
import {
  type ConfigPath,
  type ConfigProblem,
  type Finding,
  inOrder,
  LineIndex,
  type TextPosition,
} from './problem.ts';
import type { ProviderConfig } from './provider-config.ts';
import { isResolved, malformedFindings, pathKey } from './resolve-variables.ts';
import { type ConfigSecret, redact } from './secrets.ts';

export interface ParseAgentsFileOptions {
  /** The path shown in problems. */
  readonly file: string;
  /** The variables that `${VAR}` may name. */
  readonly env: ConfigEnv;
  /** The providers that will be used, when that is known from elsewhere; else those that the agents name. */
  readonly usedProviders?: readonly string[];
}

/** Something wrong that a later check found: an `AntiphonError` will do. */
export type ProblemWords = Pick<ConfigProblem, 'code' | 'message' | 'hint'>;

/** A checked agent file. */
export interface ParsedAgentsFile {
  readonly ok: true;
  readonly value: AgentsFile;
  readonly secrets: readonly ConfigSecret[];
  readonly warnings: readonly ConfigProblem[];
  /** Where `path` stands: its value or its key, or the key of its nearest parent that is there. */
  readonly locate: (path: ConfigPath, at?: 'value' | 'key') => TextPosition;
  /** A problem that a later check found at `path`, for {@link formatProblem}; `at: 'key'` points at the key instead. */
  readonly problemAt: (path: ConfigPath, words: ProblemWords, at?: 'value' | 'key') => ConfigProblem;
}

/** An agent file that cannot be used, with everything that is wrong with it. */
export interface RefusedAgentsFile {
  readonly ok: false;
  /** In the order of the text. */
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** What the file names, for the checks that need more than the file; absent when its syntax hides that. */
  readonly outline?: AgentsFileOutline;
  /** As of a {@link ParsedAgentsFile}; present with `outline`. */
  readonly problemAt?: ParsedAgentsFile['problemAt'];
}

/**
 * Reads and checks `agents.yaml`: syntax, shape, variables, names, templates and patterns, all problems in one run.
 * Never throws, whatever the text; what it costs is bounded by {@link yamlLimits}.
 *
 * A provider or tool that no agent uses is left out with a warning when its variables are not set.
 */
export function parseAgentsFile(
  text: string,
  options: ParseAgentsFileOptions,
): ParsedAgentsFile | RefusedAgentsFile {
  const report = reporter(text, options.file);
  const read = readIntactParts(text);
  if (read.document === undefined) return { ok: false, problems: report(read.findings, []), warnings: [] };
  const tree = buildTree(read.document, text);
  const early = [...read.findings, ...tree.findings.filter(read.isIntact)];
  if (tree.root === undefined) return { ok: false, problems: report(early, []), warnings: [] };
  const shape = checkShape(tree.root, options.env);
  const secrets = secretsOf(shape.texts.values(), shape.conversions);
  const content = checkContent(shape, text, options);
  const reported = new Set(early.map(({ offset }) => offset));
  const later = [...shape.findings, ...content.problems].filter(
    (found) => read.isIntact(found) && !reported.has(found.offset),
  );
  const problems = report([...early, ...later], secrets);
  const warnings = report(content.warnings, secrets);
  const places = locator(tree.root, { text, file: options.file, secrets });
  if (problems.length > 0) {
    const { problemAt } = places;
    return { ok: false, problems, warnings, outline: outlineOf(shape.value), problemAt };
  }
  const builtIns = availableBuiltIns(options.env);
  const value = complete(shape.value, content.unresolved, builtIns.providers);
  const { agents, providers, default_agent: defaultAgent } = value;
  const chosenProviders = options.usedProviders;
  const unhonoured = checkSettings({
    root: shape.root,
    agents,
    defaultAgent,
    providers,
    chosenProviders,
  });
  const allWarnings = report([...content.warnings, ...unhonoured], secrets);
  return { ok: true, value, secrets: [...secrets, ...builtIns.secrets], warnings: allWarnings, ...places };
}

function checkContent(
  shape: CheckedShape,
  source: string,
  { usedProviders, env }: Pick<ParseAgentsFileOptions, 'usedProviders' | 'env'>,
) {
  const value: JsonObject = isJsonObject(shape.value) ? shape.value : {};
  const used = usedParts(value, usedProviders);
  const resolved = [...shape.texts.values()];
  const missing = sortMissing(resolved, used, source);
  const isSettled = (path: ConfigPath) => {
    const text = shape.texts.get(pathKey(path));
    return text === undefined || isResolved(text);
  };
  const context: CheckContext = {
    root: shape.root,
    value,
    source,
    isSettled,
    usedProviders: used.providers,
    env,
  };
  const problems = [
    ...resolved.flatMap((text) => malformedFindings(text, source)),
    ...missing.problems,
    ...checkNames(context),
    ...checkProviders(context),
    ...checkTools(context),
    ...checkAgentTools(context),
    ...checkHosted(context),
  ];
  const warnings = [...missing.warnings, ...promptWarnings(resolved, source)];
  return { problems, warnings, unresolved: missing.unresolved };
}

/** The model of a file without problems: what cannot be used taken away, defaults and what is always there added. */
function complete(
  value: JsonValue,
  unresolved: readonly UnresolvedPart[],
  builtIns: Readonly<Record<string, ProviderConfig>>,
): AgentsFile {
  const usable = Object.entries(isJsonObject(value) ? value : {}).map(([section, parts]) => {
    const unusable = unresolved.filter((part) => part.section === section).map(({ name }) => name);
    if (unusable.length === 0 || !isJsonObject(parts)) return [section, parts] as const;
    return [
      section,
      Object.fromEntries(Object.entries(parts).filter(([name]) => !unusable.includes(name))),
    ] as const;
  });
  const parsed = AgentsFileSchema.parse(Object.fromEntries(usable));
  const [firstAgent = ''] = Object.keys(parsed.agents);
  return {
    ...parsed,
    default_agent: parsed.default_agent ?? firstAgent,
    providers: { ...builtIns, ...parsed.providers },
  };
}

interface LocatedFile {
  readonly text: string;
  readonly file: string;
  readonly secrets: readonly ConfigSecret[];
}

/** Places in a file, and problems at them, free of secrets. */
function locator(root: ConfigNode, { text, file, secrets }: LocatedFile) {
  const lines = new LineIndex(text);
  const offsetAt = (path: ConfigPath, at: 'value' | 'key'): number =>
    at === 'key' ? keyOffsetOf(root, path) : offsetOf(root, path);
  return {
    locate: (path: ConfigPath, at: 'value' | 'key' = 'value') => lines.positionOf(offsetAt(path, at)),
    problemAt: (path: ConfigPath, words: ProblemWords, at: 'value' | 'key' = 'value'): ConfigProblem => {
      const { code } = words;
      const message = redact(words.message, secrets);
      const hint = redact(words.hint, secrets);
      return { file, ...lines.positionOf(offsetAt(path, at)), code, message, hint, path };
    },
  };
}

/** Turns findings into problems: in order, each once, free of secrets. */
function reporter(text: string, file: string) {
  const lines = new LineIndex(text);
  return (findings: readonly Finding[], secrets: readonly ConfigSecret[]): readonly ConfigProblem[] =>
    inOrder(findings).map(({ offset, code, path, words }) => {
      const { message, hint } = words();
      const position = lines.positionOf(offset);
      return {
        file,
        ...position,
        code,
        message: redact(message, secrets),
        hint: redact(hint, secrets),
        path,
      };
    });
}
