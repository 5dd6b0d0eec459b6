import { AntiphonError, type JsonObject, type JsonValue, type ToolOutcome } from '@antiphon/core';
import type { RegisteredTool } from '../registered-tool.ts';
import type { WaitEnding } from './execution.ts';
import { errorOutput } from './failure.ts';
import { outputText } from './output.ts';

/** How a call ended, before its time is added. */
export type CallEnding = Omit<ToolOutcome, 'elapsedMs'>;

/** Why a call has no ending of its tool. */
export type CallWithout = Exclude<WaitEnding['kind'], 'ended' | 'not_started'>;

/** The endings of calls, with texts of at most `outputTextBytes`. */
export class CallEndings {
  readonly #outputTextBytes: number;

  constructor(outputTextBytes: number) {
    this.#outputTextBytes = outputTextBytes;
  }

  with(status: CallEnding['status'], values: JsonValue, output: JsonValue): CallEnding {
    return { status, arguments: values, output, outputText: outputText(output, this.#outputTextBytes) };
  }

  withError(status: CallEnding['status'], values: JsonValue, error: AntiphonError): CallEnding {
    return this.with(status, values, errorOutput(error));
  }

  without({ spec, runMs }: RegisteredTool, values: JsonObject, kind: CallWithout): CallEnding {
    const data = { tool: spec.name, limit: runMs };
    switch (kind) {
      case 'timed_out':
        return this.withError(kind, values, new AntiphonError('tool.timed_out', data));
      case 'not_ready':
        return this.withError('rejected', values, new AntiphonError('tool.not_ready', data));
      case 'cancelled':
        return this.withError(kind, values, new AntiphonError('tool.cancelled', { tool: spec.name }));
    }
  }
}
