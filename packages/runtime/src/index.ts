// The public surface of @antiphon/runtime: what an embedder imports. Adding a name here is adding API.
export { Antiphon, type RuntimeHealth } from './antiphon.ts';
export { type CreateAntiphonOptions, createAntiphon } from './create-antiphon.ts';
export { AgentFileError } from './program/agent-file-error.ts';
export { loadProgram, type Program } from './program/load-program.ts';
export type { AgentFileText, LoadProgramOptions } from './program/program-options.ts';
export { readAgentFile } from './program/read-agent-file.ts';
export type { Credential, TokenSource, TokenSources } from './providers/credentials.ts';
export {
  defineProvider,
  type ProviderContext,
  type ProviderDefinition,
  type ProviderOptions,
} from './providers/define-provider.ts';
export { createHostedProvider, type HostedProviderOptions } from './providers/hosted-provider.ts';
export { createOpenAiProvider } from './providers/openai-provider.ts';
export type { LoadedProvider } from './providers/plugin-provider.ts';
export type { ReloadChange, ReloadTime } from './reload/program-changes.ts';
export type { ReloadReport } from './reload/reloader.ts';
export type { ClientToolAnswer } from './session/client-desk.ts';
export { Session, type SessionNoticeOf, sessionError } from './session/session.ts';
export type { ResumeSessionOptions, StartSessionOptions } from './session/session-options.ts';
export type { AgentAskerOptions } from './session/session-parts.ts';
export type {
  CallAgentOptions,
  CallOptions,
  CallSessionOptions,
  ClientSecretOptions,
  CreateCallOptions,
  CreatedCall,
} from './sideband/call-desk.ts';
export { type IncomingCall, type IncomingWebhook, readIncomingCall } from './sideband/incoming-call.ts';
export type { CallEnd, RemoteCall } from './sideband/remote-call.ts';
export { type JsonlLogOptions, openJsonlSessionLog } from './stores/jsonl-session-log.ts';
export { jsonlSessionStore, readSessionLog } from './stores/jsonl-session-store.ts';
export { randomIds } from './system/random-ids.ts';
export { type LogLevel, logLevels, stderrLogger } from './system/stderr-logger.ts';
export { systemClock } from './system/system-clock.ts';
