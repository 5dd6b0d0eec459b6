import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  abandonTurn,
  advanceTurn,
  initialTurnState,
  isTurnOpen,
  type TurnDetectorState,
  type TurnEvent,
  type TurnParameters,
} from '../../src/vad/turn-detector.ts';

const frameMs = 32;
const defaults: TurnParameters = { threshold: 0.5, prefixPaddingMs: 300, silenceDurationMs: 500 };

interface Heard {
  readonly state: TurnDetectorState;
  readonly events: readonly TurnEvent[];
}

function hear(
  probabilities: readonly number[],
  parameters: TurnParameters = defaults,
  from: TurnDetectorState = initialTurnState,
): Heard {
  return probabilities.reduce<Heard>(
    ({ state, events }, probability) => {
      const step = advanceTurn(state, { probability, durationMs: frameMs }, parameters);
      return { state: step.state, events: [...events, ...step.events] };
    },
    { state: from, events: [] },
  );
}

const frames = (count: number, probability: number): readonly number[] => Array(count).fill(probability);
const speech = (count: number): readonly number[] => frames(count, 0.9);
const silence = (count: number): readonly number[] => frames(count, 0.02);

describe('advanceTurn', () => {
  const table: readonly {
    readonly name: string;
    readonly input: readonly number[];
    readonly parameters?: Partial<TurnParameters>;
    readonly events: readonly TurnEvent[];
  }[] = [
    { name: 'silence is no turn', input: silence(50), events: [] },
    {
      name: 'a click of one frame is no turn',
      input: [...silence(5), ...speech(1), ...silence(30)],
      events: [],
    },
    {
      name: 'a turn starts at its first frame less the padding',
      input: [...silence(20), ...speech(2)],
      events: [{ kind: 'speech_started', audioStartMs: 20 * 32 - 300 }],
    },
    {
      name: 'the padding does not reach before the session',
      input: [...silence(2), ...speech(2)],
      events: [{ kind: 'speech_started', audioStartMs: 0 }],
    },
    {
      name: 'a turn ends with the silence that ended it',
      input: [...silence(20), ...speech(10), ...silence(16)],
      events: [
        { kind: 'speech_started', audioStartMs: 340 },
        { kind: 'speculate', audioEndMs: (30 + 7) * 32 },
        { kind: 'speech_stopped', audioEndMs: (30 + 16) * 32 },
      ],
    },
    {
      name: 'speech that goes on takes the speculation back, and a second pause speculates again',
      input: [...speech(10), ...silence(8), ...speech(3), ...silence(7)],
      events: [
        { kind: 'speech_started', audioStartMs: 0 },
        { kind: 'speculate', audioEndMs: 17 * 32 },
        { kind: 'speculation_cancelled' },
        { kind: 'speculate', audioEndMs: 28 * 32 },
      ],
    },
    {
      name: 'a pause too short to speculate leaves no trace',
      input: [...speech(10), ...silence(4), ...speech(3)],
      events: [{ kind: 'speech_started', audioStartMs: 0 }],
    },
    {
      name: 'without a silence longer than the speculation there is none',
      input: [...speech(10), ...silence(7)],
      parameters: { silenceDurationMs: 200 },
      events: [
        { kind: 'speech_started', audioStartMs: 0 },
        { kind: 'speech_stopped', audioEndMs: 17 * 32 },
      ],
    },
    {
      name: 'a probability just below the threshold keeps a turn going',
      input: [...speech(10), ...frames(40, 0.36)],
      events: [{ kind: 'speech_started', audioStartMs: 0 }],
    },
    {
      name: 'a probability just below the threshold does not end a silence',
      input: [...speech(10), ...silence(1), ...frames(15, 0.45)],
      events: [
        { kind: 'speech_started', audioStartMs: 0 },
        { kind: 'speculate', audioEndMs: 17 * 32 },
        { kind: 'speech_stopped', audioEndMs: 26 * 32 },
      ],
    },
    {
      name: 'the padding of a second turn does not reach into the first',
      input: [...speech(5), ...silence(16), ...silence(2), ...speech(2)],
      events: [
        { kind: 'speech_started', audioStartMs: 0 },
        { kind: 'speculate', audioEndMs: 12 * 32 },
        { kind: 'speech_stopped', audioEndMs: 21 * 32 },
        { kind: 'speech_started', audioStartMs: 21 * 32 },
      ],
    },
    {
      name: 'a high threshold hears less',
      input: [...frames(10, 0.7)],
      parameters: { threshold: 0.8 },
      events: [],
    },
    {
      name: 'a threshold of zero still lets silence end a turn',
      input: [...speech(3), ...frames(30, 0)],
      parameters: { threshold: 0.1, silenceDurationMs: 100 },
      events: [
        { kind: 'speech_started', audioStartMs: 0 },
        { kind: 'speech_stopped', audioEndMs: 7 * 32 },
      ],
    },
  ];

  it.each(table)('$name', ({ input, parameters, events }) => {
    expect(hear(input, { ...defaults, ...parameters }).events).toEqual(events);
  });

  it('starts a new turn, not before the old one, when speech goes on after the turn was abandoned', () => {
    const first = hear([...silence(10), ...speech(10)]);
    const abandoned = abandonTurn(first.state);
    expect(isTurnOpen(first.state)).toBe(true);
    expect(isTurnOpen(abandoned)).toBe(false);
    expect(hear(speech(2), defaults, abandoned).events).toEqual([
      { kind: 'speech_started', audioStartMs: 20 * 32 },
    ]);
  });

  it('alternates starts and stops, and never goes back in time', () => {
    const probabilities = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 300 });
    fc.assert(
      fc.property(probabilities, (input) => {
        const { events, state } = hear(input, { ...defaults, silenceDurationMs: 100 });
        const bounds = events.flatMap((event): readonly { kind: string; at: number }[] => {
          if (event.kind === 'speech_started') return [{ kind: event.kind, at: event.audioStartMs }];
          return event.kind === 'speech_stopped' ? [{ kind: event.kind, at: event.audioEndMs }] : [];
        });
        bounds.forEach((bound, index) => {
          expect(bound.kind).toBe(index % 2 === 0 ? 'speech_started' : 'speech_stopped');
          expect(bound.at).toBeGreaterThanOrEqual(bounds[index - 1]?.at ?? 0);
        });
        expect(state.clockMs).toBe(input.length * frameMs);
      }),
    );
  });
});
