import { isAbsolute, resolve } from 'node:path';
import type { JsonObject, JsonValue } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { isCallerSlot } from '../declared/caller-values.ts';
import type { DeclarationProblem } from '../declared/declaration-problem.ts';
import {
  fillTemplate,
  readTemplate,
  type SlotValues,
  slotNames,
  slotValue,
  type Template,
  valueText,
} from '../declared/template.ts';
import { nearest } from '../suggest.ts';

/** The program of a tool as it is declared. */
export interface CommandDeclaration {
  /** The program and its arguments, which may hold `{{parameter}}` slots. */
  readonly run: readonly string[];
  /** What the program reads: nothing (default), or the arguments of the call as JSON. */
  readonly stdin?: 'none' | 'json';
  /** The folder it runs in, from `baseDir`; that folder when absent. */
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  /** Names of variables that it gets from this process. */
  readonly inheritEnv?: readonly string[];
  readonly output?: 'auto' | 'text' | 'json';
  /** Most bytes of its output that are kept; 65,536 when absent. */
  readonly maxOutputBytes?: number;
  /** What the model is told when the program ends with a code. */
  readonly exitCodes?: Readonly<Record<string, string>>;
}

/** A declaration read and found sound. */
export interface CommandTemplate {
  readonly file: string;
  readonly args: readonly Template[];
  readonly cwd: string;
}

/** Reads a declaration against the fields of the tool; a relative program or folder starts at `baseDir`. */
export function readCommand(
  { run, cwd }: CommandDeclaration,
  parameters: JsonObject,
  baseDir: string,
): { readonly template: CommandTemplate | undefined; readonly problems: readonly DeclarationProblem[] } {
  const [program = '', ...rest] = run;
  const args = rest.map(readTemplate);
  const problems = [
    ...programProblems(program),
    ...rest.flatMap((text, index) => [...argumentProblems(text, `command.run.${index + 1}`, parameters)]),
    ...scriptProblems(program, args),
  ];
  if (problems.length > 0) return { template: undefined, problems };
  const folder = resolve(baseDir, cwd ?? '.');
  return { template: { file: programPath(program, baseDir), args, cwd: folder }, problems };
}

function* programProblems(program: string): Generator<DeclarationProblem> {
  const field = 'command.run.0';
  if (program.trim() === '') yield { field, problem: 'it names no program' };
  if (program.includes('\0')) yield { field, problem: 'the name of the program holds a NUL character' };
  if (slotNames(readTemplate(program)).length > 0) {
    yield { field, problem: 'the program holds a slot; only its arguments may' };
  }
  if (/\.(bat|cmd)$/i.test(program)) {
    yield {
      field,
      problem: 'a batch file reads its arguments as a shell does; name the program that it starts',
    };
  }
}

function* argumentProblems(
  text: string,
  field: string,
  parameters: JsonObject,
): Generator<DeclarationProblem> {
  if (text.includes('\0')) yield { field, problem: 'it holds a NUL character' };
  const fields = Object.keys(parameters['properties'] ?? {});
  for (const slot of slotNames(readTemplate(text))) {
    if (fields.includes(slot) || isCallerSlot(slot)) continue;
    const near = nearest(slot, fields);
    const known = fields.length === 0 ? 'it has none' : `it has ${fields.join(', ')}`;
    const advice = near === undefined ? known : `did you mean {{${near}}}?`;
    yield { field, problem: `{{${slot}}} is not a parameter of the tool; ${advice}` };
  }
}

/** Programs that run a text as code, with the options before that text. */
const interpreters: readonly (readonly [program: RegExp, option: RegExp])[] = [
  [/^(ba|z|k|da|a|fi)?sh$/, /^-[a-z]*c[a-z]*$/],
  [/^cmd$/, /^\/[ckr]/i],
  [/^(powershell|pwsh)$/, /^[-/]/],
  [/^(node|nodejs|bun|deno|ruby|perl)$/, /^(-e|-p|-pe|--eval|--print|eval)$/i],
  [/^python[\d.]*$/, /^-[a-z]*c$/],
  [/^(osascript|php|lua|tclsh)$/, /^-[er]$/],
];

/** A slot in the text of a script would be code that the caller writes. */
function* scriptProblems(program: string, args: readonly Template[]): Generator<DeclarationProblem> {
  const words = [program, ...args.map(textOf)];
  for (const [index, word] of words.entries()) {
    const name =
      word
        .split(/[/\\]/)
        .at(-1)
        ?.replace(/\.exe$/i, '')
        .toLowerCase() ?? '';
    const option = interpreters.find(([pattern]) => pattern.test(name))?.[1];
    if (option === undefined) continue;
    const at = words.findIndex((text, place) => place > index && option.test(text));
    const script = at < 0 ? undefined : args[at];
    if (script === undefined || slotNames(script).length === 0) continue;
    yield {
      field: `command.run.${at + 1}`,
      problem: `{{${slotNames(script)[0]}}} stands in code that ${name} runs; give the value as an argument after the code`,
    };
    return;
  }
}

/** The fixed text of a template; a slot counts as one space. */
function textOf(template: Template): string {
  return template.map((part) => (part.kind === 'text' ? part.text : ' ')).join('');
}

/** A program with a folder in its name starts at `baseDir`; any other is looked up by the system. */
function programPath(program: string, baseDir: string): string {
  if (isAbsolute(program) || !/[/\\]/.test(program)) return program;
  return resolve(baseDir, program);
}

/** Longest argument, in bytes; systems refuse more than 128 KiB. */
const maxArgumentBytes = 32 * 1024;

/**
 * The arguments of a call. A slot fills one argument and never makes two of it, except that a list in an argument that is
 * nothing but its slot gives one for each item; an argument whose parameter is missing is left out. What would begin
 * with a dash is refused where programs look for options: before an argument that is `--`.
 *
 * @throws {ToolError} `tool.command_argument`
 */
export function fillArguments(args: readonly Template[], values: SlotValues): readonly string[] {
  const filled: string[] = [];
  for (const template of args) {
    const isOperand = filled.includes('--');
    for (const text of fillArgument(template, values)) {
      assertArgument(text, template, isOperand);
      filled.push(text);
    }
  }
  return filled;
}

function fillArgument(template: Template, values: SlotValues): readonly string[] {
  const [only] = template;
  if (template.length === 1 && only?.kind === 'slot') {
    const value = slotValue(values, only.name);
    if (Array.isArray(value)) return value.map((item: JsonValue) => valueText(item));
  }
  const text = fillTemplate(template, values);
  return text === undefined ? [] : [text];
}

function assertArgument(text: string, template: Template, isOperand: boolean): void {
  const [first] = template;
  const argument = slotNames(template)[0];
  if (argument === undefined) return;
  const unfit = (problem: string) => answeredError('tool.command_argument', { argument, problem });
  if (text.includes('\0')) throw unfit('it holds a NUL character');
  if (Buffer.byteLength(text) > maxArgumentBytes) throw unfit(`it is longer than ${maxArgumentBytes} bytes`);
  if (first?.kind !== 'slot' || isOperand) return;
  if (text === '') throw unfit('it is empty');
  const looksLikeOption =
    /^[-\u2010-\u2015\u2212]/.test(text) || (process.platform === 'win32' && text.startsWith('/'));
  if (looksLikeOption) throw unfit('it begins with a dash, as options of programs do');
}
