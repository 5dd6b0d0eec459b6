import type { JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import type { CheckContext } from './check-context.ts';
import { offsetOf } from './config-node.ts';
import { type ConfigPath, type Finding, finding, pathText, shorten } from './problem.ts';
import { nameAdvice } from './suggest.ts';

/** Checks that the servers of tools which the provider reaches have labels of their own, and that forced calls name one of them. */
export function checkHosted(context: CheckContext): readonly Finding[] {
  const agents = context.value['agents'];
  if (!isJsonObject(agents)) return [];
  return Object.entries(agents).flatMap(([agent, config]) => {
    if (!isJsonObject(config)) return [];
    const labels = labelsOf(config['tools']);
    return [
      ...checkWays(agent, config['tools'], context),
      ...checkLabels(agent, labels, context),
      ...checkForced(agent, config['tool_choice'], [...labels.values()], context),
    ];
  });
}

/** The labels of the servers, by their place in the list. */
function labelsOf(tools: JsonValue | undefined): ReadonlyMap<number, string> {
  const entries = Array.isArray(tools) ? tools : [];
  return new Map(
    entries.flatMap((tool: JsonValue, index): [number, string][] => {
      const label = isJsonObject(tool) ? tool['server_label'] : undefined;
      return typeof label === 'string' ? [[index, label]] : [];
    }),
  );
}

const ways = ['server_url', 'connector_id', 'tunnel_id'];

/** There is one way to a server. */
function checkWays(agent: string, tools: JsonValue | undefined, context: CheckContext): readonly Finding[] {
  const entries = Array.isArray(tools) ? tools : [];
  return entries.flatMap((tool: JsonValue, index) => {
    if (!isJsonObject(tool) || tool['type'] !== 'mcp') return [];
    const given = ways.filter((way) => tool[way] !== undefined);
    if (given.length === 1) return [];
    const path = ['agents', agent, 'tools', index];
    const data = {
      place: pathText(path),
      got: given.length === 0 ? 'a server without an address' : `a server with ${given.join(' and ')}`,
      expected: 'a server with one of server_url, connector_id and tunnel_id',
      advice: given.length === 0 ? 'Write server_url: https://…' : 'Keep one of them.',
    };
    return [finding(placeOf(path, context), 'config.wrong_value', data)];
  });
}

function checkLabels(
  agent: string,
  labels: ReadonlyMap<number, string>,
  context: CheckContext,
): readonly Finding[] {
  const all = [...labels.values()];
  return [...labels].flatMap(([index, label], at) => {
    const path = ['agents', agent, 'tools', index, 'server_label'];
    if (all.indexOf(label) === at || !context.isSettled(path)) return [];
    return [finding(placeOf(path, context), 'config.server_twice', { agent, label: shorten(label, 64) })];
  });
}

function checkForced(
  agent: string,
  choice: JsonValue | undefined,
  labels: readonly string[],
  context: CheckContext,
): readonly Finding[] {
  if (!isJsonObject(choice) || choice['type'] !== 'mcp') return [];
  const label = choice['server_label'];
  const path = ['agents', agent, 'tool_choice', 'server_label'];
  if (typeof label !== 'string' || labels.includes(label) || !context.isSettled(path)) return [];
  const advice = nameAdvice(label, labels, 'Add an entry with type: mcp and this server_label to its tools.');
  return [
    finding(placeOf(path, context), 'config.unknown_server', { agent, label: shorten(label, 64), advice }),
  ];
}

function placeOf(path: ConfigPath, { root }: CheckContext) {
  return { offset: offsetOf(root, path), path };
}
