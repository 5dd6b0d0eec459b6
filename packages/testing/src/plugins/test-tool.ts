import type { JsonObject, JsonValue, ToolCallStatus, ToolOutcome, ToolSpec } from '@antiphon/core';
import type { ApproveCall, CollectedTools, Plugin, SessionToolHost, Tool } from '@antiphon/tools';
import { VirtualClock } from '../virtual-clock.ts';
import { type KeptLog, keepingLogger } from './kept-logs.ts';

/** What {@link testTool} is told of the session that the calls belong to. */
export interface TestToolOptions {
  /** Which tool, where the plugin has several. */
  readonly tool?: string;
  /** What stands under `config` of the plugin's entry; it is held against the schema of the plugin. */
  readonly config?: unknown;
  /** What the application gave of whoever is on the line: `ctx.session.caller`. */
  readonly caller?: Readonly<Record<string, string>>;
  /** Name of the agent that calls; `agent` unless told. */
  readonly agent?: string;
  /** Answers for calls with `confirm: 'app'`; they are agreed to unless told. */
  readonly approve?: ApproveCall;
  /** The time of the session. */
  readonly clock?: VirtualClock;
}

/** How one call is made. */
export interface TestCallOptions {
  /** Cancels the call, as an interruption of a tool with `onInterrupt: 'cancel'` does. */
  readonly signal?: AbortSignal;
  /** Milliseconds of virtual time that pass once the call has begun: enough of them make it time out. */
  readonly passMs?: number;
}

/** What came of a call. */
export interface TestedCall {
  readonly status: ToolCallStatus;
  /** The value the tool returned, in its shape; or an object with an `error` that the model can read. */
  readonly output: JsonValue;
  /** What the model is given of it. */
  readonly modelText: string;
  /** What the tool gave to `ctx.progress`. */
  readonly progress: readonly JsonValue[];
  /** What the tool gave to `ctx.say`. */
  readonly says: readonly string[];
  /** What was logged meanwhile: of an error that is no `ToolError`, all that the model is not told. */
  readonly logs: readonly KeptLog[];
  /** Milliseconds of virtual time. */
  readonly elapsedMs: number;
}

/** One tool in a session of its own. Made by {@link testTool}. */
export interface TestedTool {
  /** What a model is told of the tool, and how its calls are treated. */
  readonly spec: ToolSpec;
  readonly clock: VirtualClock;
  /** Makes a call. `input` as a text is what a model wrote, malformed perhaps. Never rejects. */
  call(input?: object | string, options?: TestCallOptions): Promise<TestedCall>;
  /** Ends the session and closes the plugin, as a runtime does. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Puts a tool into a session that has nothing else, and calls it exactly as a model would: arguments are checked
 * without coercion, the time-out and the limits hold, the result is shaped. Calls of one tested tool share the session, so
 * repeats by `idempotentBy` get the stored result. Time is virtual and passes only when told.
 *
 * @throws AntiphonError what `antiphon check` would say of the tool, its plugin or `config`; Error when there is no such tool
 *
 * @example
 * await using weather = await testTool(plugin, { caller: { tenant: 'acme' } });
 * const { status, output } = await weather.call({ city: 'Rome' });
 */
export async function testTool(
  subject: Tool | Plugin | readonly Tool[],
  options: TestToolOptions = {},
): Promise<TestedTool> {
  const { createToolHost } = await import('@antiphon/tools');
  const logs: KeptLog[] = [];
  const logger = keepingLogger(logs);
  const tools = await setUp(subject, { config: options.config, logs });
  try {
    const name = chosenName(tools.registry.names, options.tool);
    const { clock = new VirtualClock(), caller = {}, approve = () => true } = options;
    const host = createToolHost({
      registry: tools.registry,
      agentTools: [name],
      clock,
      logger,
      caller,
      approve,
    });
    return new ToolBench({ tools, host, clock, logs, agent: options.agent ?? 'agent' });
  } catch (error) {
    await tools.close();
    throw error;
  }
}

/** Sets the plugin up as a runtime does. */
async function setUp(
  subject: Tool | Plugin | readonly Tool[],
  { config, logs }: { readonly config: unknown; readonly logs: KeptLog[] },
): Promise<CollectedTools> {
  const { collectTools, throwProblems } = await import('@antiphon/tools');
  const value = await configured(subject, config);
  const values = Array.isArray(value) ? (value as readonly Tool[]) : [value as Tool | Plugin];
  const tools = await collectTools({ baseDir: process.cwd(), logger: keepingLogger(logs), values });
  if (tools.problems.length > 0) await tools.close();
  throwProblems(tools.problems);
  return tools;
}

/** The plugin with its settings in it, for plugins that are values are given none. */
async function configured(
  subject: Tool | Plugin | readonly Tool[],
  config: unknown,
): Promise<Tool | Plugin | readonly Tool[]> {
  const { checkConfig, definePlugin, isPlugin } = await import('@antiphon/tools');
  if (!isPlugin(subject)) return subject;
  const verdict = await checkConfig(subject.config, config ?? {});
  if (verdict.kind === 'invalid') {
    const { AntiphonError } = await import('@antiphon/core');
    throw new AntiphonError('tool.plugin_config_invalid', {
      plugin: subject.name,
      problems: verdict.problems,
    });
  }
  return definePlugin({
    name: subject.name,
    setup: (context) => subject.setup(context, verdict.value),
  }) as Plugin;
}

function chosenName(names: readonly string[], asked: string | undefined): string {
  const [only] = names;
  if (asked !== undefined && names.includes(asked)) return asked;
  if (asked === undefined && only !== undefined && names.length === 1) return only;
  const available = names.join(', ') || 'none';
  throw new Error(
    asked === undefined
      ? `testTool: say which tool with { tool: … }; there are: ${available}`
      : `testTool: there is no tool "${asked}"; there are: ${available}`,
  );
}

interface BenchParts {
  readonly tools: CollectedTools;
  readonly host: SessionToolHost;
  readonly clock: VirtualClock;
  readonly logs: KeptLog[];
  readonly agent: string;
}

class ToolBench implements TestedTool {
  readonly spec: ToolSpec;
  readonly clock: VirtualClock;
  readonly #parts: BenchParts;
  #calls = 0;

  constructor(parts: BenchParts) {
    const [spec] = parts.host.specs;
    if (spec === undefined) throw new Error('testTool: the tool is not there');
    this.spec = spec;
    this.clock = parts.clock;
    this.#parts = parts;
  }

  async call(input: object | string = {}, options: TestCallOptions = {}): Promise<TestedCall> {
    const { host, clock, logs, agent } = this.#parts;
    this.#calls += 1;
    const request = {
      callId: `call_${this.#calls}`,
      name: this.spec.name,
      argumentsJson: typeof input === 'string' ? input : JSON.stringify(input as JsonObject),
      sessionId: 'sess_test',
      agentName: agent,
    };
    const [progress, says]: [JsonValue[], string[]] = [[], []];
    const logged = logs.length;
    const calling = host.call(request, options.signal ?? new AbortController().signal, {
      progress: (value) => void progress.push(value),
      say: (text) => void says.push(text),
    });
    if (options.passMs !== undefined) await clock.pass(options.passMs);
    const outcome: ToolOutcome = await calling;
    const { status, output, outputText: modelText, elapsedMs } = outcome;
    return { status, output, modelText, progress, says, logs: logs.slice(logged), elapsedMs };
  }

  async close(): Promise<void> {
    this.#parts.host.close();
    await this.#parts.tools.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
