import { AntiphonError, allItems, type ReplayDifference, replayJournal } from '@antiphon/core';
import { readSessionLog } from '@antiphon/runtime';
import { exitCodes } from '../exit-codes.ts';
import { printable } from '../render/printable.ts';
import { type CommandContext, isOn } from './context.ts';

const longestValue = 400;

/** `antiphon replay`. */
export async function runReplay({ words, console }: CommandContext) {
  const file = words.positionals[0] ?? '';
  const replayed = replayJournal(await recordsOf(file));
  if (!replayed.ok) throw new AntiphonError('session.bad_log', { file, reason: replayed.reason });
  const { settings, state, steps, difference } = replayed;
  const items = allItems(state.conversation).length;
  if (isOn(words, 'json')) {
    const { sessionId: session_id } = settings;
    const same = difference === undefined;
    const report = { type: 'replay', session_id, steps, items, lifecycle: state.lifecycle, same };
    console.out(`${JSON.stringify({ ...report, ...(difference && { difference }) })}\n`);
  } else if (difference !== undefined) {
    console.out(describe(difference));
  } else if (!isOn(words, 'quiet')) {
    const state_ = state.lifecycle.kind === 'closed' ? 'closed' : `not closed (${state.lifecycle.kind})`;
    console.out(`${settings.sessionId}: ${steps} steps, all as recorded; ${items} items, ${state_}\n`);
  }
  return difference === undefined ? exitCodes.done : exitCodes.session;
}

async function recordsOf(file: string) {
  try {
    const records = await readSessionLog(file);
    if (records !== undefined) return records;
  } catch (error) {
    throw new AntiphonError('session.bad_log', { file, reason: String((error as Error).message) });
  }
  throw new AntiphonError('session.bad_log', { file, reason: 'there is no such file' });
}

function describe({ seq, event, recorded, replayed }: ReplayDifference): string {
  return [
    `step ${seq} has other effects today`,
    `  event     ${brief(event)}`,
    ...differing(recorded, replayed).map(([label, value]) => `  ${label.padEnd(9)} ${brief(value)}`),
    '',
  ].join('\n');
}

/** The effects from the first that differs. */
function differing(recorded: unknown, replayed: unknown): readonly (readonly [string, unknown])[] {
  const [before, after] = [listOf(recorded), listOf(replayed)];
  const at = before.findIndex((effect, index) => JSON.stringify(effect) !== JSON.stringify(after[index]));
  const from = at < 0 ? before.length : at;
  return [
    ['recorded', before[from] ?? 'nothing more'],
    ['today', after[from] ?? 'nothing more'],
  ];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function brief(value: unknown): string {
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length > longestValue ? `${text.slice(0, longestValue - 1)}…` : text;
}
