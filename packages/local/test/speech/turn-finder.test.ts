import type { DetectedTurn, RoomSound } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import {
  advanceTurnFinder,
  initialTurnFinderState,
  TurnFinder,
  type TurnFinderOptions,
} from '../../src/vad/turn-finder.ts';

const options: TurnFinderOptions = {
  threshold: 0.5,
  prefixPaddingMs: 100,
  silenceDurationMs: 200,
  minSpeechMs: 100,
  echoGate: { warmUpMs: 100, minSpeechMs: 200, halfDuplex: false },
};

/** Frames of 10 ms: `s` speech, `.` silence; capitals `S` and `:` while the agent is heard. */
function framesOf(script: string): readonly { probability: number; durationMs: number; room: RoomSound }[] {
  return [...script].map((sign) => ({
    probability: sign.toLowerCase() === 's' ? 0.9 : 0.05,
    durationMs: 10,
    room: sign === 'S' || sign === ':' ? 'agent_heard' : 'quiet',
  }));
}

/** What is found, with the time at which it is told: `started@30(0)` = told at 30 ms, begun at 0. */
function found(script: string, changes: Partial<TurnFinderOptions> = {}): string {
  let state = initialTurnFinderState;
  const told: string[] = [];
  for (const frame of framesOf(script)) {
    const [next, turns] = advanceTurnFinder(state, frame, { ...options, ...changes });
    state = next;
    for (const turn of turns) told.push(describeTurn(turn, state.turn.clockMs));
  }
  return told.join(' ');
}

function describeTurn(turn: DetectedTurn, atMs: number): string {
  return turn.kind === 'started' ? `started@${atMs}(${turn.startMs})` : `${turn.kind}@${atMs}`;
}

const s = (frames: number): string => 's'.repeat(frames);
const quiet = (frames: number): string => '.'.repeat(frames);
const S = (frames: number): string => 'S'.repeat(frames);
const agent = (frames: number): string => ':'.repeat(frames);

describe('advanceTurnFinder', () => {
  it.each([
    ['nothing', quiet(50), ''],
    ['a turn', quiet(20) + s(30) + quiet(30), 'started@220(100) ended@700'],
    ['a turn at the very start', s(30) + quiet(30), 'started@20(0) ended@500'],
    ['a click', quiet(20) + s(1) + quiet(30), ''],
    ['a sound that is too short', quiet(20) + s(8) + quiet(30), 'started@220(100) dropped@480'],
    ['speech of exactly the least length', quiet(20) + s(10) + quiet(30), 'started@220(100) ended@500'],
    [
      'speech with a pause that is too short to end it',
      s(6) + quiet(15) + s(6) + quiet(30),
      'started@20(0) ended@470',
    ],
    [
      'two turns',
      s(20) + quiet(30) + s(20) + quiet(30),
      'started@20(0) ended@400 started@520(400) ended@900',
    ],
  ])('finds %s', (_, script, expected) => {
    expect(found(script)).toBe(expected);
  });

  it.each([
    ['nothing at the start of what the agent says', S(10) + agent(60), ''],
    ['nothing that is too short to interrupt', agent(30) + S(19) + agent(60), ''],
    ['speech that lasts', agent(30) + S(40) + quiet(30), 'started@500(200) ended@900'],
    ['speech that begins in the warm-up and lasts', S(40) + agent(30), 'started@300(0) ended@600'],
    [
      'speech that goes on when the agent is silent, a little later',
      agent(30) + S(5) + s(40) + quiet(30),
      'started@500(200) ended@950',
    ],
    ['speech that began before the agent', s(5) + S(30) + agent(30), 'started@20(0) ended@550'],
    ['nothing in the echo that is heard a little longer', agent(60) + s(15) + quiet(60), ''],
  ])('finds, while the agent is heard, %s', (_, script, expected) => {
    expect(found(script)).toBe(expected);
  });

  const halfDuplex = { echoGate: { ...options.echoGate, halfDuplex: true } };
  it.each([
    ['nothing while the agent is heard', agent(30) + S(200) + agent(60), ''],
    [
      'what is said after it, without what was said during it',
      agent(30) + S(30) + s(60) + quiet(30),
      'started@810(800) ended@1400',
    ],
  ])('finds, in half duplex, %s', (_, script, expected) => {
    expect(found(script, halfDuplex)).toBe(expected);
  });

  it('ends a turn that does not end', () => {
    expect(found(s(6_100) + quiet(30))).toBe('started@20(0) ended@60000 started@60020(60000) ended@61200');
  });

  it('looks as closely as it is told', () => {
    expect(found(s(20) + quiet(30), { threshold: 0.95 })).toBe('');
    expect(found(s(20) + quiet(30), { silenceDurationMs: 250 })).toBe('started@20(0) ended@450');
  });
});

describe('TurnFinder', () => {
  function scripted(script: string) {
    const probabilities = framesOf(script).map(({ probability }) => probability);
    let at = 0;
    const detector = {
      frameSamples: 160,
      process: async () => probabilities[at++] ?? 0,
      reset: () => {},
    };
    return new TurnFinder(detector, options);
  }

  async function judgeAll(finder: TurnFinder, frames: number): Promise<readonly DetectedTurn[]> {
    const turns: DetectedTurn[] = [];
    for (let i = 0; i < frames; i += 1) turns.push(...(await finder.judge(new Int16Array(160), 'quiet')));
    return turns;
  }

  it('counts audio that was skipped', async () => {
    const finder = scripted(s(20) + quiet(30));
    finder.skip(1_000);
    expect(await judgeAll(finder, 50)).toEqual([
      { kind: 'started', startMs: 900 },
      { kind: 'ended', endMs: 1_400 },
    ]);
  });

  it('tells nothing more of a turn that was abandoned, and takes what goes on for a new one', async () => {
    const finder = scripted(s(40) + quiet(30));
    expect(await judgeAll(finder, 10)).toEqual([{ kind: 'started', startMs: 0 }]);
    finder.abandon();
    expect(await judgeAll(finder, 60)).toEqual([
      { kind: 'started', startMs: 100 },
      { kind: 'ended', endMs: 600 },
    ]);
  });
});
