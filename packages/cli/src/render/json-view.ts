import type { SessionNotice } from '@antiphon/core';
import type { RunSummary, RunView } from './view.ts';

/** One JSON object a line, with the names of the protocol; the summary is the last. */
export function jsonView(write: (line: string) => void): RunView {
  const put = (value: object): void => write(`${JSON.stringify(value)}\n`);
  return {
    loading: () => {},
    started: ({ id, agentName, providerName }) =>
      put({ type: 'session', session_id: id, agent: agentName, provider: providerName }),
    turnStarted: (input) => put({ type: 'turn', input }),
    notice: (notice) => put(snakeCased(notice)),
    turnDone: (record) => put({ type: 'turn_done', ...record }),
    warning: (message) => put({ type: 'warning', message }),
    summary: (summary: RunSummary) => put(summary),
  };
}

/** The notice with the keys of its members in snake case; outcomes of tools as the summary has them. */
export function snakeCased(notice: SessionNotice): Record<string, unknown> {
  if (notice.type === 'tool_settled') {
    const { callId, name, outcome } = notice;
    const { status, arguments: input, output, ui, elapsedMs } = outcome;
    return {
      type: notice.type,
      call_id: callId,
      name,
      arguments: input,
      status,
      output,
      ...(ui !== undefined && { ui }),
      ms: Math.round(elapsedMs),
    };
  }
  return Object.fromEntries(
    Object.entries(notice).map(([key, value]) => [
      snakeCase(key),
      notice.type === 'usage' ? snakeCasedDeep(value) : value,
    ]),
  );
}

function snakeCasedDeep(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [snakeCase(key), snakeCasedDeep(member)]),
  );
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
