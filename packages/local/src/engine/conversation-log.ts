import { inputAudioTokens, itemTextTokens, outputAudioTokens, type TokenCount } from './token-counts.ts';
import { type WireError, wireErrors } from './wire-errors.ts';
import type { EngineItem } from './wire-objects.ts';

/** What became of something the user said aloud. */
export interface Heard {
  readonly text: string;
  /** Whether it held enough speech that an empty text means "not understood" and not "nothing said". */
  readonly hasSpeech: boolean;
}

/** Something the user said aloud. */
export interface Utterance {
  readonly contentIndex: number;
  readonly audioMs: number;
  /** Settles after the client was told; rejects when the recogniser failed. */
  readonly heard: Promise<Heard>;
}

/** An item with what the engine knows of it beyond the wire. */
export interface LogEntry {
  readonly item: EngineItem;
  /** Whether a response has dealt with it; replies of the agent always are. */
  readonly answered: boolean;
  /** Milliseconds of the agent's sound in it. */
  readonly spokenMs: number;
  readonly utterances: readonly Utterance[];
}

/** The conversation: its items in order. */
export type ConversationLog = readonly LogEntry[];

/** An entry put into a log, or why not. */
export type InsertResult =
  | { readonly ok: true; readonly log: ConversationLog; readonly previousItemId: string | null }
  | { readonly ok: false; readonly error: WireError };

/** Items kept; the oldest leave silently, as they leave the context window of a model. */
const maxItems = 1_000;

/**
 * Inserts an entry: at the end without `previousItemId` (or with an empty one), first with `root`, else after that item.
 */
export function insertEntry(
  log: ConversationLog,
  entry: LogEntry,
  previousItemId?: string | null,
): InsertResult {
  if (findEntry(log, entry.item.id) !== undefined) {
    return { ok: false, error: wireErrors.duplicateItem(entry.item.id) };
  }
  const index = insertionIndex(log, previousItemId);
  if (index === undefined) return { ok: false, error: wireErrors.noPreviousItem(previousItemId ?? '') };
  return {
    ok: true,
    log: log.toSpliced(index, 0, entry).slice(-maxItems),
    previousItemId: log[index - 1]?.item.id ?? null,
  };
}

export function findEntry(log: ConversationLog, itemId: string): LogEntry | undefined {
  return log.find((entry) => entry.item.id === itemId);
}

/** The id of the item before `itemId`; null for the first and for one that is not in the log. */
export function predecessorOf(log: ConversationLog, itemId: string): string | null {
  return log[log.findIndex((entry) => entry.item.id === itemId) - 1]?.item.id ?? null;
}

export function lastItemId(log: ConversationLog): string | null {
  return log.at(-1)?.item.id ?? null;
}

/** The log with `changes` made to one entry. */
export function changeEntry(
  log: ConversationLog,
  itemId: string,
  changes: Partial<LogEntry>,
): ConversationLog {
  return log.map((entry) => (entry.item.id === itemId ? { ...entry, ...changes } : entry));
}

export function removeEntry(log: ConversationLog, itemId: string): ConversationLog {
  return log.filter((entry) => entry.item.id !== itemId);
}

/** The log with the entries of these items dealt with. */
export function markAnswered(log: ConversationLog, itemIds: ReadonlySet<string>): ConversationLog {
  return log.map((entry) => (itemIds.has(entry.item.id) ? { ...entry, answered: true } : entry));
}

/** Tokens of the whole conversation. */
export function countTokens(log: ConversationLog): TokenCount {
  let text = 0;
  let audio = 0;
  for (const { item, spokenMs, utterances } of log) {
    text += itemTextTokens(item);
    audio += outputAudioTokens(spokenMs);
    for (const utterance of utterances) audio += inputAudioTokens(utterance.audioMs);
  }
  return { text, audio };
}

function insertionIndex(log: ConversationLog, previousItemId?: string | null): number | undefined {
  if (previousItemId === undefined || previousItemId === null || previousItemId === '') return log.length;
  if (previousItemId === 'root') return 0;
  const index = log.findIndex((entry) => entry.item.id === previousItemId);
  return index < 0 ? undefined : index + 1;
}
