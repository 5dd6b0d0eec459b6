import type { JsonValue } from '../json.ts';

/** A leveled log of single lines with small data. Never given content of a conversation, arguments or secrets. */
export interface Logger {
  debug(message: string, data?: Readonly<Record<string, JsonValue>>): void;
  info(message: string, data?: Readonly<Record<string, JsonValue>>): void;
  warn(message: string, data?: Readonly<Record<string, JsonValue>>): void;
  error(message: string, data?: Readonly<Record<string, JsonValue>>): void;
}
