import {
  type ConversationLog,
  changeEntry,
  insertEntry,
  type LogEntry,
  lastItemId,
  markAnswered,
  predecessorOf,
  removeEntry,
  type Utterance,
} from './conversation-log.ts';
import type { ResponseConversation } from './response-writer.ts';
import type { WireError } from './wire-errors.ts';
import type { EngineItem, EngineMessage } from './wire-objects.ts';

/** The one conversation of a connection: holds the log, which is changed by its pure functions only. */
export class Conversation implements ResponseConversation {
  readonly id: string;
  #log: ConversationLog = [];
  /** What stood here when the user was asked for a call, by the id of the call. */
  readonly #questions = new Map<string, ReadonlySet<string>>();

  constructor(id: string) {
    this.id = id;
  }

  get log(): ConversationLog {
    return this.#log;
  }

  /** Whether the agent has spoken in it. */
  get hasSpoken(): boolean {
    return this.#log.some((entry) => entry.spokenMs > 0);
  }

  get lastItemId(): string | null {
    return lastItemId(this.#log);
  }

  add(item: EngineItem): string | null {
    return this.#append({ item, answered: true, spokenMs: 0, utterances: [] });
  }

  settle(item: EngineItem, spokenMs: number): string | null {
    this.#log = changeEntry(this.#log, item.id, { item, spokenMs });
    return predecessorOf(this.#log, item.id);
  }

  /**
   * Inserts what a client made. What stands before a reply of the agent has been answered by it, and what the user said
   * before a call by the call; what came of other calls has not.
   */
  insert(entry: LogEntry, previousItemId?: string | null): { previousItemId: string | null } | WireError {
    const result = insertEntry(this.#log, entry, previousItemId);
    if (!result.ok) return result.error;
    this.#log = result.log;
    const { item } = entry;
    const before = this.#log.slice(0, this.#log.indexOf(entry));
    if (item.type === 'message' && item.role === 'assistant') this.markAnswered(idsOf(before));
    if (item.type === 'function_call_output') this.#closeQuestion(item.call_id);
    if (item.type === 'function_call') this.markAnswered(idsOf(before.filter(isOfUser)));
    return { previousItemId: result.previousItemId };
  }

  /** The user is about to be asked for a call: what they say until it has an output is said to that. */
  noteQuestion(callId: string): void {
    if (!this.#questions.has(callId)) this.#questions.set(callId, idsOf(this.#log));
  }

  #closeQuestion(callId: string): void {
    const before = this.#questions.get(callId);
    if (before === undefined) return;
    this.#questions.delete(callId);
    this.markAnswered(idsOf(this.#log.filter((entry) => isOfUser(entry) && !before.has(entry.item.id))));
  }

  /** Appends audio of the user. */
  appendUtterance(itemId: string, utterance: Utterance): EngineMessage {
    const item: EngineMessage = {
      id: itemId,
      type: 'message',
      status: 'completed',
      role: 'user',
      content: [{ type: 'input_audio', transcript: null }],
    };
    this.#append({ item, answered: false, spokenMs: 0, utterances: [utterance] });
    return item;
  }

  /** Keeps what was heard with the item, for whoever retrieves it. */
  recordTranscript(itemId: string, contentIndex: number, text: string): void {
    this.#changeContent(itemId, contentIndex, text);
  }

  markAnswered(itemIds: ReadonlySet<string>): void {
    this.#log = markAnswered(this.#log, itemIds);
  }

  /** Cuts the sound of a reply and forgets its words, which no longer say what was heard. */
  truncate(itemId: string, contentIndex: number, spokenMs: number): void {
    this.#log = changeEntry(this.#log, itemId, { spokenMs });
    this.#changeContent(itemId, contentIndex, null);
  }

  remove(itemId: string): void {
    this.#log = removeEntry(this.#log, itemId);
  }

  #append(entry: LogEntry): string | null {
    const previous = this.lastItemId;
    const result = insertEntry(this.#log, entry);
    if (result.ok) this.#log = result.log;
    return previous;
  }

  #changeContent(itemId: string, contentIndex: number, transcript: string | null): void {
    const item = this.#log.find((entry) => entry.item.id === itemId)?.item;
    if (item?.type !== 'message') return;
    const content = item.content.map((part, index) =>
      index === contentIndex && 'transcript' in part ? { ...part, transcript } : part,
    );
    this.#log = changeEntry(this.#log, itemId, { item: { ...item, content } });
  }
}

function idsOf(log: ConversationLog): ReadonlySet<string> {
  return new Set(log.map((entry) => entry.item.id));
}

function isOfUser({ item }: LogEntry): boolean {
  return item.type === 'message' && item.role === 'user';
}
