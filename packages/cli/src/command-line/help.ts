import { type CommandSpec, type OptionSpec, usefulCommonOptions } from './command.ts';

/** The help of one command. */
export function commandHelp(command: CommandSpec): string {
  const usage = `antiphon ${command.path.join(' ')} ${command.argumentsHelp}`.trimEnd();
  const sections = [
    `Usage: ${usage} [options]`,
    command.description,
    ...(command.options.length > 0 ? [`Options:\n${optionLines(command.options)}`] : []),
    `Common options:\n${optionLines(usefulCommonOptions(command))}`,
    `Examples:\n${command.examples.map((example) => `  ${example}`).join('\n')}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

/** The help of the program: its commands and exit codes. */
export function programHelp(commands: readonly CommandSpec[], version: string): string {
  const rows = commands.map(
    ({ path, argumentsHelp, summary }) => [`${path.join(' ')} ${argumentsHelp}`.trimEnd(), summary] as const,
  );
  return [
    `antiphon ${version}: voice agents that call functions`,
    'Usage: antiphon <command> [options]',
    `Commands:\n${table(rows)}`,
    'Every command has --help. Exit codes: 0 done; 2 bad usage or configuration; 3 the provider could not be reached or\nrefused; 4 the session failed; 130 interrupted.',
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function optionLines(options: readonly OptionSpec[]): string {
  return table(
    options.map(
      (option) => [`--${option.name}${option.value ? ` ${option.value}` : ''}`, option.help] as const,
    ),
  );
}

function table(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
