import { createHash } from 'node:crypto';
import type { HistoryItem } from '@antiphon/core';
import type { RecordedItem } from '@antiphon/testing';
import { expect } from 'vitest';
import type { RecordedRun } from './recorded-run.ts';

/** The conversation came to what was recorded: words, calls and their outputs, sound, tokens. */
export function expectRecorded(run: RecordedRun): void {
  expectConversation(run);
  expectCalls(run);
  expectSound(run);
  expectUsage(run);
  if (run.recorded.service === 'xai') expectTakenUp(run);
}

function expectConversation({ recorded, session, notices, playback }: RecordedRun): void {
  expect(playback.peers.flatMap(({ refused }) => refused)).toEqual([]);
  const { items } = recorded.conversation;
  expect(session.history.filter(isOfClient).map(ofHistory)).toEqual(items.map(ofRecorded));
  // What was given from before was not said in this session.
  const said = items.slice(recorded.seeds.length).flatMap(spoken);
  expect([...new Set(toldIn(notices))].sort()).toEqual([...new Set(said)].sort());
}

/** Texts that were told as whole, the parts of an item together; of one that was told again, longer, the last. */
function toldIn(notices: RecordedRun['notices']): readonly string[] {
  const whole = notices.flatMap((notice) =>
    notice.type === 'transcript' && notice.final && notice.text !== '' ? [notice] : [],
  );
  const isTheLast = ({ itemId, text }: (typeof whole)[number]): boolean =>
    !whole.some((other) => other.itemId === itemId && other.text !== text && other.text.startsWith(text));
  const last = whole.filter(isTheLast);
  return [...new Set(last.map(({ itemId }) => itemId))].map((id) => {
    const parts = last.filter(({ itemId }) => itemId === id);
    const texts = new Set(parts.map(({ text }) => text));
    return `${parts[0]?.role}: ${[...texts].join(' ')}`;
  });
}

function spoken(item: RecordedItem): readonly string[] {
  return item.kind === 'message' && item.text !== '' ? [`${item.role}: ${item.text}`] : [];
}

/** Calls that the provider makes itself are no calls of a client: the history has them under ids of its own. */
function isOfClient(item: HistoryItem): boolean {
  return item.kind === 'message' || !item.callId.startsWith('item_mcp_');
}

/** What both sides know of an item: ids are the client's to choose where it makes the item. */
function ofHistory(item: HistoryItem): unknown {
  switch (item.kind) {
    case 'message':
      return `${item.role}: ${item.text ?? ''}`;
    case 'function_call':
      return ['call', item.callId, item.name, argumentsOf(item.argumentsJson)];
    case 'function_call_output':
      return ['output', item.callId, argumentsOf(item.output)];
  }
}

function ofRecorded(item: RecordedItem): unknown {
  return item.kind === 'message'
    ? `${item.role}: ${item.text}`
    : item.kind === 'function_call'
      ? ['call', item.callId, item.name, argumentsOf(item.argumentsJson)]
      : ['output', item.callId, argumentsOf(item.output)];
}

function argumentsOf(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function expectCalls({ recorded, notices, playback }: RecordedRun): void {
  const { items } = recorded.conversation;
  const answered = items.filter((item) => item.kind === 'function_call' && recorded.outputs.has(item.callId));
  const settled = notices.flatMap((notice) =>
    notice.type === 'tool_settled' && notice.server === undefined && notice.outcome.status !== 'cancelled'
      ? [notice]
      : [],
  );
  const seeded = new Set(recorded.seeds.map(({ call_id }) => call_id));
  const made = answered.filter((item) => item.kind === 'function_call' && !seeded.has(item.callId));
  expect(settled.map(({ callId, name }) => [callId, name]).sort()).toEqual(
    made.map((item) => (item.kind === 'function_call' ? [item.callId, item.name] : [])).sort(),
  );
  const sent = playback.peers
    .flatMap(({ received }) => received)
    .flatMap((event) =>
      event.type === 'conversation.item.create' && event.item.type === 'function_call_output'
        ? [[event.item.call_id, argumentsOf(event.item.output)] as const]
        : [],
    );
  expect(new Map(sent)).toEqual(
    new Map([...recorded.outputs].map(([callId, output]) => [callId, argumentsOf(output)])),
  );
}

function expectSound({ recorded, sink, session }: RecordedRun): void {
  const { audio, cutItemIds } = recorded.conversation;
  for (const [itemId, bytes] of audio) {
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 2));
    const played = sink.samplesOf(itemId);
    const heard = Buffer.from(played.buffer, played.byteOffset, played.byteLength);
    if (cutItemIds.has(itemId)) {
      expect(Buffer.from(whole).subarray(0, heard.length).equals(heard)).toBe(true);
    } else {
      expect([itemId, heard.length, sha(heard)]).toEqual([itemId, whole.length, sha(whole)]);
    }
  }
  void session;
}

function sha(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function expectUsage({ recorded, notices }: RecordedRun): void {
  const told = notices.flatMap((notice) =>
    notice.type === 'response_done' && !notice.responseId.startsWith('resp_not_recorded')
      ? [{ id: notice.responseId, status: notice.status, tokens: notice.usage?.total_tokens ?? 0 }]
      : [],
  );
  expect(told).toEqual(
    recorded.conversation.responses.map(({ id, status, usage }) => ({
      id,
      status,
      tokens: usage['total_tokens'] ?? 0,
    })),
  );
}

/** The server is asked for the conversation it has, and told nothing of it again. */
function expectTakenUp({ playback, recorded }: RecordedRun): void {
  const [, ...later] = playback.peers;
  for (const peer of later) {
    expect(peer.request.query.get('conversation_id')).toMatch(/./);
  }
  // What the old connection took no notice of is given once more.
  const given = playback.peers.flatMap(({ received }) =>
    received.flatMap((event) => (event.type === 'conversation.item.create' ? [event.item.id] : [])),
  );
  const { seeds, actions, outputs } = recorded;
  const said = seeds.length + actions.filter(({ kind }) => kind === 'text').length + outputs.size;
  expect(new Set(given).size).toBe(said);
}
