import type { JsonValue, Logger } from '@antiphon/core';

/** Levels in order; a logger writes its own level and those after it. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Control characters would let a logged text forge lines or drive a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** A logger that writes one line a message to standard error. `hide` takes secrets out of every line. */
export function stderrLogger(level: LogLevel, hide: (line: string) => string = (line) => line): Logger {
  const write =
    (own: LogLevel) =>
    (message: string, data?: Readonly<Record<string, JsonValue>>): void => {
      if (logLevels.indexOf(own) < logLevels.indexOf(level)) return;
      const details = data === undefined ? '' : ` ${JSON.stringify(data)}`;
      process.stderr.write(`${own}: ${escapeControls(hide(`${message}${details}`))}\n`);
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

function escapeControls(text: string): string {
  return text.replaceAll(controls, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
