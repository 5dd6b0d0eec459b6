import {
  AntiphonError,
  type Guard,
  type GuardVerdict,
  type JsonObject,
  type JsonValue,
  type Logger,
} from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { definePlugin, type Plugin, type PluginContext, type SessionEvents } from '../define-plugin.ts';
import { defineTool, type Tool, type ToolContext, type ToolSettings } from '../define-tool.ts';
import { defaultToolLimits } from '../dispatch/limits.ts';
import { shapeOutput } from '../dispatch/output.ts';
import { firstLine, type LoadedPlugin, PluginLoadError } from '../plugin/plugin-loader.ts';
import type { SessionFacts } from '../plugin/session-hooks.ts';
import type { InputSchema, StandardResult } from '../schema/input-schema.ts';
import { UnusableSchemaError } from '../schema/tool-json-schema.ts';
import { unpackResult } from '../tool-result.ts';
import { isolationEntry } from './isolation-entry.ts';
import type { HookKind, SchemaDescription, SetUpPlugin, ToolDescription } from './messages.ts';
import { PluginWorker } from './plugin-worker.ts';
import { type ProcessSetup, processPeer } from './process-peer.ts';

/** How a plugin is kept apart from the process. */
export interface IsolationOptions {
  /** The file or package of the plugin, as in `plugins:`. */
  readonly use: string;
  /** `worker`: a process of its own; `sandbox`: an interpreter of its own, for code that is not trusted. */
  readonly isolation: 'worker' | 'sandbox';
  /** Megabytes of memory that its code may use; 128 when absent. */
  readonly memoryMb?: number;
  /** Folder where a relative `use` starts. */
  readonly baseDir: string;
  /** Of a sandbox: the hosts that its `fetch` may go to; none when absent. */
  readonly allow?: readonly string[];
  readonly logger?: Logger;
  readonly cacheDir?: string;
  /** Milliseconds that its setup may take; 30,000 when absent. */
  readonly setupLimitMs?: number;
}

const defaultMemoryMb = 128;
/** Megabytes that the process of a plugin needs before the plugin has any. */
const ownResidentMb = 256;
const defaultSetupMs = 30_000;
/** Milliseconds in which a worker has to hear that a call is over; a sandbox first stops the code itself. */
const graceMs = { worker: 1_000, sandbox: 3_000 } as const;
/** Milliseconds that a schema of a plugin, a guardrail or an observer may take. */
const checkLimitMs = 10_000;
const guardLimitMs = 5_000;
const eventLimitMs = 5_000;
/** More than any hook is waited for. */
const hookLimitMs = 60_000;
/** Events that may wait for a worker. */
const maxEvents = 256;

const callDeeds = ['transfer', 'sendDtmf'] as const;

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Loads a plugin into a worker, for `plugins` of `createAntiphon`. What it adds is called there; what crashes there ends
 * the worker alone, which is started again.
 *
 * @throws {PluginLoadError}
 */
export async function isolatedPlugin(options: IsolationOptions): Promise<Plugin> {
  return (await loadIsolated(options)).plugin;
}

/** As {@link isolatedPlugin}. @returns the plugin, and what ends the worker of one that is not set up */
export async function loadIsolated(options: IsolationOptions): Promise<LoadedPlugin> {
  const { use, isolation, baseDir, allow = [], logger = silent, cacheDir } = options;
  const { memoryMb = defaultMemoryMb, setupLimitMs = defaultSetupMs } = options;
  const worker = new PluginWorker({
    start: processPeer(
      isolationEntry('plugin-process'),
      processSetup(isolation, memoryMb, { use, baseDir, cacheDir, memoryMb, allow }),
    ),
    log: logger,
    plugin: use,
    setupLimitMs,
    graceMs: graceMs[isolation],
  });
  try {
    const { name, file, config } = await worker.open();
    const plugin = definePlugin({
      name,
      ...(config && { config: configSchema(config, worker) }),
      setup: (context, value) => setUp(worker, context, value),
    }) as Plugin;
    return { plugin, origin: use, ...(file !== undefined && { file }), discard: () => worker.close() };
  } catch (error) {
    await worker.close();
    throw error instanceof PluginLoadError ? error : loadFailure(use, error);
  }
}

/** A sandbox bounds its own memory, buffers included; its thread needs heap for what comes out of it. */
function processSetup(
  isolation: IsolationOptions['isolation'],
  memoryMb: number,
  setup: object,
): ProcessSetup {
  if (isolation === 'sandbox') {
    const entry = isolationEntry('sandbox-worker').href;
    return { thread: { entry, setup, memoryMb: defaultMemoryMb } };
  }
  const entry = isolationEntry('module-worker').href;
  return { thread: { entry, setup, memoryMb }, residentMb: 2 * memoryMb + ownResidentMb };
}

/** The code crashed while it was loaded, or took too long. */
function loadFailure(use: string, error: unknown): PluginLoadError {
  const data = { plugin: use, reason: firstLine(error), place: use };
  return new PluginLoadError(new AntiphonError('tool.plugin_load_failed', data, { cause: error }));
}

async function setUp(worker: PluginWorker, context: PluginContext, config: unknown): Promise<void> {
  context.onClose(() => worker.close());
  context.health(() => worker.assertRuns());
  const added = await worker.setUp(config as JsonValue);
  for (const tool of added.tools) context.tool(proxyTool(tool, worker));
  for (const guard of added.guards) context.guard(proxyGuard(guard, worker));
  addHooks(worker, context, added.hooks);
  for (const type of added.observes as readonly (keyof SessionEvents)[])
    context.observe(type, (event) => passEvent(worker, type, event));
}

/** Hooks run where the plugin does; who asks for them holds them to their time. */
function addHooks(worker: PluginWorker, context: PluginContext, hooks: SetUpPlugin['hooks']): void {
  const run = (hook: HookKind, index: number, told: object, signal: AbortSignal): Promise<JsonValue> => {
    const shaped = shapeOutput(told, defaultToolLimits.outputBytes);
    const session = shaped.kind === 'json' ? shaped.value : {};
    return worker.tell('hook', { hook, index, session }, { signal, limitMs: hookLimitMs });
  };
  for (let index = 0; index < (hooks?.start ?? 0); index += 1) {
    context.onSessionStart(
      async ({ signal, ...session }) => (await run('start', index, session, signal)) as SessionFacts,
    );
  }
  for (let index = 0; index < (hooks?.end ?? 0); index += 1) {
    context.onSessionEnd(async ({ signal, ...session }) => {
      await run('end', index, session, signal);
    });
  }
  for (let index = 0; index < (hooks?.health ?? 0); index += 1) {
    context.health(async (signal) => {
      const words = await run('health', index, {}, signal);
      return typeof words === 'string' ? words : undefined;
    });
  }
}

function proxyTool(
  { name, description, settings, schema, runs }: ToolDescription,
  worker: PluginWorker,
): Tool {
  const check = async (values: unknown): Promise<StandardResult> => {
    const params = { tool: name, values: values as JsonValue };
    const verdict = await worker.ask(name, 'check', params, { limitMs: checkLimitMs });
    if (verdict.kind === 'valid') return { value: values };
    return {
      issues: verdict.problems.map(({ field, problem }) => ({ message: problem, path: fieldPath(field) })),
    };
  };
  const execute = async (values: unknown, context: ToolContext): Promise<unknown> => {
    const { signal, session, call } = context;
    const { id, agent, caller, callControl } = session;
    const callCan = callControl && callDeeds.filter((deed) => callControl[deed] !== undefined);
    const output = await worker.ask(
      name,
      'call',
      {
        tool: name,
        values: values as JsonValue,
        callId: call.id,
        session: { id, agent, caller, ...(callCan && { callCan }) },
      },
      { signal, context },
    );
    if (output.kind === 'json') return unpackResult(output.value);
    throw output.kind === 'too-large'
      ? answeredError('tool.output_too_large', { tool: name, limit: defaultToolLimits.outputBytes })
      : answeredError('tool.output_invalid', { tool: name, problem: output.problem });
  };
  return defineTool({
    ...(settings as ToolSettings),
    name,
    description,
    input: remoteSchema(schema, check),
    execute: runs ? execute : (undefined as never),
  }) as Tool;
}

function proxyGuard({ name, on }: SetUpPlugin['guards'][number], worker: PluginWorker): Guard {
  return {
    name,
    on,
    check: async (text, { final, signal }) =>
      (await worker.tell('guard', { name, text, final }, { signal, limitMs: guardLimitMs })) as GuardVerdict,
  };
}

/** Observers are told as long as the worker keeps up: what an observer misses harms no session. */
function passEvent(worker: PluginWorker, type: string, event: unknown): void {
  const shaped = shapeOutput(event, defaultToolLimits.outputBytes);
  if (shaped.kind !== 'json' || worker.busy > maxEvents) return;
  worker.tell('event', { type, event: shaped.value }, { limitMs: eventLimitMs }).catch(() => undefined);
}

function configSchema(description: SchemaDescription, worker: PluginWorker): InputSchema {
  return remoteSchema(description, async (value) => {
    const verdict = await worker.tell('config', value as JsonValue, { limitMs: checkLimitMs });
    return verdict.kind === 'valid' ? { value } : { issues: [{ message: verdict.problems }] };
  });
}

/** A schema that is held against values elsewhere; what it lets through stays as it was, and is parsed there. */
function remoteSchema(
  description: SchemaDescription,
  validate: (value: unknown) => Promise<StandardResult>,
): InputSchema {
  const jsonSchema = {
    input: (): JsonObject => {
      if (description.kind === 'schema') return description.jsonSchema;
      throw new UnusableSchemaError(description.reason);
    },
  };
  return { '~standard': { version: 1, vendor: 'antiphon', validate, jsonSchema } } as InputSchema;
}

/** The path of a field as `fieldName` writes it. */
function fieldPath(field: string): readonly string[] {
  return field === '' ? [] : field.split(/\.|\[(\d+)\]/).filter((part) => part !== undefined && part !== '');
}
