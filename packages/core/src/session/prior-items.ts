import { recordOwnItem } from './conversation.ts';
import type { HistoryItem } from './regions/conversation.ts';
import type { PriorItem } from './settings.ts';
import type { SessionState } from './state.ts';
import { type Step, sequence } from './step.ts';

/** Enters what was said before the session: the first connection is given it as any other is given what went before. */
export function recordPriorItems(state: SessionState): Step {
  const { history = [] } = state.settings;
  return sequence(
    state,
    ...history.map(
      (item, at) => (next: SessionState) => recordOwnItem(next, historyItem(item, `prior_${at + 1}`)),
    ),
  );
}

function historyItem(item: PriorItem, id: string): HistoryItem {
  if (item.kind !== 'message') return { ...item, id };
  const { role, text } = item;
  return { kind: 'message', id, role, text, parts: [text], heard: undefined };
}
