import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConversationLog,
  countTokens,
  insertEntry,
  type LogEntry,
} from '../../src/engine/conversation-log.ts';

const entry = (id: string, text = 'hi'): LogEntry => ({
  item: { id, type: 'message', status: 'completed', role: 'user', content: [{ type: 'input_text', text }] },
  answered: false,
  spokenMs: 0,
  utterances: [],
});
const idsOf = (log: ConversationLog) => log.map(({ item }) => item.id);
const log = ['a', 'b', 'c'].map((id) => entry(id));

describe('insertEntry', () => {
  it.each([
    ['at the end without a place', undefined, ['a', 'b', 'c', 'x'], 'c'],
    ['at the end with an empty place', '', ['a', 'b', 'c', 'x'], 'c'],
    ['first with root', 'root', ['x', 'a', 'b', 'c'], null],
    ['after an item', 'a', ['a', 'x', 'b', 'c'], 'a'],
  ])('%s', (_name, place, expected, previous) => {
    const result = insertEntry(log, entry('x'), place);
    expect(result.ok && idsOf(result.log)).toEqual(expected);
    expect(result.ok && result.previousItemId).toBe(previous);
  });

  it('refuses an unknown place and an id that is taken', () => {
    const lost = insertEntry(log, entry('x'), 'nowhere');
    expect(!lost.ok && lost.error.code).toBe('item_create_invalid_previous_item_id');
    const twice = insertEntry(log, entry('a'));
    expect(!twice.ok && twice.error.message).toContain("'a' already exists");
  });

  it('never holds an id twice and stays within its cap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1_500 }), { maxLength: 1_400, minLength: 1_001 }),
        (numbers) => {
          let current: ConversationLog = [];
          for (const number of numbers) {
            const result = insertEntry(current, entry(`n${number}`));
            if (result.ok) current = result.log;
          }
          expect(new Set(idsOf(current)).size).toBe(current.length);
          expect(current.length).toBeLessThanOrEqual(1_000);
        },
      ),
      { numRuns: 3 },
    );
  });
});

describe('countTokens', () => {
  it('counts words, and sound by its length', () => {
    const spoken = { ...entry('s', ''), spokenMs: 1_000 };
    const heard = {
      ...entry('h', ''),
      utterances: [
        { contentIndex: 0, audioMs: 1_000, heard: Promise.resolve({ text: '', hasSpeech: false }) },
      ],
    };
    expect(countTokens([entry('t', 'Good morning, world!'), spoken, heard])).toEqual({ text: 5, audio: 30 });
  });
});
