import { parseArgs } from 'node:util';
import { AntiphonError } from '@antiphon/core';
import {
  type CommandSpec,
  commonOptions,
  type OptionSpec,
  type OrderedArgument,
  type ParsedCommandLine,
} from './command.ts';

/**
 * Reads the words after a command's name.
 *
 * @throws AntiphonError `cli.usage` for an unknown option, a missing or unknown value, or too many or few arguments.
 */
export function parseCommandLine(command: CommandSpec, words: readonly string[]): ParsedCommandLine {
  const specs = [...command.options, ...commonOptions];
  const usage = (problem: string): AntiphonError<'cli.usage'> =>
    new AntiphonError('cli.usage', { problem, command: command.path.join(' ') });
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      specs.map((spec) => [spec.name, { type: spec.value ? ('string' as const) : ('boolean' as const) }]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options: Record<string, string | true> = {};
  const ordered: OrderedArgument[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') ordered.push({ option: undefined, value: token.value });
    if (token.kind !== 'option') continue;
    const spec = specs.find(({ name }) => name === token.name);
    if (spec === undefined) throw usage(`unknown option ${token.rawName}${suggestion(token.name, specs)}`);
    const value = checkedValue(spec, token.value, usage);
    if (spec.repeatable && value !== true) ordered.push({ option: spec.name, value });
    else options[spec.name] = value;
  }
  const positionals = ordered.flatMap(({ option, value }) => (option === undefined ? [value] : []));
  if (options['help'] !== true) checkArity(command, positionals, usage);
  return { positionals, options, ordered };
}

function checkedValue(
  spec: OptionSpec,
  value: string | undefined,
  usage: (problem: string) => Error,
): string | true {
  if (spec.value === undefined) {
    if (value !== undefined) throw usage(`--${spec.name} takes no value, but was given "${value}"`);
    return true;
  }
  if (value === undefined) throw usage(`--${spec.name} needs a value: --${spec.name} ${spec.value}`);
  if (spec.choices && !spec.choices.includes(value)) {
    throw usage(`--${spec.name} is ${spec.choices.join(' or ')}, not "${value}"`);
  }
  return value;
}

function checkArity(
  command: CommandSpec,
  positionals: readonly string[],
  usage: (problem: string) => Error,
): void {
  const { min, max } = command.arity;
  if (positionals.length < min)
    throw usage(`missing argument: antiphon ${command.path.join(' ')} ${command.argumentsHelp}`);
  const surplus = positionals[max];
  if (surplus !== undefined) throw usage(`unexpected argument "${surplus}"`);
}

/** Names the option that shares the longest beginning, two letters at least. */
function suggestion(name: string, specs: readonly OptionSpec[]): string {
  const [near] = specs
    .map((spec) => ({ name: spec.name, shared: sharedBeginning(spec.name, name) }))
    .filter(({ shared }) => shared >= 2)
    .sort((a, b) => b.shared - a.shared);
  return near ? `; did you mean --${near.name}?` : '';
}

function sharedBeginning(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
