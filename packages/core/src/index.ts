// The public surface of @antiphon/core. Adding a name here is adding API.
export { AntiphonError, isAntiphonError } from './errors/antiphon-error.ts';
export { type ErrorCode, type ErrorData, errorTable } from './errors/error-codes.ts';
export type { ErrorRow } from './errors/error-row.ts';
export type { JsonObject, JsonValue } from './json.ts';
export type { AudioChunk, AudioSink, PlayoutProgress } from './ports/audio-sink.ts';
export type { AudioSource } from './ports/audio-source.ts';
export type { Clock, IdSource } from './ports/clock.ts';
export type { Logger } from './ports/logger.ts';
export type {
  ToolCallListener,
  ToolCallRequest,
  ToolCallStatus,
  ToolFiller,
  ToolHost,
  ToolIntent,
  ToolOutcome,
  ToolSpec,
} from './ports/tool-host.ts';
