import { basename, extname } from 'node:path';
import { AntiphonError, type JsonObject, type JsonValue, type Logger } from '@antiphon/core';
import type { ToolContext } from '../../define-tool.ts';
import { Lanes } from '../../dispatch/lanes.ts';
import { defaultToolLimits } from '../../dispatch/limits.ts';
import { type ShapedOutput, shapeOutput } from '../../dispatch/output.ts';
import { readAllowList } from '../../http/url-policy.ts';
import type { ConfigVerdict } from '../../plugin/check-config.ts';
import { findPlugin, PluginLoadError } from '../../plugin/plugin-loader.ts';
import { defaultTimeoutMs } from '../../registered-tool.ts';
import { listProblems } from '../../schema/field-name.ts';
import { type CompiledSchema, compileSchema, type SchemaVerdict } from '../../schema/schema-check.ts';
import type { PluginDescription, SchemaDescription, SetUpPlugin, ToolDescription } from '../messages.ts';
import type { PluginCode } from '../plugin-code.ts';
import { type RealmHost, type RealmResult, type RealmTask, runInRealm } from './realm.ts';
import { sandboxFetch } from './sandbox-fetch.ts';
import { SandboxSource } from './sandbox-source.ts';

/** What a sandbox is made of. */
export interface SandboxOptions {
  readonly use: string;
  readonly baseDir: string;
  readonly memoryMb: number;
  readonly allow: readonly string[];
}

/** Milliseconds that loading, and the setup, may take. */
const openLimitMs = 5_000;
const guardLimitMs = 2_000;
/** A call is stopped this long after its time, so that it has been answered as timed out by then. */
const lateMs = 100;
/** Sandboxes that there are at a time. */
const maxRealms = 8;

type Described =
  | { readonly kind: 'plugin'; readonly name?: unknown; readonly config?: SchemaDescription }
  | { readonly kind: 'missing' }
  | { readonly kind: 'wrong'; readonly found: string };

/** A plugin that is interpreted, in a new sandbox each time it is asked something. */
export class SandboxCode implements PluginCode {
  readonly #options: SandboxOptions;
  readonly #lanes = new Lanes(maxRealms);
  readonly #fetch: RealmHost['fetch'];
  readonly #tools = new Map<string, ToolDescription>();
  #source: SandboxSource | undefined;
  #configSchema: SchemaDescription | undefined;
  #config: JsonValue = {};
  #log: Logger | undefined;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#fetch = sandboxFetch(options.allow);
  }

  async open(): Promise<PluginDescription> {
    const { use, baseDir, allow } = this.#options;
    const wrong = readAllowList(allow).find((entry) => typeof entry === 'string');
    if (wrong !== undefined) {
      throw new PluginLoadError(
        new AntiphonError('tool.plugin_entry_invalid', {
          problem: `has under "allow" what is no host: ${wrong}`,
        }),
      );
    }
    const file = await findPlugin(use, baseDir);
    this.#source = new SandboxSource(use, file);
    const described = (await this.#ask('describe', {}, { limitMs: openLimitMs })) as Described;
    switch (described.kind) {
      case 'missing':
        throw new PluginLoadError(new AntiphonError('tool.plugin_no_default', { plugin: use }), { file });
      case 'wrong': {
        const data = { plugin: use, found: String(described.found).slice(0, 100) };
        throw new PluginLoadError(new AntiphonError('tool.plugin_wrong_default', data), { file });
      }
      case 'plugin': {
        const { name, config } = described;
        this.#configSchema = config;
        const ownName = typeof name === 'string' ? name : basename(file, extname(file));
        return { name: ownName, file, ...(config && { config }) };
      }
    }
  }

  async checkConfig(config: JsonValue): Promise<ConfigVerdict> {
    const verdict = await check(this.#configSchema, config);
    if (verdict.kind === 'valid') return verdict;
    return { kind: 'invalid', problems: listProblems(verdict.problems) };
  }

  async setUp(config: JsonValue, log: Logger): Promise<SetUpPlugin> {
    this.#log = log;
    const checked = await this.checkConfig(config);
    if (checked.kind === 'invalid') throw new Error(checked.problems);
    this.#config = checked.value as JsonValue;
    const added = (await this.#ask(
      'setUp',
      { config: this.#config },
      { limitMs: openLimitMs },
    )) as unknown as SetUpPlugin;
    for (const tool of added.tools) this.#tools.set(tool.name, tool);
    return added;
  }

  check(tool: string, values: JsonValue): Promise<SchemaVerdict> {
    return check(this.#tools.get(tool)?.schema, values);
  }

  async call(tool: string, values: JsonValue, context: ToolContext): Promise<ShapedOutput> {
    const { settings, schema } = this.#tools.get(tool) ?? {};
    const checked = await check(schema, values);
    if (checked.kind === 'invalid') throw new Error('the arguments were valid before and are not now');
    const { id, agent, caller } = context.session;
    const argument = {
      config: this.#config,
      tool,
      values: checked.value,
      session: { id, agent, caller },
      call: context.call,
    };
    const timeoutMs = Number(settings?.['timeoutMs'] ?? defaultTimeoutMs);
    const result = await this.#run('call', argument, {
      limitMs: timeoutMs + lateMs,
      signal: context.signal,
      host: {
        progress: (value) => context.progress(value as JsonValue),
        report: (value) => context.report(value as JsonValue),
        tell: (topic, text) => (topic === 'say' ? context.say(text) : context.session[topic](text)),
      },
    });
    if (result.kind === 'not-json') return result;
    return shapeOutput(JSON.parse(result.json), defaultToolLimits.outputBytes);
  }

  async guard(
    name: string,
    text: string,
    { final, signal }: { readonly final: boolean; readonly signal: AbortSignal },
  ): Promise<JsonValue> {
    const argument = { config: this.#config, name, text, final };
    return this.#ask('guard', argument, { limitMs: guardLimitMs, signal });
  }

  observe(): void {
    // There are no observers in a sandbox.
  }

  async hook(): Promise<JsonValue> {
    return null;
  }

  async close(): Promise<void> {
    // Nothing outlives a call.
  }

  async #ask(
    operation: RealmTask['operation'],
    argument: unknown,
    options: { readonly limitMs: number; readonly signal?: AbortSignal },
  ): Promise<JsonValue> {
    const result = await this.#run(operation, argument, { ...options, host: {} });
    if (result.kind === 'not-json') throw new Error(`it gave what is no JSON: ${result.problem}`);
    return JSON.parse(result.json) as JsonValue;
  }

  async #run(
    operation: RealmTask['operation'],
    argument: unknown,
    options: {
      readonly limitMs: number;
      readonly signal?: AbortSignal;
      readonly host: Partial<RealmHost>;
    },
  ): Promise<RealmResult> {
    const source = this.#source;
    if (source === undefined) throw new Error('the plugin is not loaded');
    const { limitMs, signal } = options;
    const host: RealmHost = {
      log: (level, message, data) => this.#note(level, message, data),
      progress: () => undefined,
      report: () => undefined,
      tell: () => undefined,
      fetch: this.#fetch,
      ...options.host,
    };
    const leave = await new Promise<() => void>((resolve) => {
      const giveUp: () => void = this.#lanes.enter(() => queueMicrotask(() => resolve(giveUp)));
    });
    try {
      const task = { operation, argument, limitMs, host, ...(signal && { signal }) };
      return await runInRealm(source, this.#options.memoryMb, task);
    } finally {
      leave();
    }
  }

  #note(level: string, message: string, data: unknown): void {
    const isLevel = level === 'debug' || level === 'info' || level === 'warn' || level === 'error';
    const small = typeof data === 'object' && data !== null ? (data as JsonObject) : {};
    this.#log?.[isLevel ? level : 'info'](message, small);
  }
}

/** Compiling takes longer than a call does. */
const compiled = new WeakMap<SchemaDescription, CompiledSchema>();

/** Holds a value against a schema that travelled; without one anything goes that has no fields. */
async function check(schema: SchemaDescription | undefined, value: JsonValue): Promise<SchemaVerdict> {
  if (schema === undefined) return { kind: 'valid', value };
  if (schema.kind === 'unusable') throw new Error(schema.reason);
  const known = compiled.get(schema) ?? compileSchema(schema.jsonSchema);
  compiled.set(schema, known);
  return known.check(value);
}
