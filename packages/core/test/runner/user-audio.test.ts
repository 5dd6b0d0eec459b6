import type { AudioConditioner, LocalTurns, RoomSound, SessionEvent, TurnListener } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { UserAudio } from '../../src/runner/user-audio.ts';
import { lineLogger } from './support.ts';
import { FedSource, HandClock, HeardTarget, msCodec, settle } from './uplink-rig.ts';

/** A detector by hand. */
function handTurns(gate: LocalTurns['gate'] = 'turns') {
  const opened: {
    listener: TurnListener;
    pushed: number;
    rooms: RoomSound[];
    abandons: number;
    closes: number;
  }[] = [];
  const turns: LocalTurns = {
    gate,
    prefixPaddingMs: 100,
    openDetector: (listener) => {
      const detector = { listener, pushed: 0, rooms: [] as RoomSound[], abandons: 0, closes: 0 };
      opened.push(detector);
      return {
        push: (samples, room) => {
          detector.pushed += samples.length;
          detector.rooms.push(room);
          return undefined;
        },
        abandon: () => {
          detector.abandons += 1;
        },
        close: () => {
          detector.closes += 1;
        },
      };
    },
  };
  return { turns, opened };
}

async function rig(
  agents: Readonly<Record<string, LocalTurns | undefined>>,
  conditioners: Readonly<Record<string, AudioConditioner>> = {},
) {
  const source = new FedSource();
  const events: string[] = [];
  const target = new HeardTarget();
  const logger = lineLogger();
  let room: RoomSound = 'quiet';
  const audio = new UserAudio({
    source,
    codec: msCodec,
    clock: new HandClock(),
    logger,
    localTurns: (name) => agents[name],
    conditioner: (name) => conditioners[name],
    inTurn: () => false,
    room: () => room,
    report: (event: SessionEvent) => {
      const detail = event.type === 'session.close' ? ` ${event.mode}: ${event.reason}` : '';
      events.push(`${event.type}${detail} after ${target.stretches || 'nothing'}`);
    },
  });
  audio.setAgent('a');
  audio.route(1, target, 'tail');
  await settle();
  return {
    audio,
    events,
    target,
    logger,
    feed: (ms: number) => source.feed(ms),
    end: () => {
      source.end();
      return settle();
    },
    setRoom: (sound: RoomSound) => {
      room = sound;
    },
  };
}

describe('turns that a detector finds', () => {
  it('are sent with what came before they were noticed, and reported in their order', async () => {
    const { turns, opened } = handTurns();
    const { events, target, feed } = await rig({ a: turns });
    await feed(1_000);
    opened[0]?.listener.detected({ kind: 'started', startMs: 640 });
    await feed(500);
    opened[0]?.listener.detected({ kind: 'ended', endMs: 1_480 });
    await feed(500);
    expect(events).toEqual(['user.speech_started after 640-1000', 'user.commit after 640-1500']);
    expect(target.stretches).toBe('640-1500');
    expect(opened[0]?.pushed).toBe(2_000);
  });

  it('may turn out to be none', async () => {
    const { turns, opened } = handTurns();
    const { events, target, feed } = await rig({ a: turns });
    await feed(1_000);
    opened[0]?.listener.detected({ kind: 'started', startMs: 900 });
    opened[0]?.listener.detected({ kind: 'dropped', endMs: 1_000 });
    await feed(1_000);
    expect(events).toEqual(['user.speech_started after 900-1000', 'user.speech_dropped after 900-1000']);
    expect(target.stretches).toBe('900-1000');
  });

  it('are sent whole before they end, over a slow connection too', async () => {
    const { turns, opened } = handTurns();
    const { events, target, feed } = await rig({ a: turns });
    target.bufferedBytes = 1e6;
    await feed(1_000);
    opened[0]?.listener.detected({ kind: 'started', startMs: 900 });
    await feed(200);
    opened[0]?.listener.detected({ kind: 'ended', endMs: 1_200 });
    expect(events).toEqual(['user.speech_started after nothing', 'user.commit after 900-1200']);
  });

  it('are reported at once while audio is held, and sent when it is not', async () => {
    const { turns, opened } = handTurns();
    const { audio, events, target, feed } = await rig({ a: turns });
    audio.hold();
    await feed(1_000);
    opened[0]?.listener.detected({ kind: 'started', startMs: 900 });
    await feed(200);
    opened[0]?.listener.detected({ kind: 'ended', endMs: 1_200 });
    await feed(200);
    expect(events).toEqual(['user.speech_started after nothing', 'user.commit after nothing']);
    audio.release();
    expect(target.stretches).toBe('900-1200');
  });

  it('know whether the agent is heard', async () => {
    const { turns, opened } = handTurns();
    const { feed, setRoom } = await rig({ a: turns });
    await feed(20);
    setRoom('agent_heard');
    await feed(20);
    expect(opened[0]?.rooms).toEqual(['quiet', 'agent_heard']);
  });

  it('give way to what the application says', async () => {
    const { turns, opened } = handTurns();
    const { audio, events, feed } = await rig({ a: turns });
    await feed(1_000);
    opened[0]?.listener.detected({ kind: 'started', startMs: 900 });
    audio.take({ type: 'user.commit' });
    opened[0]?.listener.detected({ kind: 'ended', endMs: 1_000 });
    audio.take({ type: 'user.speech_started' });
    opened[0]?.listener.detected({ kind: 'started', startMs: 1_000 });
    opened[0]?.listener.detected({ kind: 'ended', endMs: 1_000 });
    expect(events.map((event) => event.split(' ')[0])).toEqual([
      'user.speech_started',
      'user.commit',
      'user.speech_started',
    ]);
    expect(opened[0]?.abandons).toBe(1);
  });

  it('end the session in order when the detector is lost', async () => {
    const { turns, opened } = handTurns();
    const { events, logger } = await rig({ a: turns });
    opened[0]?.listener.failed(new Error('no model'));
    expect(events).toEqual(['session.close drain: the detection of turns failed after nothing']);
    expect(logger.lines).toEqual([expect.stringContaining('no model')]);
  });

  it('end with the source', async () => {
    const { turns, opened } = handTurns();
    const { events, feed, end } = await rig({ a: turns });
    await feed(1_000);
    opened[0]?.listener.detected({ kind: 'started', startMs: 900 });
    await end();
    expect(events).toEqual(['user.speech_started after 900-1000', 'user.commit after 900-1000']);
  });

  it('are found for each agent in its way, from the end of the turn on', async () => {
    const [first, second] = [handTurns(), handTurns()];
    const { audio, target, feed } = await rig({ a: first.turns, b: second.turns, c: undefined });
    await feed(1_000);
    first.opened[0]?.listener.detected({ kind: 'started', startMs: 900 });
    audio.setAgent('b');
    expect([first.opened[0]?.closes, second.opened.length]).toEqual([0, 0]);
    await feed(100);
    first.opened[0]?.listener.detected({ kind: 'ended', endMs: 1_100 });
    expect([first.opened[0]?.closes, second.opened.length]).toEqual([1, 1]);
    first.opened[0]?.listener.detected({ kind: 'started', startMs: 1_100 });
    await feed(1_000);
    second.opened[0]?.listener.detected({ kind: 'started', startMs: 800 });
    second.opened[0]?.listener.detected({ kind: 'ended', endMs: 1_000 });
    audio.setAgent('c');
    await feed(100);
    expect(target.stretches).toBe('900-1100 1900-2200');
  });

  it('are looked for no more after the end', async () => {
    const { turns, opened } = handTurns();
    const { audio, events, feed } = await rig({ a: turns });
    await feed(100);
    expect(audio.close()).toMatchObject({ receivedSamples: 100 });
    opened[0]?.listener.detected({ kind: 'started', startMs: 0 });
    expect([events.length, opened[0]?.closes]).toEqual([0, 1]);
  });
});

describe('turns that a button begins and ends', () => {
  it('are sent with a little from before', async () => {
    const { audio, events, target, feed } = await rig({ a: { gate: 'turns', prefixPaddingMs: 100 } });
    await feed(1_000);
    audio.take({ type: 'user.speech_started' });
    await feed(200);
    audio.take({ type: 'user.commit' });
    await feed(200);
    expect(events).toEqual(['user.speech_started after 900-1000', 'user.commit after 900-1200']);
    expect(target.stretches).toBe('900-1200');
  });
});

describe('turns of an application that only ends them', () => {
  it('let audio flow always', async () => {
    const { audio, events, target, feed } = await rig({ a: undefined });
    await feed(100);
    audio.take({ type: 'user.commit' });
    await feed(100);
    expect(events).toEqual(['user.commit after 0-100']);
    expect(target.stretches).toBe('0-200');
  });
});

/** Keeps the newest `delayMs` of the stream inside; what is pushed out of it at the end is followed by zeros. */
function delaying(delayMs: number) {
  let inside: number[] = [];
  const conditioner = {
    closes: 0,
    push: (samples: Int16Array) => {
      inside.push(...samples);
      return Int16Array.from(inside.splice(0, Math.max(0, inside.length - delayMs)));
    },
    drain: () => conditioner.push(new Int16Array(delayMs)),
    close: () => {
      conditioner.closes += 1;
      inside = [];
    },
  };
  return conditioner;
}

describe('audio that is conditioned', () => {
  it('is what the detector judges and what is sent', async () => {
    const { turns, opened } = handTurns();
    const { target, feed } = await rig({ a: turns }, { a: delaying(30) });
    await feed(1_000);
    expect(opened[0]?.pushed).toBe(970);
    opened[0]?.listener.detected({ kind: 'started', startMs: 640 });
    await feed(500);
    opened[0]?.listener.detected({ kind: 'ended', endMs: 1_470 });
    expect(target.stretches).toBe('640-1470');
  });

  it('is sent to its last sample when the application ends a turn', async () => {
    const { audio, events, target, feed } = await rig(
      { a: { gate: 'turns', prefixPaddingMs: 100 } },
      { a: delaying(30) },
    );
    await feed(1_000);
    audio.take({ type: 'user.speech_started' });
    await feed(200);
    audio.take({ type: 'user.commit' });
    expect(events.at(-1)).toBe('user.commit after 870-1200');
    await feed(200);
    expect(target.heard.filter((sample) => sample === 1_199)).toHaveLength(1);
    audio.take({ type: 'user.speech_started' });
    await feed(100);
    expect(target.stretches).toMatch(/^870-1200 .*-1470$/);
  });

  it('is sent to its last sample when the source ends', async () => {
    const { audio, target, feed, end } = await rig({ a: undefined }, { a: delaying(30) });
    await feed(100);
    expect(target.stretches).toBe('0-70');
    await end();
    expect(target.heard.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(audio.counts.receivedSamples).toBe(100);
  });

  it('is conditioned by the agent in charge', async () => {
    const [first, second] = [delaying(30), delaying(10)];
    const { audio, target, feed } = await rig({}, { a: first, b: second });
    await feed(100);
    audio.setAgent('a');
    expect(target.stretches).toBe('0-70');
    audio.setAgent('b');
    expect([first.closes, target.stretches]).toEqual([1, '0-100']);
    await feed(100);
    expect(target.stretches).toBe('0-190');
    audio.setAgent('c');
    await feed(100);
    expect(target.stretches).toBe('0-300');
    audio.close();
    expect([first.closes, second.closes]).toEqual([1, 1]);
  });

  it('flows as it is where its conditioner fails', async () => {
    const broken = {
      get a(): never {
        throw new Error('no memory');
      },
    };
    const { logger, target, feed } = await rig({}, broken);
    await feed(100);
    expect(target.stretches).toBe('0-100');
    expect(logger.lines).toEqual([expect.stringContaining('no memory')]);
  });
});
