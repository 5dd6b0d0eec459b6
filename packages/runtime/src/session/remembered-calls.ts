import type { Effect, SessionEvent, SessionLogRecord } from '@antiphon/core';
import type { RememberedCall } from '@antiphon/tools';

/**
 * The calls of tools that a log tells of, in the order they were started. Those that failed are left out: nothing came
 * of them, so they may be made again.
 */
export function rememberedCalls(records: Iterable<SessionLogRecord>): readonly RememberedCall[] {
  const calls = new Map<string, RememberedCall>();
  for (const record of records) {
    if (record.type !== 'step') continue;
    noteOutcome(calls, record['event'] as unknown as SessionEvent);
    for (const effect of record['effects'] as unknown as readonly Effect[]) {
      if (effect.type !== 'tool.start') continue;
      const { callId, agent: agentName, name, argumentsJson } = effect;
      calls.set(callId, { agentName, name, argumentsJson, result: undefined });
    }
  }
  return [...calls.values()];
}

/** What was cancelled or timed out may have taken effect: its result stays unknown. */
function noteOutcome(calls: Map<string, RememberedCall>, event: SessionEvent): void {
  if (event.type !== 'tool.settled') return;
  const { callId, outcome } = event;
  const call = calls.get(callId);
  if (call === undefined) return;
  const { status, output, outputText } = outcome;
  if (status === 'completed') calls.set(callId, { ...call, result: { output, outputText } });
  if (status === 'failed' || status === 'rejected') calls.delete(callId);
}
