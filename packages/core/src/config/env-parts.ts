import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import type { ConfigPath, Finding } from './problem.ts';
import { finding } from './problem.ts';
import {
  type Conversions,
  missingFindings,
  offsetInScalar,
  pathKey,
  type ResolvedText,
} from './resolve-variables.ts';
import type { ConfigSecret } from './secrets.ts';

/** The parts of the file that may stand unused, by section. */
export interface UsedParts {
  readonly providers: ReadonlySet<string>;
  readonly tools: ReadonlySet<string>;
}

/** The providers and tools that some agent uses; `chosenProviders` (from a command line) stand in for the agents'. */
export function usedParts(value: JsonObject, chosenProviders: readonly string[] | undefined): UsedParts {
  const agents = Object.values(isJsonObject(value['agents']) ? value['agents'] : {}).filter(isJsonObject);
  const named = agents.flatMap((agent) => agent['provider'] ?? 'local');
  const references = agents.flatMap((agent) => [...texts(agent['tools']), ...phaseTools(agent)]);
  const tools = Object.keys(isJsonObject(value['tools']) ? value['tools'] : {});
  return {
    providers: new Set(chosenProviders ?? texts(named)),
    tools: new Set(tools.filter((tool) => references.some((reference) => refersTo(reference, tool)))),
  };
}

/** The tools that are called before and after the conversation. */
function phaseTools(agent: JsonObject): readonly string[] {
  return [agent['before_call'], agent['after_call']].flatMap((calls) =>
    (Array.isArray(calls) ? calls : []).flatMap((call: JsonValue) =>
      isJsonObject(call) && typeof call['tool'] === 'string' ? [call['tool']] : [],
    ),
  );
}

/** Whether an entry of an agent's `tools` means the tool: its name, or a start of it followed by `*`. */
export function refersTo(reference: string, tool: string): boolean {
  return reference.endsWith('*') ? tool.startsWith(reference.slice(0, -1)) : reference === tool;
}

/** An unused provider or tool whose variables are not set. */
export interface UnresolvedPart {
  readonly section: 'providers' | 'tools';
  readonly name: string;
}

/** Missing variables: problems where the part is used, else warnings and parts to leave out. */
export function sortMissing(
  resolved: Iterable<ResolvedText>,
  used: UsedParts,
  source: string,
): { problems: readonly Finding[]; warnings: readonly Finding[]; unresolved: readonly UnresolvedPart[] } {
  const problems: Finding[] = [];
  const warnings: Finding[] = [];
  const unresolved: UnresolvedPart[] = [];
  for (const text of resolved) {
    const part = partOf(text.path);
    if (part === undefined || used[part.section].has(part.name)) {
      problems.push(...missingFindings(text, source));
    } else if (text.result.missing.length > 0) {
      unresolved.push(part);
      warnings.push(...unresolvedFindings(text, part, source));
    }
  }
  return { problems, warnings, unresolved };
}

/** Warnings for values of the environment in what is sent to the model. */
export function promptWarnings(resolved: Iterable<ResolvedText>, source: string): readonly Finding[] {
  return [...resolved]
    .filter(({ path }) => promptPlaces.test(path.join('\n')))
    .flatMap(({ path, node, result }) =>
      result.used.map(({ name }) => {
        const offset = offsetInScalar(node, 0, source);
        return finding({ offset, path }, 'config.secret_in_prompt', { place: path.join('.'), name });
      }),
    );
}

const promptPlaces = /^agents\n[^\n]+\ninstructions$|^tools\n[^\n]+\ndescription$/;

/** Places that name something in the file: what is written there is no secret, whoever chose it. */
const namePlaces = /^(?:default_agent|agents\n[^\n]+\nprovider(?:\n\d+)?|providers\n[^\n]+\ntype)$/;

/** The values that came from the environment. Names of the file, numbers and truth values are settings, not secrets. */
export function secretsOf(
  resolved: Iterable<ResolvedText>,
  conversions: Conversions,
): readonly ConfigSecret[] {
  const secrets = new Map<string, ConfigSecret>();
  for (const { path, result } of resolved) {
    if (namePlaces.test(path.join('\n')) || conversions.has(pathKey(path))) continue;
    for (const { name, value } of result.used) {
      if (value !== '') secrets.set(`${name}=${value}`, { name, value });
    }
  }
  return [...secrets.values()];
}

function unresolvedFindings(text: ResolvedText, part: UnresolvedPart, source: string): readonly Finding[] {
  return text.result.missing.map(({ name, index }) => {
    const offset = offsetInScalar(text.node, index, source);
    const place = `${part.section}.${part.name}`;
    return finding({ offset, path: text.path }, 'config.unresolved_part', { place, name });
  });
}

function partOf(path: ConfigPath): UnresolvedPart | undefined {
  const [section, name] = path;
  if ((section !== 'providers' && section !== 'tools') || name === undefined) return undefined;
  return { section, name: String(name) };
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
