import { printable } from './printable.ts';
import type { RunView } from './view.ts';

/** Shows the answers in words, one line a turn; the rest of the conversation is in the files. */
export function quietView(write: (text: string) => void): RunView {
  const nothing = (): void => {};
  return {
    loading: nothing,
    started: nothing,
    turnStarted: nothing,
    notice: nothing,
    turnDone: ({ agent }) => write(`${printable(agent.transcript)}\n`),
    warning: nothing,
    summary: nothing,
  };
}
