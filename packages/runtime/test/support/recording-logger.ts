import type { JsonValue, Logger } from '@antiphon/core';

/** A logger that remembers `level: message` of everything, and the data by the message. */
export interface RecordingLogger extends Logger {
  readonly lines: readonly string[];
  readonly data: ReadonlyMap<string, Readonly<Record<string, JsonValue>>>;
}

export function recordingLogger(): RecordingLogger {
  const lines: string[] = [];
  const data = new Map<string, Readonly<Record<string, JsonValue>>>();
  const write = (level: string) => (message: string, values?: Readonly<Record<string, JsonValue>>) => {
    lines.push(`${level}: ${message}`);
    data.set(message, values ?? {});
  };
  return {
    lines,
    data,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}
