import type { JsonValue, Logger } from '@antiphon/core';
import type { ToolContext } from '../define-tool.ts';
import type { ShapedOutput } from '../dispatch/output.ts';
import type { ConfigVerdict } from '../plugin/check-config.ts';
import type { SchemaVerdict } from '../schema/schema-check.ts';
import type { HookRequest, PluginDescription, SetUpPlugin } from './messages.ts';

/** The code of a plugin, where it runs. */
export interface PluginCode {
  /** Loads it. @throws PluginLoadError */
  open(): Promise<PluginDescription>;
  checkConfig(config: JsonValue): Promise<ConfigVerdict>;
  setUp(config: JsonValue, log: Logger): Promise<SetUpPlugin>;
  check(tool: string, values: JsonValue): Promise<SchemaVerdict>;
  call(tool: string, values: JsonValue, context: ToolContext): Promise<ShapedOutput>;
  guard(
    name: string,
    text: string,
    check: { readonly final: boolean; readonly signal: AbortSignal },
  ): Promise<JsonValue>;
  observe(type: string, event: JsonValue): void;
  /** Runs a hook. @returns what it gives, as JSON */
  hook(request: HookRequest, signal: AbortSignal): Promise<JsonValue>;
  close(): Promise<void>;
}
