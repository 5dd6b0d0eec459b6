import type { ReloadReport, ReloadTime } from '@antiphon/runtime';

const times: Readonly<Record<ReloadTime, string>> = {
  now: 'now',
  next_turn: 'from the next turn on',
  next_session: 'for the next session',
  new_connection: 'with the next connection',
};

/** What came of a changed file, in lines for someone who has just saved it; none when nothing did. */
export function reloadLines({ status, changes, problems }: ReloadReport): readonly string[] {
  if (status === 'refused') {
    const places = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
    return [...places, 'the change is refused: all goes on as it was'];
  }
  return changes.map(({ place, change, applies }) => `${place} ${change}, ${times[applies]}`);
}
