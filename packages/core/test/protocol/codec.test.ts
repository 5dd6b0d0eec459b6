import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanAudioDelta } from '../../src/protocol/audio-delta.ts';
import { decodeBase64, encodeBase64 } from '../../src/protocol/base64.ts';
import { decodeClientEvent, validateClientEvent } from '../../src/protocol/client-validation.ts';
import { decodeServerEvent, encodeAudioAppend, readServerEvent } from '../../src/protocol/codec.ts';

const bytes = fc.uint8Array({ maxLength: 400 });
const awkward = fc.oneof(
  fc.string(),
  fc.constantFrom('"delta":"AAAA"', '\\', '","delta":"AAAA', '}', 'response.output_audio.delta'),
);
const space = fc.constantFrom('', '', ' ', '\n  ', '\t');
const extra = fc.oneof(
  awkward,
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.constant(null),
  fc.boolean(),
  fc.record({ delta: awkward }),
  fc.array(awkward),
);
const extraName = fc.oneof(
  fc.constantFrom('event_id', 'ts', 'rid', 'obfuscation', 'deltas', '"delta"'),
  awkward,
);

/** Audio deltas as any server might write them: members in any order, some missing, others added, spaced or not. */
const frames = fc
  .record({
    type: fc.constantFrom(
      'response.output_audio.delta',
      'response.output_audio.delta',
      'response.audio.delta',
      'response.output_text.delta',
    ),
    response_id: fc.oneof(fc.constant('resp_1'), awkward),
    item_id: fc.oneof(fc.constant('item_E6U0xWSFIFri2uw2kTLLq'), awkward),
    output_index: fc.option(fc.nat(3), { nil: undefined }),
    content_index: fc.option(fc.oneof(fc.nat(3), fc.constant(-1), fc.constant('0')), {
      nil: undefined,
      freq: 8,
    }),
    delta: fc.oneof(bytes.map(encodeBase64), awkward),
    extras: fc.array(fc.tuple(extraName, extra), { maxLength: 2 }),
    order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    space,
  })
  .map(({ extras, order, space: gap, ...members }) => {
    const all = [...extras, ...Object.entries(members)].filter(([, value]) => value !== undefined);
    const shuffled = all.map((member, index) => ({ member, key: order[index % 8] ?? 0 }));
    const texts = shuffled
      .toSorted((a, b) => a.key - b.key)
      .map(
        ({ member: [name, value] }) =>
          `${gap}${JSON.stringify(name)}${gap}:${gap}${JSON.stringify(value)}${gap}`,
      );
    return `${gap}{${texts.join(',')}}${gap}`;
  });

describe('decodeServerEvent', () => {
  it('reads by scanning what it reads by parsing', () => {
    fc.assert(
      fc.property(frames, (text) => {
        expect(decodeServerEvent(text)).toEqual(readServerEvent(JSON.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it('scans an ordinary delta, in any order and spacing', () => {
    const members = {
      delta: 'AAEC',
      content_index: 1,
      item_id: 'i',
      ts: 1785214093772,
      previous_item_id: null,
      output_index: 2,
      response_id: 'r',
      type: 'response.output_audio.delta',
      event_id: 'e',
    };
    const expected = { responseId: 'r', itemId: 'i', outputIndex: 2, contentIndex: 1, base64: 'AAEC' };
    expect(scanAudioDelta(JSON.stringify(members))).toEqual(expected);
    expect(scanAudioDelta(JSON.stringify(members, null, 2))).toEqual(expected);
    expect(scanAudioDelta(JSON.stringify({ ...members, type: 'response.audio.delta' }))).toEqual(expected);
  });

  it.each([
    [
      'a nested delta',
      '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","x":{"delta":"AAAA"},"delta":"AAEC"}',
    ],
    [
      'an escape',
      String.raw`{"type":"response.output_audio.delta","response_id":"r","item_id":"\"i","delta":"AAEC"}`,
    ],
    [
      'a repeated member',
      '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"AAAA","delta":"AAEC"}',
    ],
  ])('parses when in doubt: %s', (_name, text) => {
    expect(scanAudioDelta(text)).toBeUndefined();
    expect(decodeServerEvent(text)).toMatchObject({ kind: 'audio', audio: Uint8Array.of(0, 1, 2) });
  });

  it('calls sound that is not base64 invalid', () => {
    const frame = { type: 'response.output_audio.delta', response_id: 'r', item_id: 'i', delta: 'A*EC' };
    expect(decodeServerEvent(JSON.stringify(frame))).toMatchObject({
      kind: 'invalid',
      reason: expect.stringContaining('base64'),
    });
  });

  it('takes null for what is not there', () => {
    const item = { id: 'i', type: 'message', role: 'assistant', content: null, status: null };
    const frame = { type: 'response.output_item.done', response_id: 'r', output_index: null, item };
    expect(decodeServerEvent(JSON.stringify(frame))).toMatchObject({
      kind: 'event',
      event: { output_index: 0, item: { id: 'i', content: [] } },
    });
  });

  it('knows that a response is over, whatever is wrong with its items', () => {
    const call = { id: 'c', type: 'mcp_call', status: 'failed', server_label: 's', name: 'n' };
    const output = [call, { id: 'm', type: 'message' }, { id: 'n', type: 'message', role: 'developer' }];
    const frame = { type: 'response.done', response: { id: 'r', output } };
    expect(decodeServerEvent(JSON.stringify(frame))).toMatchObject({
      kind: 'event',
      event: {
        response: {
          status: 'completed',
          output: [
            { id: 'c', status: 'incomplete' },
            { id: 'n', role: 'system' },
          ],
        },
      },
    });
  });

  it.each([
    ['nothing', {}, undefined],
    ['null', { previous_item_id: null }, null],
  ])('knows an item that follows %s', (_name, place, expected) => {
    const item = { id: 'i', type: 'message', role: 'user', content: [] };
    const read = readServerEvent({ type: 'conversation.item.added', item, ...place });
    expect(read.kind === 'event' && 'previous_item_id' in read.event && read.event.previous_item_id).toBe(
      expected === undefined ? false : expected,
    );
  });

  it('never throws, whatever arrives', () => {
    const mutated = fc.tuple(frames, fc.nat(), fc.string({ maxLength: 3 })).map(([text, at, insert]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + insert + text.slice(place + 1);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), mutated), (text) => {
        expect(['audio', 'event', 'invalid']).toContain(decodeServerEvent(text).kind);
        expect(typeof decodeClientEvent(text).ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });

  it('never throws on any object', () => {
    fc.assert(
      fc.property(
        fc.object({ key: fc.constantFrom('type', 'item', 'session', 'audio', 'response', 'x') }),
        (value) => {
          expect(typeof readServerEvent(value).kind).toBe('string');
          expect(typeof validateClientEvent(value).ok).toBe('boolean');
        },
      ),
    );
  });
});

describe('base64', () => {
  it('restores what it wrote, padded or not', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        const text = encodeBase64(value);
        expect(decodeBase64(text)).toEqual(value);
        expect(decodeBase64(text.replace(/=+$/, ''))).toEqual(value);
      }),
    );
  });

  it.each(['A', 'A*==', 'AAAA=AAA', 'AA==AA=='])('refuses %s', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  it('writes an append that a server accepts, from a view into a larger buffer', () => {
    const view = new Uint8Array(Uint8Array.from([9, 9, 0, 1, 2, 9]).buffer, 2, 3);
    expect(decodeClientEvent(encodeAudioAppend(view))).toEqual({
      ok: true,
      event: { type: 'input_audio_buffer.append', audio: 'AAEC' },
    });
  });
});
