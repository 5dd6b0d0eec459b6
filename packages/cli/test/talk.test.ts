import type { SessionNotice } from '@antiphon/core';
import { ArraySource, noise, RecordingSink } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import type { Terminal } from '../src/console.ts';
import type { RunSummary } from '../src/render/view.ts';
import { deviceLines, deviceObjects } from '../src/talk/talk-devices.ts';
import { type KeySituation, keyAction, keyHelp } from '../src/talk/talk-key.ts';
import { TalkSource } from '../src/talk/talk-source.ts';
import { advanceTalk, silentTalk, type TalkEntry, type TalkEvent } from '../src/talk/talk-state.ts';
import { jsonTalkView, quietTalkView, type TalkView, TextTalkView } from '../src/talk/talk-view.ts';
import { WatchedSink } from '../src/talk/watched-sink.ts';
import { fakeConsole } from './support/fake-console.ts';

const notice = (one: SessionNotice, atMs = 0): TalkEvent => ({ type: 'notice', notice: one, atMs });
const said = (itemId: string, text: string, final = false): TalkEvent =>
  notice({ type: 'transcript', role: 'agent', itemId, text, final });
const heard = (itemId: string, heardText: string, unheardText = ''): TalkEvent =>
  notice({ type: 'audio_done', itemId, heardMs: 1, receivedMs: 2, heardText, unheardText });
const sound = (itemId: string): TalkEvent => notice({ type: 'audio_started', responseId: 'r', itemId });
const done = (status: 'completed' | 'cancelled'): TalkEvent =>
  notice({ type: 'response_done', responseId: 'r', status, detail: undefined, usage: undefined });

function entriesOf(events: readonly TalkEvent[]) {
  let state = silentTalk;
  const entries: TalkEntry[] = [];
  for (const event of events) {
    const [next, more] = advanceTalk(state, event);
    state = next;
    entries.push(...more);
  }
  return { state, entries };
}

describe('what a talk shows', () => {
  it.each<[string, readonly TalkEvent[], readonly TalkEntry[]]>([
    [
      'an answer when it was heard',
      [
        said('a', 'It is '),
        sound('a'),
        said('a', 'four.'),
        said('a', 'It is four.', true),
        done('completed'),
        heard('a', 'It is four.'),
      ],
      [{ kind: 'agent', heard: 'It is four.', unheard: '' }],
    ],
    [
      'what was cut',
      [said('a', 'It is four.', false), sound('a'), done('cancelled'), heard('a', 'It', 'is four.')],
      [{ kind: 'agent', heard: 'It', unheard: 'is four.' }],
    ],
    [
      'an answer that made no sound before it was cut',
      [said('a', 'It is'), done('cancelled')],
      [{ kind: 'agent', heard: '', unheard: 'It is' }],
    ],
    [
      'an answer in writing',
      [said('a', 'It is'), said('a', 'It is four.', true), done('completed')],
      [{ kind: 'agent', heard: 'It is four.', unheard: '' }],
    ],
    [
      'what the user said',
      [notice({ type: 'transcript', role: 'user', itemId: 'u', text: ' Hello. ', final: true })],
      [{ kind: 'you', text: 'Hello.' }],
    ],
    [
      'devices that come and go',
      [
        { type: 'device', event: { type: 'device_lost', kind: 'input', device: 'Headset', reason: 'gone' } },
        { type: 'device', event: { type: 'device_missing', kind: 'output', reason: 'none' } },
        {
          type: 'device',
          event: { type: 'device_opened', kind: 'input', device: 'Desk', insteadOf: 'Headset' },
        },
        { type: 'device', event: { type: 'audio_lost', kind: 'input', device: 'Desk', lostMs: 120 } },
      ],
      [
        { kind: 'note', text: 'the microphone Headset is gone (gone)' },
        { kind: 'note', text: 'there is no speaker at present; it is used as soon as there is one' },
        { kind: 'note', text: 'microphone: Desk, instead of Headset' },
        { kind: 'note', text: '120 ms of what the microphone heard are lost: this machine is too busy' },
      ],
    ],
    [
      'who took over',
      [notice({ type: 'agent_changed', agent: 'billing', from: 'concierge' })],
      [{ kind: 'handoff', from: 'concierge', to: 'billing' }],
    ],
  ])('%s', (_, events, expected) => {
    const { state, entries } = entriesOf(events);
    expect(entries).toEqual(expected);
    expect(state.items.size).toBe(0);
  });

  it('tools while they run, and with their time when they are done', () => {
    const begin = entriesOf([
      notice({ type: 'tool_started', callId: 'c', name: 'add', argumentsJson: '{}' }, 100),
    ]);
    expect(begin.state.tools).toEqual([{ callId: 'c', name: 'add', sinceMs: 100 }]);
    const [state, entries] = advanceTalk(
      begin.state,
      notice({
        type: 'tool_settled',
        callId: 'c',
        name: 'add',
        outcome: { status: 'completed', arguments: {}, output: 3, outputText: '3', elapsedMs: 12.4 },
      }),
    );
    expect(state.tools).toEqual([]);
    expect(entries).toEqual([
      { kind: 'tool', name: 'add', input: {}, output: 3, status: 'completed', ms: 12 },
    ]);
  });

  it('peaks that fall slowly', () => {
    const level = (inputDbfs: number): TalkEvent => ({ type: 'levels', inputDbfs, outputDbfs: -60, atMs: 0 });
    expect(entriesOf([level(-10), level(-50)]).state.inputDbfs).toBe(-14);
    expect(entriesOf([level(-10), level(-5)]).state.inputDbfs).toBe(-5);
  });
});

const detected: KeySituation = {
  turnEnds: 'by_detection',
  pushToTalk: false,
  isMuted: false,
  isAsking: false,
  inTurn: false,
};

describe('keys', () => {
  it.each<[string, Partial<KeySituation>, ReturnType<typeof keyAction>]>([
    ['q', {}, 'quit'],
    ['m', {}, 'mute'],
    ['m', { isMuted: true }, 'open'],
    [' ', {}, 'interrupt'],
    [' ', { pushToTalk: true, isMuted: true }, 'open_and_interrupt'],
    [' ', { pushToTalk: true }, 'mute'],
    [' ', { turnEnds: 'by_us' }, 'commit'],
    [' ', { turnEnds: 'by_button' }, 'start_turn'],
    [' ', { turnEnds: 'by_button', inTurn: true }, 'commit'],
    ['x', {}, undefined],
  ])('%j with %o does %s', (key, situation, action) => {
    expect(keyAction(key, { ...detected, ...situation })).toBe(action);
  });

  it('are explained as they are', () => {
    expect(keyHelp(detected)[0]).toBe('space: interrupt');
    expect(keyHelp({ ...detected, turnEnds: 'by_button' })[0]).toBe('space: begin and end a turn');
  });
});

async function sentBy(
  act: (source: TalkSource, at: number) => void,
  hearsAgent: (atMs: number) => boolean = () => false,
  nowMs = () => 0,
) {
  const states: string[] = [];
  const heardDbfs: number[] = [];
  const source = new TalkSource({
    microphone: new ArraySource(noise({ durationMs: 400, sampleRateHz: 24_000 }, 0.5), {
      sampleRateHz: 24_000,
      kind: 'live',
    }),
    clock: { nowMs },
    hearsAgent,
    onFrame: (_, dbfs) => heardDbfs.push(dbfs),
    onState: (state) => states.push(state),
  });
  const peaks: number[] = [];
  for await (const frame of source.frames(new AbortController().signal)) {
    peaks.push(frame.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
    act(source, peaks.length);
  }
  return { states, peaks, heardDbfs };
}

describe('the microphone of a talk', () => {
  it('is silent while it is muted, and shows how loud it is all the same', async () => {
    let frames = 0;
    const { states, peaks, heardDbfs } = await sentBy(
      (source, at) => {
        frames = at;
        if (at === 5) source.mute();
        if (at === 12) source.open();
      },
      () => false,
      () => 20 * frames,
    );
    expect(states).toEqual(['muted', 'open']);
    // What was said before it was muted is on its way for 80 ms more; then it fades.
    expect(peaks.map((peak) => peak > 0)).toEqual(Array.from({ length: 20 }, (_, at) => at < 10 || at > 11));
    expect(Math.min(...heardDbfs)).toBeGreaterThan(-10);
  });

  it('is silent while it would hear the agent', async () => {
    let frames = 0;
    const { states, peaks } = await sentBy(
      () => frames++,
      () => frames >= 5 && frames < 10,
    );
    expect(states).toEqual(['gated', 'open']);
    expect(peaks.slice(6, 10)).toEqual([0, 0, 0, 0]);
    expect(peaks.at(-1)).toBeGreaterThan(1_000);
  });
});

describe('a microphone that is read late', () => {
  it('is judged by when it heard', async () => {
    // All frames after the fifth come at once, half a second later: the agent was heard for the first 150 ms of that.
    let frames = 0;
    const { peaks } = await sentBy(
      () => {},
      (atMs) => atMs > 100 && atMs < 250,
      () => (++frames <= 5 ? 20 * frames : 600),
    );
    expect(peaks.map((peak) => peak > 0).slice(0, 14)).toEqual([
      // The first of them fades.
      ...Array.from({ length: 6 }, () => true),
      ...Array.from({ length: 6 }, () => false),
      ...Array.from({ length: 2 }, () => true),
    ]);
  });
});

describe('a key that is pressed before all that was said has come', () => {
  // The sixth frame and all behind it come at once, 300 ms late, after the key: of those, 15 were said before it.
  const late = () => {
    let frames = 0;
    return { nowMs: () => (frames < 5 ? 20 * frames : 400), next: () => frames++ };
  };

  it('mutes what was said behind it, and nothing else', async () => {
    const { nowMs, next } = late();
    const { peaks, states } = await sentBy(
      (source, at) => {
        next();
        if (at === 5) source.mute();
      },
      () => false,
      nowMs,
    );
    expect(states).toEqual(['muted']);
    expect(peaks.every((peak) => peak > 1_000)).toBe(true);
  });

  it('shuts a microphone that hears the agent all the same', async () => {
    const { nowMs, next } = late();
    const { peaks } = await sentBy(
      (source, at) => {
        next();
        if (at === 5) source.mute();
      },
      (atMs) => atMs > 200,
      nowMs,
    );
    expect(peaks.at(-1)).toBe(0);
  });

  it('ends a turn behind what was said before it', async () => {
    let frames = 0;
    const endedAt: number[] = [];
    await sentBy(
      (source, at) => {
        frames++;
        if (at === 5) source.afterWhatWasSaid(() => endedAt.push(frames));
      },
      () => false,
      // The key is seen when frames 6 to 12 have been said, and before they come.
      () => 20 * (frames >= 5 ? Math.max(frames, 12) : frames),
    );
    expect(endedAt).toEqual([16]);
  });

  it('ends a turn all the same when the microphone goes', async () => {
    const ended: string[] = [];
    await sentBy((source, at) => {
      if (at !== 5) return;
      source.afterWhatWasSaid(() => ended.push('before it went'));
      source.setDevice('missing');
      source.afterWhatWasSaid(() => ended.push('when it was gone'));
      expect(ended).toEqual(['before it went', 'when it was gone']);
      source.setDevice('there');
    });
    expect(ended).toHaveLength(2);
  });

  it('ends a turn at once where the next one begins, and once only', async () => {
    let ends = 0;
    await sentBy((source, at) => {
      if (at !== 5) return;
      source.afterWhatWasSaid(() => ends++);
      source.actNow();
      source.actNow();
    });
    expect(ends).toBe(1);
  });
});

describe('a watched sink', () => {
  it('tells what it is given and what was heard', () => {
    const told: string[] = [];
    const sink = new WatchedSink(new RecordingSink({ sampleRateHz: 24_000 }), {
      onReceived: ({ samples }) => told.push(`received ${samples.length}`),
      onPartEnd: (itemId) => told.push(`ended ${itemId}`),
      onProgress: ({ playedMs }) => told.push(`played ${playedMs}`),
      onFlushing: () => told.push('flushing'),
      onFlushed: () => told.push('flushed'),
    });
    sink.onProgress(({ playedMs }) => told.push(`session: played ${playedMs}`));
    sink.write({ itemId: 'a', contentIndex: 0, samples: new Int16Array(240) });
    sink.endPart('a', 0);
    sink.flush();
    expect(told).toEqual([
      'received 240',
      'played 10',
      'session: played 10',
      'ended a',
      'flushing',
      'flushed',
    ]);
  });
});

const summary: RunSummary = {
  type: 'summary',
  session_id: 's',
  agent: 'concierge',
  provider: 'local',
  turns: [],
  usage: {},
  status: 'completed',
};

function talkThrough(view: TalkView): void {
  view.loading('getting ready …');
  view.take({
    type: 'device',
    event: { type: 'device_opened', kind: 'input', device: 'Desk', insteadOf: 'Set' },
  });
  view.take({ type: 'started', id: 's', agent: 'concierge', provider: 'local' });
  view.take({ type: 'microphone', state: 'muted' });
  view.take({ type: 'levels', inputDbfs: -10, outputDbfs: -10, atMs: 5 });
  view.take(said('a', 'Four'));
  view.take(sound('a'));
  view.take({ type: 'played', itemId: 'a', share: 0.5 });
  view.take(heard('a', 'Four', 'degrees.'));
  view.summary(summary, undefined);
  view.end();
}

function terminalOf(columns: number, canRedraw: boolean): Terminal {
  return { columns: () => columns, canRedraw, onResize: () => () => {}, onKey: () => () => {} };
}

describe('views of a talk', () => {
  const lines = [
    'note   microphone: Desk, instead of Set',
    'concierge on local, s',
    'agent  Four [not heard: degrees.]',
    '',
    '0 turns',
    '',
  ];

  it('ends with what it took, no wider than the terminal', () => {
    const console = fakeConsole();
    const view = new TextTalkView({ console, terminal: terminalOf(40, false), keys: () => [] });
    const usage = { total_tokens: 246, input_tokens: 179, output_tokens: 67 };
    const details = { text_tokens: 113, audio_tokens: 66 };
    view.summary(
      { ...summary, usage: { ...usage, input_token_details: details, output_token_details: details } },
      undefined,
    );
    const written = console.outText.split('\n');
    expect(written.join(' ')).toMatch(/0 turns 246 tokens .*out 67/);
    expect(Math.max(...written.map(({ length }) => length))).toBeLessThan(40);
  });

  it.each([
    ['a pipe', undefined],
    ['a terminal that takes no line back', terminalOf(60, false)],
  ])('writes plain lines into %s', (_, terminal) => {
    const console = fakeConsole();
    talkThrough(new TextTalkView({ console, terminal, keys: () => [] }));
    expect(console.outText.split('\n')).toEqual(lines);
  });

  it('draws meters below on a terminal, without colours where there are none', () => {
    const console = fakeConsole({ terminal: true });
    talkThrough(new TextTalkView({ console, terminal: terminalOf(60, true), keys: () => ['q: quit'] }));
    expect(console.outText).toContain('you ████████·· muted    agent ████████·· listening\nq: quit');
    const escapes = new Set(console.outText.match(/\u001b\[[^A-Za-z]*[A-Za-z]/g));
    expect(escapes).toEqual(new Set(['\u001b[1A', '\u001b[J']));
  });

  it('writes JSON, and nothing else', () => {
    const console = fakeConsole();
    talkThrough(jsonTalkView(console.out));
    const objects = console.outText
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string });
    expect(objects.map(({ type }) => type)).toEqual([
      'device_opened',
      'session',
      'microphone',
      'transcript',
      'audio_started',
      'audio_done',
      'summary',
    ]);
    expect(objects[0]).toEqual({
      type: 'device_opened',
      kind: 'microphone',
      device: 'Desk',
      instead_of: 'Set',
    });
  });

  it('writes what was heard of the agent, when it is to be quiet', () => {
    const console = fakeConsole();
    talkThrough(quietTalkView(console.out));
    expect(console.outText).toBe('Four\n');
  });
});

describe('the list of devices', () => {
  const input = { kind: 'input', id: 'alsa.1', name: 'Desk', isDefault: true } as const;
  it('is for people', () => {
    expect(deviceLines([input], [])).toBe(
      'Microphones (--input-device)\n  1  Desk (default)  [alsa.1]\nSpeakers (--output-device)\n  none\n',
    );
  });

  it('is for programs', () => {
    expect(deviceObjects([input])).toBe(
      '{"type":"device","kind":"microphone","number":1,"id":"alsa.1","name":"Desk","default":true}\n',
    );
  });
});
