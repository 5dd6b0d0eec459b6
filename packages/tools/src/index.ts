// The public surface of @antiphon/tools. Adding a name here is adding API.
export {
  type CollectedTools,
  type CollectOptions,
  collectTools,
  type OpenPlugin,
} from './collect-tools.ts';
export type { CommandDeclaration } from './command/command-template.ts';
export {
  type CommandToolDeclaration,
  type CommandToolReview,
  createCommandTool,
} from './command/command-tool.ts';
export type { AgentToolDeclaration } from './declared/agent-tool.ts';
export { type ClientToolDeclaration, createClientTool } from './declared/client-tool.ts';
export type { DeclarationProblem } from './declared/declaration-problem.ts';
export {
  type CommandYaml,
  type DeclarationScope,
  type DeclaredToolYaml,
  type ToolDeclaration,
  toolFromYaml,
} from './declared/declared-tool.ts';
export {
  definePlugin,
  isPlugin,
  type Plugin,
  type PluginContext,
  type PluginOptions,
} from './define-plugin.ts';
export {
  type ConfirmSettings,
  defineTool,
  isTool,
  type Tool,
  type ToolContext,
  type ToolOptions,
  type ToolSession,
  type ToolSettings,
} from './define-tool.ts';
export type { ApprovalDecision, ApprovalRequest, ApproveCall } from './dispatch/approval.ts';
export type { AgentQuestion, AskAgent } from './dispatch/ask-agent.ts';
export type { AskClient, ClientToolRequest } from './dispatch/ask-client.ts';
export { ProcessCalls } from './dispatch/call-gates.ts';
export type { ToolCallLimits, ToolRate } from './dispatch/call-limits.ts';
export type { RememberedCall } from './dispatch/journal.ts';
export { defaultToolLimits, type ToolLimits } from './dispatch/limits.ts';
export type { ResultPart, ResultShape } from './dispatch/result-shape.ts';
export { createToolHost, type SessionToolHost, type ToolHostOptions } from './dispatch/tool-host.ts';
export type { CallStep, TraceCall } from './dispatch/trace.ts';
export type { HttpAuthDeclaration } from './http/http-auth.ts';
export { createHttpTool, type HttpToolDeclaration, type HttpToolReview } from './http/http-tool.ts';
export type { HttpRequestDeclaration } from './http/request-template.ts';
export type { ToolOverride, ToolSelection } from './imported/selection.ts';
export { type IsolationOptions, isolatedPlugin } from './isolation/isolated-plugin.ts';
export { lockMcpServer, type McpPluginOptions, mcpPlugin } from './mcp/mcp-plugin.ts';
export { type OpenApiPluginOptions, openApiPlugin } from './openapi/openapi-plugin.ts';
export { fillPhaseArguments } from './phase-calls.ts';
export { type ConfigVerdict, checkConfig } from './plugin/check-config.ts';
export { type EntryScope, mcpOptions } from './plugin/entry-options.ts';
export { createModuleLoader, type HostModules, type ImportModule } from './plugin/module-loader.ts';
export type {
  McpEntry,
  OpenApiEntry,
  PluginEntry,
  SelectionYaml,
  UseEntry,
} from './plugin/plugin-entry.ts';
export { describeValue, loadDefaultExport, PluginLoadError } from './plugin/plugin-loader.ts';
export type { PluginObserver } from './plugin/plugin-scope.ts';
export { type PluginSource, pluginSource } from './plugin/plugin-source.ts';
export type {
  EndedSession,
  HealthCheck,
  PluginHealth,
  PluginSession,
  SessionFacts,
  SessionHooks,
  StartAnswer,
  StartingSession,
} from './plugin/session-hooks.ts';
export { calculatorPlugin } from './plugins/calculator/calculator-plugin.ts';
export { dtmfPlugin } from './plugins/call/dtmf-plugin.ts';
export { endCallPlugin } from './plugins/call/end-call-plugin.ts';
export { notePlugin } from './plugins/call/note-plugin.ts';
export { transferPlugin } from './plugins/call/transfer-plugin.ts';
export { type ClockPluginOptions, clockPlugin } from './plugins/clock/clock-plugin.ts';
export { fetchPlugin } from './plugins/fetch/fetch-plugin.ts';
export { type KnowledgePluginOptions, knowledgePlugin } from './plugins/knowledge/knowledge-plugin.ts';
export { fileKeyValueStore } from './plugins/memory/file-key-value-store.ts';
export { type MemoryPluginOptions, memoryPlugin } from './plugins/memory/memory-plugin.ts';
export { type TimerPluginOptions, timerPlugin } from './plugins/timer/timer-plugin.ts';
export { type ProblemPlace, type ToolProblem, throwProblems } from './problem.ts';
export type { RegisteredTool } from './registered-tool.ts';
export { type AgentTools, type PhaseCall, ToolRegistry } from './registry.ts';
export type { InputSchema, SchemaOutput } from './schema/input-schema.ts';
export type { ToolSettingsYaml } from './settings-yaml.ts';
export { containStrayErrors, runOwned } from './stray-errors.ts';
export { isToolError, ToolError, type ToolErrorOptions } from './tool-error.ts';
export { isToolResult, type ToolResult, toolResult } from './tool-result.ts';
