import { AntiphonError, type JsonObject } from '@antiphon/core';
import type { RegisteredTool } from '../registered-tool.ts';
import type { Obstacle } from './call-gates.ts';
import { errorOutput } from './failure.ts';

/** What the model is told of a call that found no turn: that nothing was done, and when to come again. */
export function notStartedOutput({ spec, runMs }: RegisteredTool, obstacle: Obstacle): JsonObject {
  const tool = spec.name;
  const waitMs = obstacle.kind === 'rate' ? obstacle.opensInMs : runMs;
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const error =
    obstacle.kind === 'rate'
      ? new AntiphonError('tool.rate_limited', {
          tool,
          calls: obstacle.rate.calls,
          per: obstacle.rate.perMs,
          seconds,
        })
      : new AntiphonError('tool.busy', { tool, limit: runMs, seconds });
  return { ...errorOutput(error), retry_after_s: seconds };
}
