import { AntiphonError, type Logger, type ToolSpec } from '@antiphon/core';
import { type Antiphon, createAntiphon, systemClock } from '@antiphon/runtime';
import { createToolHost } from '@antiphon/tools';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../render/printable.ts';
import { clientAnswersOf } from '../run/client-answers.ts';
import { callTrace } from './call-trace.ts';
import { commandLog } from './command-log.ts';

import { type CommandContext, configFile, isOn, textOption } from './context.ts';

/** `antiphon tools list`. */
export function runToolsList(context: CommandContext) {
  return withTools(context, async ({ antiphon, specs }) => {
    const { words, console } = context;
    for (const spec of specs) {
      console.out(
        isOn(words, 'json')
          ? `${JSON.stringify({ type: 'tool', ...functionOf(spec) })}\n`
          : `${describe(spec)}\n`,
      );
    }
    if (specs.length === 0 && !isOn(words, 'json')) {
      console.err(`agent "${agentNameOf(context, antiphon)}" has no tools\n`);
    }
    return exitCodes.done;
  });
}

/** `antiphon tools schema NAME`. */
export function runToolsSchema(context: CommandContext) {
  return withTools(context, async (loaded) => {
    const spec = find(context, loaded, context.words.positionals[0] ?? '');
    context.console.out(`${JSON.stringify(functionOf(spec), null, isOn(context.words, 'json') ? 0 : 2)}\n`);
    return exitCodes.done;
  });
}

/** `antiphon tools call NAME JSON`. */
export function runToolsCall(context: CommandContext) {
  return withTools(context, async (loaded) => {
    const { antiphon, specs, logger } = loaded;
    const { words, console, signal } = context;
    const [name = '', argumentsJson = '{}'] = words.positionals;
    find(context, loaded, name);
    const agentName = agentNameOf(context, antiphon);
    const askClient = clientAnswersOf(words, 'tools call');
    const provider = textOption(words, 'provider');
    const trace = callTrace(context, (text) => antiphon.redact(text));
    const host = createToolHost({
      registry: antiphon.program.tools.registry,
      agentTools: specs.map((spec) => spec.name),
      clock: systemClock,
      logger,
      ...(isOn(words, 'trace') && { trace: trace.step }),
      ...(askClient && { askClient }),
      askAgent: antiphon.agentAsker({
        ...(provider !== undefined && { provider }),
        ...(askClient && { clientTools: askClient }),
      }),
    });
    // Whoever calls a tool by hand agrees to the call.
    const who = { sessionId: 'sess_cli', agentName, approved: true } as const;
    const call = { callId: 'call_cli', name, argumentsJson, ...who };
    const outcome = await host.call(call, signal, {
      say: (text) => console.err(`says: ${printable(text)}\n`),
      progress: (value) => {
        if (!isOn(words, 'quiet')) console.err(`progress: ${printable(JSON.stringify(value))}\n`);
      },
    });
    host.close();
    if (isOn(words, 'trace')) trace.ended(outcome);
    const { status, arguments: input, output, ui, outputText, elapsedMs } = outcome;
    const ms = Math.round(elapsedMs);
    if (isOn(words, 'json')) {
      const shown = { output, ...(ui !== undefined && { ui }) };
      console.out(
        `${JSON.stringify({ type: 'tool_result', name, arguments: input, status, ...shown, ms })}\n`,
      );
    } else {
      console.out(`${console.outIsTerminal ? printable(outputText) : outputText}\n`);
      if (!isOn(words, 'quiet')) console.err(`${status} in ${ms} ms\n`);
    }
    if (signal.aborted) return exitCodes.interrupted;
    return status === 'completed' ? exitCodes.done : exitCodes.session;
  });
}

/** What the commands below look at. */
interface LoadedTools {
  readonly antiphon: Antiphon;
  /** The tools of the agent. */
  readonly specs: readonly ToolSpec[];
  readonly logger: Logger;
}

async function withTools<Result>(
  context: CommandContext,
  use: (loaded: LoadedTools) => Promise<Result>,
): Promise<Result> {
  const log = commandLog(context.words, 'warn');
  const { logger } = log;
  const provider = textOption(context.words, 'provider');
  const antiphon = await context.loading(() =>
    createAntiphon({
      config: configFile(context),
      env: context.env,
      logger,
      containStrayErrors: true,
      ...(provider !== undefined && { usedProviders: [provider] }),
    }),
  );
  log.hideWith((line) => antiphon.redact(line));
  try {
    return await use({ antiphon, specs: antiphon.toolsOf(textOption(context.words, 'agent')), logger });
  } finally {
    await antiphon.close();
  }
}

function agentNameOf({ words }: CommandContext, antiphon: Antiphon): string {
  return textOption(words, 'agent') ?? antiphon.agentNames[0] ?? '';
}

function find(context: CommandContext, { antiphon, specs }: LoadedTools, name: string): ToolSpec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec !== undefined) return spec;
  const available = specs.map((candidate) => candidate.name).join(', ') || 'none';
  if (antiphon.program.tools.registry.names.includes(name))
    throw new AntiphonError('tool.not_given', { agent: agentNameOf(context, antiphon), name, available });
  throw new AntiphonError('tool.unknown', { name, available });
}

/** A tool as the wire has it. */
function functionOf({ name, description, parameters }: ToolSpec): object {
  return { name, description, parameters };
}

function describe({ name, description, parameters }: ToolSpec): string {
  const properties = Object.keys((parameters['properties'] as object | undefined) ?? {});
  const required = new Set(Array.isArray(parameters['required']) ? parameters['required'] : []);
  const signature = properties.map((key) => (required.has(key) ? key : `${key}?`)).join(', ');
  return `${name}(${signature})\n    ${description}`;
}
