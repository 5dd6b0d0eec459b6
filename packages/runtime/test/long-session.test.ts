// A session of 2,000 turns: what it keeps is bounded, and its log rebuilds it.
import {
  type ClientEvent,
  defaultLimits,
  defaultReconnect,
  defaultTimeouts,
  replayJournal,
  SessionRunner,
  type SessionSettings,
  type SessionState,
} from '@antiphon/core';
import {
  fakeToolHost,
  RecordingSink,
  ScriptedProvider,
  type ScriptedServer,
  settlePromises,
  toolSpec,
  VirtualClock,
} from '@antiphon/testing';
import { expect, it } from 'vitest';
import { createSessionCodec } from '../src/audio/session-codec.ts';
import { journal } from '../src/session/session-journal.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { MemoryLog } from './support/scripted-session.ts';

const pcm = { type: 'audio/pcm' } as const;

const settings: SessionSettings = {
  sessionId: 'sess_long',
  agentName: 'a',
  agents: {
    a: {
      session: { type: 'realtime', instructions: 'Help.' },
      turnTaking: 'server_answers',
      interruptible: true,
      tools: [
        {
          name: 'book',
          onInterrupt: 'keep',
          start: 'now',
          reply: 'now',
          idempotent: false,
          filler: undefined,
        },
      ],
      handoffs: {},
      greeting: undefined,
      idle: undefined,
      deadAir: undefined,
      resumeFalseInterruption: true,
      guards: { input: false, output: false },
    },
  },
  providers: [{ name: 'scripted', voice: undefined, sessionLimitMs: undefined }],
  outputBytesPerMs: 48,
  responseRetries: 0,
  fallback: undefined,
  historyItems: 500,
  variables: {},
  limits: defaultLimits,
  reconnect: defaultReconnect,
  timeouts: defaultTimeouts,
  seed: 1,
};

/** A spoken turn of the user; the server owes an answer after it. */
function hear(server: ScriptedServer, turn: number): void {
  const item_id = `item_user_${turn}`;
  const content = [{ type: 'input_audio', transcript: null }];
  const item = { id: item_id, type: 'message', role: 'user', status: 'completed', content };
  server.send(
    { type: 'input_audio_buffer.speech_started', audio_start_ms: turn, item_id },
    { type: 'input_audio_buffer.speech_stopped', audio_end_ms: turn, item_id },
    { type: 'input_audio_buffer.committed', item_id, previous_item_id: null },
    { type: 'conversation.item.added', previous_item_id: null, item },
    {
      type: 'conversation.item.input_audio_transcription.completed',
      item_id,
      content_index: 0,
      transcript: `And what about the ${turn}th?`,
      usage: { type: 'duration', seconds: 1 },
    },
  );
}

/** What servers say to what is taken back. */
function confirm(event: ClientEvent, server: ScriptedServer): void {
  if (event.type === 'conversation.item.truncate') {
    const { item_id, content_index, audio_end_ms } = event;
    server.send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms });
  }
  if (event.type === 'conversation.item.delete') {
    server.send({ type: 'conversation.item.deleted', item_id: event.item_id });
  }
}

/** Every other turn calls a tool, every fifth answer is cut in by the next turn. */
async function liveThrough(turns: number, eachTurn: (turn: number, state: SessionState) => void) {
  const clock = new VirtualClock();
  const provider = new ScriptedProvider({ script: confirm });
  const log = new MemoryLog();
  const runner = new SessionRunner(settings, {
    providers: () => provider,
    tools: fakeToolHost({ tools: { book: { output: { booked: true } } }, specs: [toolSpec('book')], clock }),
    source: undefined,
    sink: new RecordingSink({ sampleRateHz: 24_000, clock }),
    codec: createSessionCodec(pcm, pcm),
    clock,
    logger: recordingLogger(),
  });
  const header = {
    sessionId: 'sess_long',
    agentName: 'a',
    providerName: 'scripted',
    startedAt: '',
    settings,
  };
  runner.inspect(journal(log, header));
  runner.dispatch({ type: 'session.start' });
  await settlePromises();
  const { server } = provider;
  for (let turn = 1; turn <= turns; turn += 1) {
    hear(server, turn);
    const isCall = turn % 2 === 0;
    if (isCall) {
      server.callTools(`resp_call_${turn}`, [{ callId: `call_${turn}`, name: 'book', arguments: '{}' }]);
      await settlePromises();
    }
    server.speak({
      responseId: `resp_${turn}`,
      itemId: `item_${turn}`,
      text: `It is the ${turn}th.`,
      ms: 200,
    });
    await settlePromises();
    clock.advance(turn % 5 === 0 ? 100 : 400);
    await settlePromises();
    eachTurn(turn, runner.state);
  }
  return { runner, log, clock };
}

interface Sizes {
  /** Entries of lists and maps, by their place in the state. */
  readonly entries: Map<string, number>;
  /** Characters of all texts. */
  characters: number;
}

function measure(value: unknown, sizes: Sizes, place = 'state'): Sizes {
  if (typeof value === 'string') sizes.characters += value.length;
  if (typeof value !== 'object' || value === null) return sizes;
  const isKeyed = value instanceof Map || Array.isArray(value);
  const members: readonly (readonly [string, unknown])[] =
    value instanceof Map ? [...value] : Object.entries(value);
  if (isKeyed) sizes.entries.set(place, (sizes.entries.get(place) ?? 0) + members.length);
  for (const [key, member] of members) measure(member, sizes, `${place}.${isKeyed ? '*' : key}`);
  return sizes;
}

/** The largest sizes over the last of `turns` turns. */
function largestAt(turns: number) {
  const largest: Sizes = { entries: new Map(), characters: 0 };
  const note = (turn: number, state: SessionState): void => {
    if (turn > turns || turn <= turns - 40) return;
    const { entries, characters } = measure(state, { entries: new Map(), characters: 0 });
    largest.characters = Math.max(largest.characters, characters);
    for (const [place, size] of entries) {
      largest.entries.set(place, Math.max(size, largest.entries.get(place) ?? 0));
    }
  };
  return { largest, note };
}

it('keeps no more after 2,000 turns than after 600, and is rebuilt from its log', async () => {
  const [early, late] = [largestAt(600), largestAt(2000)];
  const { runner, log, clock } = await liveThrough(2000, (turn, state) => {
    early.note(turn, state);
    late.note(turn, state);
  });
  expect(Object.fromEntries(late.largest.entries)).toEqual(Object.fromEntries(early.largest.entries));
  // The numbers in ids and texts have a digit more.
  expect(late.largest.characters).toBeLessThan(1.1 * early.largest.characters);
  expect(runner.state.conversation.size).toBe(settings.historyItems);
  expect(clock.pendingMs.length).toBeLessThan(8);

  const records = log.records.map((record) => JSON.parse(JSON.stringify(record)) as typeof record);
  const replayed = replayJournal(records);
  expect(replayed).toMatchObject({ ok: true, difference: undefined, steps: log.records.length - 1 });
  expect(replayed.ok && replayed.state).toEqual(runner.state);
}, 60_000);
