/** One option of a command. */
export interface OptionSpec {
  /** Long name without dashes. */
  readonly name: string;
  /** What stands for its value in the help; a switch has none. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly repeatable?: true;
  readonly help: string;
}

/** An argument in the order in which it was given: a positional one, or the value of a repeatable option. */
export interface OrderedArgument {
  /** `undefined` for a positional argument. */
  readonly option: string | undefined;
  readonly value: string;
}

/** The words of a command line, checked against the command. */
export interface ParsedCommandLine {
  readonly positionals: readonly string[];
  /** Values by option name; a switch that is on has the value `true`. */
  readonly options: Readonly<Record<string, string | true | undefined>>;
  /** Positional arguments and repeatable options, in order. */
  readonly ordered: readonly OrderedArgument[];
}

/** One command of the program. */
export interface CommandSpec {
  /** The words that name it: `['tools', 'list']`. */
  readonly path: readonly string[];
  /** Its positional arguments, as the help shows them. */
  readonly argumentsHelp: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What a user should know before using it. */
  readonly description: string;
  readonly options: readonly OptionSpec[];
  readonly examples: readonly string[];
  /** False for a command that reads no agent file: its help does not speak of one. */
  readonly readsAgentFile?: false;
  /** How many positional arguments it takes. */
  readonly arity: { readonly min: number; readonly max: number };
}

/** What says which agent is meant. Every command takes them; those that read no agent file have no use for them. */
const agentOptions: readonly OptionSpec[] = [
  { name: 'config', value: 'FILE', help: 'the agent file (default: ./agents.yaml)' },
  { name: 'agent', value: 'NAME', help: 'the agent (default: default_agent of the file)' },
  { name: 'provider', value: 'NAME', help: "the provider, instead of the agent's own" },
];

const outputOptions: readonly OptionSpec[] = [
  { name: 'json', help: 'one JSON object a line on stdout, and nothing else there' },
  { name: 'quiet', help: 'nothing but results and errors' },
  { name: 'debug', help: 'log every step to stderr; show stack traces' },
  { name: 'help', help: 'show this help' },
];

/** Options that every command takes. */
export const commonOptions: readonly OptionSpec[] = [...agentOptions, ...outputOptions];

/** The common options that do something for a command. */
export function usefulCommonOptions({ readsAgentFile }: CommandSpec): readonly OptionSpec[] {
  return readsAgentFile === false ? outputOptions : commonOptions;
}
