import type { ClientToolCall } from '@antiphon/core';
import type { ToolContext } from '../define-tool.ts';

/** A call that the application is to answer. */
export interface ClientToolRequest extends ClientToolCall {
  readonly sessionId: string;
  /** Aborted when the answer is no longer waited for. */
  readonly signal: AbortSignal;
}

/** Puts a call to the application: its result, or what it threw. @throws {ToolError} `tool.no_client` */
export type AskClient = (call: ClientToolRequest) => unknown;

const askers = new WeakMap<ToolContext, () => unknown>();

/** Lets the tool that is given a context put its call to the application. */
export function allowClient(context: ToolContext, ask: () => unknown): void {
  askers.set(context, ask);
}

/** How the tool that was given a context puts its call to the application; undefined where there is none. */
export function clientOf(context: ToolContext): (() => unknown) | undefined {
  return askers.get(context);
}
