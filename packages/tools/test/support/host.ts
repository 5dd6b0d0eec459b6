import type { JsonValue, Logger, ToolOutcome } from '@antiphon/core';
import { VirtualClock } from '@antiphon/testing';
import {
  createToolHost,
  type Plugin,
  type RememberedCall,
  type SessionToolHost,
  type Tool,
  type ToolLimits,
} from '@antiphon/tools';
import { PluginScope } from '../../src/plugin/plugin-scope.ts';
import { buildRegistry } from '../../src/registry.ts';

/** One line of a log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly data: Readonly<Record<string, JsonValue>>;
}

/** A logger that keeps its lines. */
export function memoryLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (message: string, data: Readonly<Record<string, JsonValue>> = {}) =>
      void lines.push({ level, message, data });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A host over the given tools, in virtual time. */
export interface TestHost {
  readonly host: SessionToolHost;
  readonly clock: VirtualClock;
  readonly log: ReturnType<typeof memoryLogger>;
  readonly said: string[];
  call(name: string, argumentsJson?: string, signal?: AbortSignal): Promise<ToolOutcome>;
}

export function testHost(
  tools: readonly Tool[],
  limits: Partial<ToolLimits> = {},
  remembered: readonly RememberedCall[] = [],
  caller: Readonly<Record<string, string>> = {},
): TestHost {
  const { registry, problems } = buildRegistry(tools.map((tool) => ({ tool, origin: 'a test', where: {} })));
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
  const clock = new VirtualClock();
  const log = memoryLogger();
  const host = createToolHost({
    registry,
    agentTools: ['*'],
    clock,
    logger: log,
    limits,
    remembered,
    caller,
  });
  const said: string[] = [];
  let calls = 0;
  return {
    host,
    clock,
    log,
    said,
    call(name, argumentsJson = '{}', signal = new AbortController().signal) {
      calls += 1;
      const request = {
        callId: `call_${calls}`,
        name,
        argumentsJson,
        sessionId: 'sess_1',
        agentName: 'concierge',
      };
      return host.call(request, signal, { say: (text) => said.push(text) });
    },
  };
}

/** A host over the tools of a plugin, with the scope of the plugin to close. */
export async function pluginTools(
  plugin: Plugin,
  config: unknown = {},
): Promise<TestHost & { close(): Promise<void> }> {
  const scope = await PluginScope.open(plugin, config, { log: memoryLogger(), limitMs: 1_000 });
  return { ...testHost(scope.tools), close: () => scope.close() };
}
