import type { RunView } from './view.ts';

/** Shows warnings and where the answers are; the conversation itself is in the files. */
export function quietView(write: (text: string) => void): RunView {
  const nothing = (): void => {};
  return {
    loading: nothing,
    started: nothing,
    turnStarted: nothing,
    notice: nothing,
    turnDone: ({ agent }) => write(`${agent.transcript}\n`),
    warning: nothing,
    summary: nothing,
  };
}
