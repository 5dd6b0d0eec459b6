import type { JsonValue, Logger } from '@antiphon/core';

/** A line that was logged. */
export interface KeptLog {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly data: Readonly<Record<string, JsonValue>>;
}

/** A log that is looked at instead of read: each line goes into `into`, in order. */
export function keepingLogger(into: KeptLog[]): Logger {
  const at =
    (level: KeptLog['level']): Logger['info'] =>
    (message, data = {}) =>
      void into.push({ level, message, data });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
