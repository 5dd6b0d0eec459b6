import type { OrderedArgument } from '../command-line/command.ts';

/** One turn of the user, as asked for on the command line. */
export type PlannedTurn =
  | { readonly kind: 'text'; readonly text: string }
  /** A WAV file, or `-` for raw PCM16 at 24 kHz on standard input. */
  | { readonly kind: 'audio'; readonly path: string };

/** The turns of the user, in the order given. */
export function planTurns(ordered: readonly OrderedArgument[]): readonly PlannedTurn[] {
  return ordered.flatMap(({ option, value }): readonly PlannedTurn[] => {
    if (option === undefined) return [{ kind: 'audio', path: value }];
    return option === 'text' ? [{ kind: 'text', text: value }] : [];
  });
}

/** What the summary calls the input of a turn. */
export function inputName(turn: PlannedTurn): string {
  if (turn.kind === 'text') return 'text';
  return turn.path === '-' ? 'stdin' : turn.path;
}
