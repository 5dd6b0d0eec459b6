import { describe, expect, it } from 'vitest';
import { EchoWatch } from '../src/node/echo-watch.ts';

const frame = 480; // 20 ms
/** A frame of this level, in dBFS. */
const at = (dbfs: number) => new Int16Array(frame).fill(Math.round(32_768 * 10 ** (dbfs / 20)));

type Frame = readonly [played: number, heard: number, left: number];

/** Whether each frame was taken for the rest of an echo, and how many it took to learn the room. */
function judge(frames: readonly Frame[]) {
  const watch = new EchoWatch({ sampleRateHz: 24_000 });
  let learnedAfter: number | undefined;
  const rests = frames.map(([played, heard, left], i) => {
    watch.played(at(played));
    const isRest = watch.isRest(at(heard), at(left));
    if (watch.hasLearned) learnedAfter ??= i + 1;
    return isRest;
  });
  return { rests, learnedAfter };
}

const times = (count: number, one: Frame): Frame[] => Array.from({ length: count }, () => one);

describe('the rest of an echo', () => {
  it.each<[string, Frame[], boolean]>([
    ['is what is 12 dB softer than what was heard', times(20, [-20, -26, -45]), true],
    ['is what comes through for 60 ms', times(3, [-20, -23, -28]), true],
    ['is nothing that goes on', times(4, [-20, -23, -28]), false],
    ['is no user, who is as loud as the echo', times(20, [-20, -23, -28]), false],
    ['is nothing where nothing is played', times(20, [-90, -26, -45]), false],
    ['is what is left 300 ms after it was played', [[-20, -26, -40], ...times(14, [-90, -26, -40])], true],
    ['is nothing longer after', [[-20, -26, -40], ...times(17, [-90, -26, -40])], false],
    [
      'is not what lies between the words of a user',
      [...times(5, [-20, -23, -28]), ...times(9, [-20, -26, -45])],
      false,
    ],
    ['is what lies longer after them', [...times(5, [-20, -23, -28]), ...times(11, [-20, -26, -45])], true],
  ])('%s', (_, frames, expected) => {
    expect(judge(frames).rests.at(-1)).toBe(expected);
  });
});

describe('a room that was known', () => {
  it.each<[string, Frame[], number | undefined]>([
    ['is known again after 300 ms of which little was left', times(20, [-20, -26, -45]), 15],
    ['is not while much is left', times(40, [-20, -26, -30]), undefined],
    ['is when it has become clean', [...times(20, [-20, -26, -30]), ...times(20, [-20, -26, -45])], 34],
    ['is not before it is heard', [...times(20, [-20, -80, -80]), ...times(40, [-20, -26, -30])], undefined],
    ['is where nothing is heard for 600 ms', times(40, [-20, -80, -80]), 30],
  ])('%s', (_, frames, expected) => {
    const watch = new EchoWatch({ sampleRateHz: 24_000 });
    const look = ([played, heard, left]: Frame): boolean => {
      watch.played(at(played));
      watch.isRest(at(heard), at(left));
      return watch.hasLearned;
    };
    expect(times(40, [-20, -26, -45]).map(look).at(-1)).toBe(true);
    watch.relearn();
    expect(watch.hasLearned).toBe(false);
    const learnedAfter = frames.map(look).indexOf(true) + 1;
    expect(learnedAfter === 0 ? undefined : learnedAfter).toBe(expected);
  });
});

it('what was heard before a second change says nothing of the room after it', () => {
  const watch = new EchoWatch({ sampleRateHz: 24_000 });
  const hear = (count: number): boolean => {
    for (const [played, heard, left] of times(count, [-20, -26, -45])) {
      watch.played(at(played));
      watch.isRest(at(heard), at(left));
    }
    return watch.hasLearned;
  };
  expect(hear(40)).toBe(true);
  watch.relearn();
  expect(hear(10)).toBe(false);
  watch.relearn();
  expect([hear(14), hear(1)]).toEqual([false, true]);
});

describe('a room is learned', () => {
  it.each<[string, Frame[], number | undefined]>([
    ['after 600 ms of which little was left', times(40, [-20, -26, -45]), 30],
    ['after 600 ms in which nothing was heard', times(40, [-20, -80, -80]), 30],
    ['not while much is left', times(100, [-20, -26, -30]), undefined],
    ['not in silence', times(100, [-90, -80, -80]), undefined],
    ['when it has become clean', [...times(50, [-20, -26, -30]), ...times(40, [-20, -26, -45])], 77],
  ])('%s', (_, frames, expected) => {
    expect(judge(frames).learnedAfter).toBe(expected);
  });
});
