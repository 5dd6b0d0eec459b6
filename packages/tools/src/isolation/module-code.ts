import type { Guard, JsonObject, JsonValue, Logger } from '@antiphon/core';
import type { Plugin } from '../define-plugin.ts';
import type { Tool, ToolContext } from '../define-tool.ts';
import { defaultToolLimits } from '../dispatch/limits.ts';
import { type ShapedOutput, shapeOutput } from '../dispatch/output.ts';
import { type ConfigVerdict, checkConfig } from '../plugin/check-config.ts';
import { createModuleLoader } from '../plugin/module-loader.ts';
import { type LoadedPlugin, loadPlugin } from '../plugin/plugin-loader.ts';
import { PluginScope } from '../plugin/plugin-scope.ts';
import type { EndedSession, StartingSession } from '../plugin/session-hooks.ts';
import type { InputSchema } from '../schema/input-schema.ts';
import { type CompiledSchema, compileSchema, type SchemaVerdict } from '../schema/schema-check.ts';
import { toolJsonSchema } from '../schema/tool-json-schema.ts';
import { packResult } from '../tool-result.ts';
import type {
  HookRequest,
  PluginDescription,
  SchemaDescription,
  SetUpPlugin,
  ToolDescription,
} from './messages.ts';
import type { PluginCode } from './plugin-code.ts';

/** The limit is that of the owner, who ends the worker. */
const noLimitMs = 2 ** 31 - 1;

/** A plugin that Node runs in this thread. */
export class ModuleCode implements PluginCode {
  readonly #use: string;
  readonly #baseDir: string;
  readonly #cacheDir: string | undefined;
  readonly #schemas = new Map<string, CompiledSchema>();
  #loaded: LoadedPlugin | undefined;
  #scope: PluginScope | undefined;

  constructor(options: { readonly use: string; readonly baseDir: string; readonly cacheDir?: string }) {
    this.#use = options.use;
    this.#baseDir = options.baseDir;
    this.#cacheDir = options.cacheDir;
  }

  async open(): Promise<PluginDescription> {
    const importModule = createModuleLoader(this.#cacheDir);
    this.#loaded = await loadPlugin(this.#use, { baseDir: this.#baseDir, importModule });
    const { plugin, file } = this.#loaded;
    return {
      name: plugin.name,
      ...(file !== undefined && { file }),
      ...(plugin.config !== undefined && { config: describeSchema(plugin.config) }),
    };
  }

  checkConfig(config: JsonValue): Promise<ConfigVerdict> {
    return checkConfig(this.#plugin().config, config);
  }

  async setUp(config: JsonValue, log: Logger): Promise<SetUpPlugin> {
    const checked = await this.checkConfig(config);
    if (checked.kind === 'invalid') throw new Error(checked.problems);
    this.#scope = await PluginScope.open(this.#plugin(), checked.value, { log, limitMs: noLimitMs });
    const { tools, guards, observers } = this.#scope;
    return {
      tools: tools.map(describeTool),
      guards: guards.map(({ name, on }) => ({ name, on })),
      observes: [...new Set(observers.map(({ type }) => type))],
      hooks: {
        start: this.#scope.hooks.starts.length,
        end: this.#scope.hooks.ends.length,
        health: this.#scope.health.checks.length,
      },
    };
  }

  async check(tool: string, values: JsonValue): Promise<SchemaVerdict> {
    return this.#schemaOf(tool).check(values);
  }

  async call(name: string, values: JsonValue, context: ToolContext): Promise<ShapedOutput> {
    const tool = this.#tool(name);
    const checked = await this.#schemaOf(name).check(values);
    if (checked.kind === 'invalid') throw new Error('the arguments were valid before and are not now');
    return shapeOutput(packResult(await tool.execute(checked.value, context)), defaultToolLimits.outputBytes);
  }

  async guard(
    name: string,
    text: string,
    check: { readonly final: boolean; readonly signal: AbortSignal },
  ): Promise<JsonValue> {
    const guard: Guard | undefined = this.#scope?.guards.find((candidate) => candidate.name === name);
    const verdict = await guard?.check(text, check);
    const shaped = shapeOutput(verdict, defaultToolLimits.outputTextBytes);
    return shaped.kind === 'json' ? shaped.value : null;
  }

  observe(type: string, event: JsonValue): void {
    for (const { type: wanted, observer } of this.#scope?.observers ?? [])
      if (wanted === type) observer(event);
  }

  async hook({ hook, index, session }: HookRequest, signal: AbortSignal): Promise<JsonValue> {
    const told = { ...(session as JsonObject), signal };
    const shaped = shapeOutput(await this.#runHook(hook, index, told), defaultToolLimits.outputTextBytes);
    return shaped.kind === 'json' ? shaped.value : null;
  }

  #runHook(hook: HookRequest['hook'], index: number, session: { readonly signal: AbortSignal }): unknown {
    const { hooks, health } = this.#scope ?? {};
    if (hook === 'start') return hooks?.starts[index]?.(session as unknown as StartingSession);
    if (hook === 'end') return hooks?.ends[index]?.(session as unknown as EndedSession);
    return health?.checks[index]?.(session.signal);
  }

  async close(): Promise<void> {
    await this.#scope?.close();
  }

  #plugin(): Plugin {
    if (this.#loaded === undefined) throw new Error('the plugin is not loaded');
    return this.#loaded.plugin;
  }

  #tool(name: string): Tool {
    const tool = this.#scope?.tools.find((candidate) => candidate.name === name);
    if (tool === undefined) throw new Error(`the plugin has no tool "${name}" now`);
    return tool;
  }

  #schemaOf(name: string): CompiledSchema {
    const known = this.#schemas.get(name);
    if (known !== undefined) return known;
    const compiled = compileSchema(this.#tool(name).input);
    this.#schemas.set(name, compiled);
    return compiled;
  }
}

function describeTool(tool: Tool): ToolDescription {
  const { name, description, settings, input } = tool;
  return {
    name,
    description,
    settings: JSON.parse(JSON.stringify(settings)) as JsonObject,
    schema: describeSchema(input),
    runs: typeof tool.execute === 'function',
  };
}

function describeSchema(schema: InputSchema): SchemaDescription {
  try {
    return { kind: 'schema', jsonSchema: toolJsonSchema(schema) };
  } catch (error) {
    return { kind: 'unusable', reason: error instanceof Error ? error.message : String(error) };
  }
}
