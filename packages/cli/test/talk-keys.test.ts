import type { EchoCanceller } from '@antiphon/audio/node';
import type { Antiphon, Session } from '@antiphon/runtime';
import { ArraySource, RecordingSink, silence } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { Talk } from '../src/talk/talk.ts';
import type { TalkDevices } from '../src/talk/talk-devices.ts';
import type { TalkEvent } from '../src/talk/talk-state.ts';

type Detection = { readonly type: 'server_vad' | 'push_to_talk' } | null;

/** A talk in which keys are pressed, and what comes of them. */
function talkWith(
  detection: Detection,
  options: {
    readonly pushToTalk?: boolean;
    readonly activity?: Session['activity'];
    readonly echo?: 'gate' | EchoCanceller;
  } = {},
) {
  const { pushToTalk = false, activity = 'speaking', echo = 'gate' } = options;
  const done: string[] = [];
  const events: TalkEvent[] = [];
  const agents = { default_agent: 'a', agents: { a: { turn_detection: detection } } };
  const talk = new Talk({
    antiphon: { program: { agents } } as unknown as Antiphon,
    view: {
      loading: () => {},
      take: (event) => events.push(event),
      turnStarted: () => {},
      turnDone: () => {},
      summary: () => {},
      end: () => {},
    },
    echo,
    pushToTalk,
  });
  const rate = { sampleRateHz: 24_000 };
  const microphone = new ArraySource(silence({ durationMs: 20, ...rate }), rate);
  const speaker = Object.assign(new RecordingSink(rate), { wasAudible: () => false });
  talk.source({ microphone, speaker } as unknown as TalkDevices);
  talk.begin({
    id: 's',
    agentName: 'a',
    providerName: 'local',
    agent: 'a',
    activity,
    interrupt: () => done.push('interrupt'),
    startTurn: () => done.push('startTurn'),
    commit: () => done.push('commit'),
  } as unknown as Session);
  const states = () => events.flatMap((event) => (event.type === 'microphone' ? [event.state] : []));
  return { talk, done, states };
}

describe('keys in a talk', () => {
  it.each<[string, Detection, Parameters<typeof talkWith>[1], readonly string[], readonly string[]]>([
    [' ', { type: 'server_vad' }, {}, ['interrupt'], []],
    [' ', { type: 'server_vad' }, { activity: 'listening' }, [], []],
    ['mm', { type: 'server_vad' }, {}, [], ['muted', 'open']],
    ['  ', { type: 'server_vad' }, { pushToTalk: true }, ['interrupt'], ['muted', 'open', 'muted']],
    ['  ', { type: 'push_to_talk' }, {}, ['startTurn', 'commit'], []],
    ['m ', { type: 'push_to_talk' }, {}, ['startTurn'], ['muted', 'open']],
    [' ', null, {}, ['commit'], []],
    ['x', null, {}, [], []],
  ])('%j with %o and %o', (keys, detection, options, done, states) => {
    const talk = talkWith(detection, options);
    for (const key of keys) talk.talk.press(key);
    expect(talk.done).toEqual(done);
    expect(talk.states()).toEqual(states);
  });

  it('end it', async () => {
    const { talk } = talkWith(null);
    talk.press('q');
    await talk.ended;
  });
});

describe('devices in a talk', () => {
  it('silence the agent when nobody can hear it, and the user when there is no microphone', () => {
    const { talk, done, states } = talkWith({ type: 'server_vad' });
    talk.onDevice({ type: 'device_lost', kind: 'output', device: 'd', reason: 'gone' });
    expect(done).toEqual([]);
    talk.onDevice({ type: 'device_missing', kind: 'output', reason: 'none' });
    expect(done).toEqual(['interrupt']);
    talk.onDevice({ type: 'device_lost', kind: 'input', device: 'd', reason: 'gone' });
    talk.onDevice({ type: 'device_opened', kind: 'input', device: 'e' });
    expect(states()).toEqual(['missing', 'open']);
  });
});

describe('what was learned of a room', () => {
  it.each<[string, (talk: Talk) => void]>([
    ['the speaker ran dry', (talk) => talk.onRanDry()],
    [
      'the speaker is another one',
      (talk) => talk.onDevice({ type: 'device_opened', kind: 'output', device: 'b' }),
    ],
    [
      'the microphone is another one',
      (talk) => talk.onDevice({ type: 'device_opened', kind: 'input', device: 'b' }),
    ],
  ])('is learned anew where %s', (_, happen) => {
    let relearned = 0;
    const echo = { relearn: () => relearned++ } as unknown as EchoCanceller;
    const { talk } = talkWith({ type: 'server_vad' }, { echo });
    expect(relearned).toBe(0);
    happen(talk);
    expect(relearned).toBe(1);
  });
});
