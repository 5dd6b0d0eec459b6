import type { JsonValue } from '@antiphon/core';
import type { ToolContext } from '../define-tool.ts';

/** What another agent of the file is asked. */
export interface AgentQuestion {
  /** The name of the agent. */
  readonly agent: string;
  readonly text: string;
  /** Answers of its model that it may take. */
  readonly maxTurns: number;
  readonly maxToolCalls: number;
  /** The call that asks. */
  readonly callId: string;
  /** Aborted when the answer is no longer waited for. */
  readonly signal: AbortSignal;
  /** Told of the tools that it calls. */
  readonly onProgress: (progress: JsonValue) => void;
}

/** Asks another agent in writing. @throws {ToolError} when there is no answer */
export type AskAgent = (question: AgentQuestion) => Promise<string>;

const askers = new WeakMap<ToolContext, AskAgent>();

/** Lets the tool that is given a context ask agents. */
export function allowAsking(context: ToolContext, ask: AskAgent): void {
  askers.set(context, ask);
}

/** How the tool that was given a context asks agents; undefined where there are none. */
export function askerOf(context: ToolContext): AskAgent | undefined {
  return askers.get(context);
}
