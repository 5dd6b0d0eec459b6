import type { JsonObject, JsonValue } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { assertCaller, type CallerValues, isCallerSlot, withCaller } from '../declared/caller-values.ts';
import type { DeclarationProblem } from '../declared/declaration-problem.ts';
import { readTemplate, type SlotValues, slotNames, type Template, valueText } from '../declared/template.ts';
import { defineTool, type Tool, type ToolSettings } from '../define-tool.ts';
import { traceStep } from '../dispatch/trace.ts';
import { hideSecrets } from '../http/http-answer.ts';
import { childEnvironment } from '../processes/child-environment.ts';
import { type ChildGroup, type GroupExit, startGroup } from '../processes/child-group.ts';
import { type KeptOutput, plainText, readStart, readTail } from '../processes/output-tail.ts';
import { ToolError } from '../tool-error.ts';
import {
  type CommandDeclaration,
  type CommandTemplate,
  fillArguments,
  readCommand,
} from './command-template.ts';
import { withinFolders } from './contained-path.ts';

/** A tool without code: what the model is told, and the program that a call starts. */
export interface CommandToolDeclaration extends ToolSettings {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of type `object`. */
  readonly parameters: JsonObject;
  readonly command: CommandDeclaration;
  /** Where relative programs and folders start; the working folder of this process when absent. */
  readonly baseDir?: string;
  /** Texts that must not appear in an error, such as values of environment variables. */
  readonly secrets?: readonly string[];
}

/** The tool, or everything that is wrong with its program. */
export type CommandToolReview =
  | { readonly kind: 'tool'; readonly tool: Tool }
  | { readonly kind: 'unsound'; readonly problems: readonly DeclarationProblem[] };

const defaultOutputBytes = 64 * 1024;
/** A program that writes more than this is ended. */
const maxWrittenBytes = 64 * 1024 * 1024;
const keptErrorBytes = 4 * 1024;
const maxDetailLength = 300;
/** How long the output of a program that has ended is waited for: what it left behind may hold it open. */
const drainMs = 1_000;

/** Makes the tool of a declaration. */
export function createCommandTool(declaration: CommandToolDeclaration): CommandToolReview {
  const {
    name,
    description,
    parameters,
    command,
    baseDir = process.cwd(),
    secrets = [],
    ...settings
  } = declaration;
  const { template, problems } = readCommand(command, parameters, baseDir);
  if (template === undefined) return { kind: 'unsound', problems };
  const hidden = [...secrets, ...Object.values(command.env ?? {})].filter((secret) => secret.length >= 6);
  const tool = defineTool({
    ...settings,
    name,
    description,
    input: parameters,
    execute: (input, { signal, session: { caller } }) =>
      runCommand(
        {
          template,
          command,
          hidden: [...hidden, ...Object.values(caller).filter((value) => value.length >= 6)],
          caller,
        },
        input as SlotValues,
        signal,
      ),
  });
  return { kind: 'tool', tool: tool as Tool };
}

interface Program {
  readonly template: CommandTemplate;
  readonly command: CommandDeclaration;
  readonly hidden: readonly string[];
  readonly caller: CallerValues;
}

/** @throws {ToolError} with a `tool.command_…` code */
async function runCommand(program: Program, asked: SlotValues, signal: AbortSignal): Promise<JsonValue> {
  const { template, command } = program;
  const own = Object.entries(command.env ?? {}).map(([name, text]) => [name, readTemplate(text)] as const);
  const needed = [...template.args, ...own.map(([, text]) => text)].flatMap(slotNames);
  assertCaller(needed, program.caller);
  const values = await withinFolders(asked, template.folders);
  const filling = withCaller(values, program.caller);
  const args = fillArguments(template, filling);
  const env = Object.fromEntries(own.map(([name, text]) => [name, fillOwn(text, program.caller)]));
  signal.throwIfAborted();
  traceStep('program', () => ({
    run: [template.file, ...args].map((part) => hideSecrets(part, program.hidden)),
  }));
  const group = start(program, { args, env });
  const onAbort = () => group.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (command.stdin === 'json') group.stdin.end(JSON.stringify(values));
    else group.stdin.end();
    return await outcomeOf(group, program);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function start(
  { template, command }: Program,
  { args, env }: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> },
): ChildGroup {
  try {
    return startGroup({
      file: template.file,
      args,
      cwd: template.cwd,
      env: childEnvironment(env, command.inheritEnv),
      batchFiles: 'refuse',
    });
  } catch (error) {
    throw notStarted(error, template);
  }
}

async function outcomeOf(group: ChildGroup, { template, command, hidden }: Program): Promise<JsonValue> {
  const keepBytes = command.maxOutputBytes ?? defaultOutputBytes;
  let isTooMuch: boolean = false;
  const output = readStart(group.stdout, {
    keepBytes,
    drainBytes: maxWrittenBytes,
    onTooMuch: () => {
      isTooMuch = true;
      group.kill(0);
    },
  });
  const errors = readTail(group.stderr, keptErrorBytes);
  const exit = await group.exited.catch((error: unknown) => {
    throw notStarted(error, template);
  });
  group.sweep();
  traceStep('program_ended', () => ({ code: exit.code, signal: exit.signal }));
  await Promise.all([ended(group.stdout), ended(group.stderr)]);
  const program = nameOf(template.file);
  if (isTooMuch) throw answeredError('tool.command_too_much', { program, limit: maxWrittenBytes });
  if (exit.code !== 0) throw failure(exit, { program, command, errors: hideSecrets(errors.read(), hidden) });
  return readOutput(output.read(), { program, output: command.output ?? 'auto' });
}

/** A variable of the program: slots of the caller are filled, everything else is text. */
function fillOwn(template: Template, caller: CallerValues): string {
  const values = withCaller({}, caller);
  return template
    .map((part) => {
      if (part.kind === 'text') return part.text;
      return isCallerSlot(part.name) ? valueText(values[part.name] ?? '') : `{{${part.name}}}`;
    })
    .join('');
}

/** Waits for the end of a stream, but not for those who only hold it open. */
function ended(stream: NodeJS.ReadableStream & { readonly readableEnded?: boolean }): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, drainMs);
    const finish = () => {
      clearTimeout(timer);
      resolve();
    };
    if (stream.readableEnded === true) finish();
    else stream.once('end', finish).once('close', finish);
  });
}

function failure(
  { code, signal }: GroupExit,
  { program, command, errors }: { program: string; command: CommandDeclaration; errors: string },
): ToolError {
  if (code === null) return answeredError('tool.command_killed', { program, signal: signal ?? 'a signal' });
  const data = { exit_code: code };
  const told = command.exitCodes?.[String(code)];
  if (told !== undefined) return new ToolError(told, { code: 'tool.command_exit', data });
  const last = errors.trim().replaceAll(/\s+/g, ' ').slice(-maxDetailLength);
  return answeredError(
    'tool.command_exit',
    { program, exit: code, detail: last === '' ? '' : `: ${last}` },
    { data },
  );
}

function readOutput(
  { bytes, total }: KeptOutput,
  { program, output }: { readonly program: string; readonly output: 'auto' | 'text' | 'json' },
): JsonValue {
  if (bytes.includes(0)) throw answeredError('tool.command_not_text', { program });
  const text = plainText(bytes).replace(/\r?\n$/, '');
  const isCut = total > bytes.length;
  const mayBeJson = output === 'json' || (output === 'auto' && /^\s*[[{]/.test(text));
  if (mayBeJson && !isCut) {
    try {
      return JSON.parse(text) as JsonValue;
    } catch (error) {
      const reason = error instanceof Error ? error.message.slice(0, 80) : 'it cannot be read';
      if (output === 'json')
        throw answeredError('tool.command_not_json', { program, reason }, { cause: error });
    }
  }
  if (isCut && output === 'json') {
    throw answeredError('tool.command_not_json', { program, reason: `it is ${total} bytes long, and cut` });
  }
  return isCut ? `${text} … [cut here: the whole is ${total} bytes long]` : text;
}

function notStarted(error: unknown, { file, cwd }: CommandTemplate): ToolError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const reason =
    code === 'ENOENT'
      ? `it was not found, or the folder ${nameOf(cwd)} was not`
      : code === 'EACCES' || code === 'EPERM'
        ? 'it may not be run'
        : `the system says ${code}`;
  return answeredError('tool.command_not_started', { program: nameOf(file), reason }, { cause: error });
}

function nameOf(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
