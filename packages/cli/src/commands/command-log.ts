import type { Logger } from '@antiphon/core';
import { type LogLevel, stderrLogger } from '@antiphon/runtime';
import type { ParsedCommandLine } from '../command-line/command.ts';

/** The log of a command, on stderr. */
export interface CommandLog {
  readonly logger: Logger;
  /** Takes secrets out of every line from now on: they are known once the agent file was read. */
  hideWith(redact: (line: string) => string): void;
}

/** A log from `level` on; with `--debug` of everything, stack traces included. */
export function commandLog({ options }: ParsedCommandLine, level: LogLevel): CommandLog {
  const isDebug = options['debug'] === true;
  let hide = (line: string): string => line;
  const logger = stderrLogger(isDebug ? 'debug' : level, (line) => hide(line));
  return {
    logger: isDebug ? logger : withoutStacks(logger),
    hideWith(redact) {
      hide = redact;
    },
  };
}

function withoutStacks(logger: Logger): Logger {
  const write =
    (level: keyof Logger): Logger[typeof level] =>
    (message, data) => {
      const { stack: _stack, ...shown } = data ?? {};
      logger[level](message, data && shown);
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
