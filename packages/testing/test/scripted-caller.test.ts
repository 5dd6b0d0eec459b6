import { decodeWav, encodeWav } from '@antiphon/audio';
import { describe, expect, it } from 'vitest';
import { ScriptedCaller } from '../src/caller/scripted-caller.ts';
import { settlePromises, VirtualClock } from '../src/virtual-clock.ts';

const rate = 1000;

/** A session that listens for as long as it is told. */
function call(caller: ScriptedCaller) {
  const abort = new AbortController();
  const frames: Int16Array[] = [];
  const over = (async () => {
    for await (const frame of caller.source.frames(abort.signal)) {
      frames.push(frame);
    }
  })();
  return { abort, over, heardMs: () => frames.reduce((sum, frame) => sum + frame.length, 0), frames };
}

function callerOn(clock: VirtualClock, answerTimeoutMs = 5000): ScriptedCaller {
  return new ScriptedCaller({ clock, sampleRateHz: rate, answerTimeoutMs });
}

const speak = (caller: ScriptedCaller, itemId: string, ms: number, isEnd = true): void => {
  caller.sink.write({ itemId, contentIndex: 0, samples: new Int16Array(ms).fill(7) });
  if (isEnd) {
    caller.sink.endPart(itemId, 0);
  }
};
const words = (ms: number) => new Int16Array(ms).fill(5);

describe('ScriptedCaller', () => {
  it('speaks, falls silent and hangs up, in the time of its clock', async () => {
    const clock = new VirtualClock();
    const caller = callerOn(clock).says(words(50)).staysSilent(100).says(words(30)).hangsUp();
    const { over, heardMs } = call(caller);
    await clock.pass(100);
    expect(heardMs()).toBe(100);
    await clock.runAll();
    await over;
    await caller.done;
    expect(caller.said).toEqual([
      { startMs: 0, ms: 50 },
      { startMs: 150, ms: 30 },
    ]);
    expect(caller.stepsLeft).toBe(0);
    expect(clock.pendingMs).toEqual([]);
  });

  it('goes on in silence without an end, until nobody listens', async () => {
    const clock = new VirtualClock();
    const caller = callerOn(clock).says(words(20));
    const { abort, over, heardMs } = call(caller);
    await clock.pass(1000);
    expect(heardMs()).toBe(1000);
    abort.abort();
    await over;
    await caller.done;
    expect(clock.pendingMs).toEqual([]);
  });

  it('waits until the agent has spoken and is quiet', async () => {
    const clock = new VirtualClock();
    const caller = callerOn(clock).says(words(20)).waitsForAnswer({ quietMs: 100 }).says(words(20)).hangsUp();
    const { over } = call(caller);
    await clock.pass(200);
    speak(caller, 'a', 100, false);
    await clock.pass(400);
    expect(caller.stepsLeft).toBe(2);
    speak(caller, 'a', 50);
    await clock.runAll();
    await over;
    const [first, second] = caller.heard;
    expect([first, second]).toEqual([
      { itemId: 'a', startMs: 200, ms: 100 },
      { itemId: 'a', startMs: 600, ms: 50 },
    ]);
    expect(caller.said[1]?.startMs).toBe(760);
    expect(caller.answerDelaysMs).toEqual([180, undefined]);
  });

  it.each<[string, Parameters<ScriptedCaller['after']>[0], number]>([
    ['some time after', { ms: 300 }, 320],
    ['as the agent has begun', { agentSpeaksMs: 0 }, 220],
    ['in the middle of its speech', { agentSpeaksMs: 400 }, 600],
    ['after some words', { agentWords: 2 }, 800],
  ])('interrupts %s', async (_name, condition, startMs) => {
    const clock = new VirtualClock();
    const caller = callerOn(clock).says(words(20)).says(words(20)).after(condition).hangsUp();
    const { over } = call(caller);
    await clock.pass(200);
    speak(caller, 'a', 1000);
    await clock.runAll();
    await over;
    expect(caller.said[1]?.startMs).toBe(startMs);
  });

  it.each<[string, (caller: ScriptedCaller) => ScriptedCaller]>([
    ['an answer', (caller) => caller.waitsForAnswer()],
    ['a moment', (caller) => caller.says(words(20)).after({ agentSpeaksMs: 400 })],
  ])('fails when %s never comes, and says where', async (_name, waits) => {
    const clock = new VirtualClock();
    const caller = waits(callerOn(clock, 1000).says(words(20))).hangsUp();
    const { over } = call(caller);
    await clock.runAll();
    await over;
    await expect(caller.done).rejects.toThrow(
      'scripted caller: step 2: the agent did not say enough within 1000 ms',
    );
    expect(caller.stepsLeft).toBe(1);
  });

  it('reports what was played, and nothing of what was cut', async () => {
    const clock = new VirtualClock();
    const caller = callerOn(clock);
    const progress: string[] = [];
    caller.sink.onProgress(({ itemId, playedMs }) => progress.push(`${itemId} ${playedMs}`));
    const { abort, over } = call(caller);
    speak(caller, 'a', 50);
    speak(caller, 'b', 100);
    await clock.pass(80);
    expect(progress).toEqual(['a 20', 'a 40', 'a 50', 'b 10', 'b 30']);
    caller.sink.flush();
    await clock.pass(100);
    expect(progress).toHaveLength(5);
    expect(caller.heard).toEqual([
      { itemId: 'a', startMs: 0, ms: 50 },
      { itemId: 'b', startMs: 50, ms: 30 },
    ]);
    expect(caller.cuts).toBe(1);
    abort.abort();
    await over;
  });

  it('hears to the end what is said after it hung up', async () => {
    const clock = new VirtualClock();
    const caller = callerOn(clock).hangsUp();
    const { over } = call(caller);
    await clock.runAll();
    await over;
    speak(caller, 'a', 100);
    await clock.runAll();
    expect(caller.heard).toEqual([{ itemId: 'a', startMs: 0, ms: 100 }]);
    await caller.sink.close();
    speak(caller, 'b', 100);
    await clock.runAll();
    expect(caller.heard).toHaveLength(1);
  });

  it('hears in its time without a session that listens', async () => {
    const clock = new VirtualClock();
    const caller = callerOn(clock);
    speak(caller, 'a', 100);
    clock.advance(60);
    expect(caller.heard).toEqual([{ itemId: 'a', startMs: 0, ms: 60 }]);
    const { abort, over } = call(caller);
    await clock.pass(40);
    expect(caller.heard).toEqual([{ itemId: 'a', startMs: 0, ms: 100 }]);
    abort.abort();
    await over;
    expect(clock.pendingMs).toEqual([]);
  });

  it('records both voices by sample count', async () => {
    const clock = new VirtualClock();
    const caller = callerOn(clock).staysSilent(40).says(words(20)).hangsUp();
    const { over } = call(caller);
    await clock.pass(20);
    speak(caller, 'a', 20);
    await clock.runAll();
    await over;
    const stereo = caller.recording;
    const left = stereo.filter((_sample, index) => index % 2 === 0);
    const right = stereo.filter((_sample, index) => index % 2 === 1);
    expect([left.indexOf(5), right.indexOf(7)]).toEqual([40, 20]);
    expect(left).toHaveLength(right.length);
    const wav = decodeWav(caller.toWav());
    expect([wav.channels, wav.sampleRateHz, wav.frames]).toEqual([2, rate, left.length]);
  });

  it('does something when it is its turn', async () => {
    const clock = new VirtualClock();
    const done: number[] = [];
    const caller = callerOn(clock).staysSilent(60);
    caller.does(() => done.push(caller.nowMs)).hangsUp();
    const { over } = call(caller);
    await clock.runAll();
    await over;
    expect(done).toEqual([60]);
  });

  it('is the same call every time', async () => {
    const callOnce = async () => {
      const clock = new VirtualClock();
      const caller = callerOn(clock).says({ text: 'two words' }).waitsForAnswer().hangsUp();
      const { over } = call(caller);
      await clock.pass(700);
      speak(caller, 'a', 300);
      await clock.runAll();
      await over;
      return caller.toWav();
    };
    expect(await callOnce()).toEqual(await callOnce());
  });

  it('speaks WAV files, words and a length of a voice at its rate', async () => {
    const clock = new VirtualClock();
    const caller = new ScriptedCaller({
      clock,
      sampleRateHz: 4000,
      synthesize: (text, sampleRateHz) => words((text.length * 10 * sampleRateHz) / 1000),
    })
      .says(encodeWav(new Int16Array(4000).fill(9), { sampleRateHz: 8000, channels: 1 }))
      .says({ text: 'four' })
      .says({ speechMs: 100 })
      .hangsUp();
    const { over } = call(caller);
    await clock.runAll();
    await over;
    expect(caller.said.map(({ ms }) => ms)).toEqual([500, 40, 100]);
    await settlePromises();
  });

  it('refuses a moment without a speech', () => {
    expect(() => callerOn(new VirtualClock()).staysSilent(10).after({ ms: 1 })).toThrow('after() belongs');
  });
});
