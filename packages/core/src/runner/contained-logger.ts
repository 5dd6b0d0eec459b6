import type { Logger } from '../ports/logger.ts';

/** The logger, as one that never throws: what cannot be logged is left out. */
export function containedLogger(logger: Logger): Logger {
  const contained =
    (level: keyof Logger): Logger['info'] =>
    (message, data) => {
      try {
        logger[level](message, data);
      } catch {
        // There is nobody else to tell.
      }
    };
  return {
    debug: contained('debug'),
    info: contained('info'),
    warn: contained('warn'),
    error: contained('error'),
  };
}
