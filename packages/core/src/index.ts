// The public surface of @antiphon/core. Adding a name here is adding API.

export { type HostedMcp, hostedConfirmation, hostedTool } from './config/agent/hosted-mcp.ts';
export {
  type AfterCall,
  type AgentConfig,
  type AgentTurnDetection,
  type BeforeCall,
  hostedServersOf,
  providersOf,
  toolNamesOf,
} from './config/agent-config.ts';
export { type AgentsFile, AgentsFileSchema } from './config/agents-file.ts';
export {
  type BuiltInProvider,
  builtInProviderNames,
  readBuiltInProvider,
} from './config/built-in-providers.ts';
export { formatProblem } from './config/format-problem.ts';
export { agentsFileJsonSchema } from './config/json-schema.ts';
export type { AgentsFileOutline } from './config/outline.ts';
export { type ParametersResult, parametersToJsonSchema } from './config/parameters.ts';
export {
  type ParseAgentsFileOptions,
  type ParsedAgentsFile,
  parseAgentsFile,
  type RefusedAgentsFile,
} from './config/parse-agents-file.ts';
export type { PluginEntry } from './config/plugin-entry.ts';
export {
  type ModelPricesConfig,
  modelOf,
  type PriceList,
  pricesOfModel,
  pricesOfProvider,
} from './config/price-config.ts';
export { type ConfigPath, type ConfigProblem, pathText, type TextPosition } from './config/problem.ts';
export { capabilitiesOf, type ProviderCapabilities } from './config/provider-capabilities.ts';
export type { ProviderConfig, ProviderConfigOf, ProviderType } from './config/provider-config.ts';
export { type ConfigSecret, redact } from './config/secrets.ts';
export { reasonOf, type UnhonouredSetting, unhonouredSettings } from './config/settings-coverage.ts';
export type { ToolConfig } from './config/tool-config.ts';
export {
  detectionDefaults,
  settingAt,
  type WireSetting,
  wireSessionOf,
  wireSettings,
  withSetting,
} from './config/wire-settings.ts';
export { type ConsentQuestion, consentQuestion, type QuestionParts } from './consent/consent-question.ts';
export type { ConsentPhrases, ConsentWords } from './consent/consent-words.ts';
export { type ConsentWordsChange, consentWords } from './consent/languages.ts';
export { type Consent, readConsent } from './consent/read-consent.ts';
export { AntiphonError, isAntiphonError } from './errors/antiphon-error.ts';
export { type ErrorCode, type ErrorData, errorTable } from './errors/error-codes.ts';
export type { ErrorRow } from './errors/error-row.ts';
export { thrownText } from './errors/thrown-text.ts';
export type { JsonObject, JsonValue } from './json.ts';
export type { Announcement, Announcer } from './ports/announcer.ts';
export type { AudioCodec } from './ports/audio-codec.ts';
export type { AudioConditioner } from './ports/audio-conditioner.ts';
export type { AudioChunk, AudioSink, PlayoutProgress } from './ports/audio-sink.ts';
export type { AudioSource } from './ports/audio-source.ts';
export type { CallControl } from './ports/call-control.ts';
export type { Clock, IdSource } from './ports/clock.ts';
export type { Guard, GuardCheck, GuardVerdict } from './ports/guard.ts';
export type { KeyValueStore } from './ports/key-value-store.ts';
export type { Logger } from './ports/logger.ts';
export type { ClientSecret, NewCall, OfCall, RemoteCalls } from './ports/remote-calls.ts';
export type { SessionLog, SessionLogRecord } from './ports/session-log.ts';
export type { SessionStore } from './ports/session-store.ts';
export type {
  ToolCallCheck,
  ToolCallListener,
  ToolCallRequest,
  ToolCallStatus,
  ToolFiller,
  ToolHost,
  ToolIntent,
  ToolOutcome,
  ToolSpec,
} from './ports/tool-host.ts';
export type {
  ConnectObstacle,
  ConnectRequest,
  InboundAudio,
  InboundMessage,
  Provider,
  ProviderTraits,
  Transport,
  TransportClose,
  TransportHandlers,
  UserWay,
} from './ports/transport.ts';
export type {
  DetectedTurn,
  LocalTurns,
  RoomSound,
  TurnDetector,
  TurnListener,
} from './ports/turn-detector.ts';
export type { WireDialect, WireStep } from './ports/wire-dialect.ts';
export type { AudioFormat } from './protocol/audio-format.ts';
export { decodeBase64, encodeBase64 } from './protocol/base64.ts';
export { createBetaDialect } from './protocol/beta/beta-dialect.ts';
export { decodeBetaClientEvent, validateBetaClientEvent } from './protocol/beta/client-in.ts';
export { type BetaSessionExtras, toBetaClientEvent } from './protocol/beta/client-out.ts';
export { BetaServerReader } from './protocol/beta/server-in.ts';
export { toBetaServerEvents } from './protocol/beta/server-out.ts';
export { type BetaVintage, betaVintageOf, latestBetaVintage } from './protocol/beta/vintage.ts';
export { createVoiceLiveDialect, type VoiceLiveExtras } from './protocol/beta/voice-live-dialect.ts';
export { type ClientEvent, type ClientEventOf, ClientEventSchema } from './protocol/client-events.ts';
export {
  type ClientEventResult,
  decodeClientEvent,
  validateClientEvent,
} from './protocol/client-validation.ts';
export {
  decodeServerEvent,
  encodeAudioAppend,
  encodeClientEvent,
  encodeServerEvent,
  readServerEvent,
} from './protocol/codec.ts';
export { gaDialect } from './protocol/ga-dialect.ts';
export {
  type GeminiClientMessage,
  GeminiClientMessageSchema,
} from './protocol/gemini/client-messages.ts';
export {
  createGeminiDialect,
  type GeminiDialectOptions,
  type GeminiInputConverter,
} from './protocol/gemini/gemini-dialect.ts';
export {
  type GeminiServerMessage,
  GeminiServerMessageSchema,
} from './protocol/gemini/server-messages.ts';
export type { GeminiResumption } from './protocol/gemini/state.ts';
export type { ConversationItemInput } from './protocol/item-input.ts';
export type {
  ContentPart,
  ConversationItem,
  FunctionCallItem,
  FunctionCallOutputItem,
  MessageItem,
} from './protocol/items.ts';
export { ConversationItemSchema } from './protocol/items.ts';
export { type DialectLimits, limitDialect } from './protocol/limited-dialect.ts';
export { OutOfBandResponses } from './protocol/out-of-band.ts';
export {
  type RealtimeResponse,
  RealtimeResponseSchema,
  type Usage,
  UsageSchema,
} from './protocol/response.ts';
export {
  type RealtimeError,
  type ServerEvent,
  type ServerEventOf,
  ServerEventSchema,
  type UnknownServerEvent,
} from './protocol/server-events.ts';
export {
  type FunctionTool,
  type RealtimeSession,
  RealtimeSessionSchema,
  type SessionUpdate,
  SessionUpdateSchema,
  type ToolChoice,
  type TurnDetection,
} from './protocol/session-config.ts';
export { type SettingPath, settingPaths } from './protocol/setting-paths.ts';
export type { XaiConversation, XaiItem } from './protocol/xai/conversation.ts';
export { createXaiDialect, type XaiDialectOptions } from './protocol/xai/xai-dialect.ts';
export type { ProviderLookup } from './runner/connections.ts';
export {
  type Inspection,
  type RunnerOptions,
  type SessionPorts,
  SessionRunner,
} from './runner/session-runner.ts';
export type { UplinkCounts } from './runner/uplink/stretches.ts';
export { activityOf, hasBackgroundCalls, isSettled, owesNothing } from './session/activity.ts';
export { openingSession } from './session/agents.ts';
export { backgroundReport, type ReportedCall, readBackgroundReport } from './session/background-report.ts';
export { allItems } from './session/conversation-pages.ts';
export type { Effect, TimerId } from './session/effects.ts';
export { type ErrorVerdict, type RefusalCode, triageError } from './session/error-triage.ts';
export type { SessionEvent } from './session/events.ts';
export type {
  AgentActivity,
  ApprovalEnding,
  ClientToolCall,
  ConnectionChange,
  SessionFailure,
  SessionLimitName,
  SessionNotice,
  SessionOutcome,
  SessionUsage,
} from './session/notices.ts';
export type { KindPrices, ModelPrices } from './session/prices.ts';
export type { HistoryItem } from './session/regions/conversation.ts';
export type { RecordingState } from './session/regions/recording.ts';
export {
  journalVersion,
  type ReplayDifference,
  type ReplayResult,
  replayJournal,
} from './session/replay.ts';
export { seedItems } from './session/seed.ts';
export {
  type AgentRevision,
  type AgentSettings,
  type CallConfirmation,
  defaultConfirmMs,
  defaultLimits,
  defaultReconnect,
  defaultTimeouts,
  type IdlePolicy,
  type PriorItem,
  type ProviderChoice,
  type ReconnectPolicy,
  type SessionLimits,
  type SessionSettings,
  type SessionTimeouts,
  type TimedSpeech,
  type ToolPolicy,
} from './session/settings.ts';
export { usageOf } from './session/spending.ts';
export { initialState, type SessionState } from './session/state.ts';
export type { Step } from './session/step.ts';
export type { TokenCounts, TokensByKind } from './session/token-counts.ts';
export { transition } from './session/transition.ts';
