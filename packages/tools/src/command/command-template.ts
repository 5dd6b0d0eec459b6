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
  /** The folder in which what a parameter names has to lie, by the parameter; from `baseDir`. */
  readonly paths?: Readonly<Record<string, string>>;
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
  /** Whether the program reads a file by a name that begins with `@`. */
  readonly readsFiles: boolean;
  readonly args: readonly Template[];
  readonly cwd: string;
  /** The folders of the parameters that name paths. */
  readonly folders: ReadonlyMap<string, string>;
}

/** Reads a declaration against the fields of the tool; a relative program or folder starts at `baseDir`. */
export function readCommand(
  { run, cwd, paths = {}, env = {} }: CommandDeclaration,
  parameters: JsonObject,
  baseDir: string,
): { readonly template: CommandTemplate | undefined; readonly problems: readonly DeclarationProblem[] } {
  const [program = '', ...rest] = run;
  const args = rest.map(readTemplate);
  const problems = [
    ...programProblems(program),
    ...rest.flatMap((text, index) => [...argumentProblems(text, `command.run.${index + 1}`, parameters)]),
    ...scriptProblems(program, args),
    ...Object.keys(paths).flatMap((name) => [...pathProblems(name, parameters)]),
    ...Object.entries(env).flatMap(([name, text]) => [...variableProblems(name, text, parameters)]),
  ];
  if (problems.length > 0) return { template: undefined, problems };
  const folder = resolve(baseDir, cwd ?? '.');
  const readsFiles = fileReaders.test(programName(program));
  const folders = new Map(Object.entries(paths).map(([name, path]) => [name, resolve(baseDir, path)]));
  const file = programPath(program, baseDir);
  return { template: { file, readsFiles, args, cwd: folder, folders }, problems };
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

function* pathProblems(name: string, parameters: JsonObject): Generator<DeclarationProblem> {
  const fields = Object.keys(parameters['properties'] ?? {});
  if (fields.includes(name)) return;
  const near = nearest(name, fields);
  const known = fields.length === 0 ? 'it has none' : `it has ${fields.join(', ')}`;
  const advice = near === undefined ? known : `did you mean ${near}?`;
  yield { field: `command.paths.${name}`, problem: `${name} is not a parameter of the tool; ${advice}` };
}

/** A program may read a variable as anything: what the model says is no part of it. */
function* variableProblems(
  name: string,
  text: string,
  parameters: JsonObject,
): Generator<DeclarationProblem> {
  const fields = Object.keys(parameters['properties'] ?? {});
  const slot = slotNames(readTemplate(text)).find((each) => fields.includes(each));
  if (slot === undefined) return;
  const problem = `{{${slot}}} is not filled there; give it in run, or read it from stdin with "stdin: json"`;
  yield { field: `command.env.${name}`, problem };
}

/** Programs that run a text as code, with the options before that text. */
const interpreters: readonly (readonly [program: RegExp, option: RegExp])[] = [
  [/^(ba|z|k|da|a|fi)?sh$/, /^-[a-z]*c[a-z]*$/],
  [/^cmd$/, /^\/[ckr]/i],
  [/^(powershell|pwsh)$/, /^[-/]/],
  [/^(node|nodejs|bun|deno|ruby|perl)$/, /^(-[a-z]*[ep]|--eval|--print|eval)$/i],
  [/^(su|script)$/, /^(-[a-z]*c|--command)$/],
  [/^python[\d.]*$/, /^-[a-z]*c$/i],
  [/^(osascript|php|lua|tclsh)$/, /^-[er]$/],
];

/** Programs whose first argument that is no option is code, where none is given by an option before it. */
const scriptFirst = /^([gmn]?awk|g?sed)$/;

/** A slot in the text of a script would be code that the caller writes. */
function* scriptProblems(program: string, args: readonly Template[]): Generator<DeclarationProblem> {
  const words = [program, ...args.map(textOf)];
  const slotIn = (at: number): string | undefined => slotNames(args[at - 1] ?? [])[0];
  for (const [index, word] of words.entries()) {
    const name = programName(word);
    const at = codePlaces(name, words, index).find((place) => slotIn(place) !== undefined);
    if (at === undefined) continue;
    yield {
      field: `command.run.${at}`,
      problem: `{{${slotIn(at)}}} stands in code that ${name} runs; give the value as an argument after the code`,
    };
    return;
  }
}

/** Where code may stand that the program at `index` runs. */
function codePlaces(name: string, words: readonly string[], index: number): readonly number[] {
  const later = [...words.keys()].filter((place) => place > index);
  const operands = later.filter((place) => !words[place]?.startsWith('-'));
  // What is behind the host is joined and given to a shell there.
  if (name === 'ssh') return operands.slice(1);
  const option = interpreters.find(([pattern]) => pattern.test(name))?.[1];
  const isScript = scriptFirst.test(name);
  const pattern = isScript ? /^(-e|--expression)$/ : option;
  const options = later.filter((place) => pattern?.test(words[place]?.split('=')[0] ?? ''));
  if (isScript && options.length === 0) return operands.slice(0, 1);
  return options.map((place) => (words[place]?.includes('=') ? place : place + 1));
}

function programName(word: string): string {
  const name = word.split(/[/\\]/).at(-1) ?? '';
  return name.replace(/\.exe$/i, '').toLowerCase();
}

/** Programs that read a file where an argument, or a value in one, begins with `@`; `<` does the same in a form of curl. */
const fileReaders = /^(curl|https?|xhs?|gh|java|javac|gcc|g\+\+|cc|clang|ld|msbuild|dotnet)$/;

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
export function fillArguments(
  { args, readsFiles }: Pick<CommandTemplate, 'args' | 'readsFiles'>,
  values: SlotValues,
): readonly string[] {
  const filled: string[] = [];
  for (const template of args) {
    const isOperand = filled.includes('--');
    for (const text of fillArgument(template, values)) {
      assertArgument(text, template, isOperand);
      if (readsFiles) assertNoFile(text, template);
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

/** What a slot brings in at the beginning of an argument, or behind `=`, names no file to such a program. */
function assertNoFile(text: string, template: Template): void {
  const [argument] = slotNames(template);
  if (argument === undefined || !/(?:^|=)[@<]/.test(text) || /(?:^|=)[@<]/.test(textOf(template))) return;
  throw answeredError('tool.command_argument', {
    argument,
    problem: 'it begins with a character that makes the program read a file',
  });
}
