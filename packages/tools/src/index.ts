// The public surface of @antiphon/tools. Adding a name here is adding API.
export { type CollectedTools, type CollectOptions, collectTools } from './collect-tools.ts';
export {
  definePlugin,
  isPlugin,
  type Plugin,
  type PluginContext,
  type PluginOptions,
} from './define-plugin.ts';
export {
  defineTool,
  isTool,
  type Tool,
  type ToolContext,
  type ToolOptions,
  type ToolSession,
  type ToolSettings,
} from './define-tool.ts';
export type { RememberedCall } from './dispatch/journal.ts';
export { defaultToolLimits, type ToolLimits } from './dispatch/limits.ts';
export { createToolHost, type SessionToolHost, type ToolHostOptions } from './dispatch/tool-host.ts';
export { createHttpTool, type HttpToolDeclaration, type HttpToolReview } from './http/http-tool.ts';
export { type HttpToolYaml, httpToolFromYaml } from './http/http-tool-yaml.ts';
export type { HttpRequestDeclaration, RequestProblem } from './http/request-template.ts';
export { type ConfigVerdict, checkConfig } from './plugin/check-config.ts';
export { createModuleLoader, type HostModules, type ImportModule } from './plugin/module-loader.ts';
export type { PluginEntry } from './plugin/plugin-entry.ts';
export { describeValue, loadDefaultExport, PluginLoadError } from './plugin/plugin-loader.ts';
export type { PluginObserver } from './plugin/plugin-scope.ts';
export { calculatorPlugin } from './plugins/calculator/calculator-plugin.ts';
export { type ClockPluginOptions, clockPlugin } from './plugins/clock/clock-plugin.ts';
export { type TimerPluginOptions, timerPlugin } from './plugins/timer/timer-plugin.ts';
export { type ProblemPlace, type ToolProblem, throwProblems } from './problem.ts';
export type { RegisteredTool } from './registered-tool.ts';
export { type AgentTools, ToolRegistry } from './registry.ts';
export type { InputSchema, SchemaOutput } from './schema/input-schema.ts';
export { isToolError, ToolError, type ToolErrorOptions } from './tool-error.ts';
