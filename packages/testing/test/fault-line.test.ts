import type { Clock, JsonObject } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { FaultLine } from '../src/fault-line.ts';
import type { Fault, FaultMoment } from '../src/faults.ts';
import { VirtualClock } from '../src/virtual-clock.ts';

function lineOf() {
  const clock = new VirtualClock();
  return { clock, ...lineOn(clock) };
}

function lineOn(clock: Clock) {
  const log: string[] = [];
  const line = new FaultLine(
    {
      write: (frame) => log.push(frame),
      writeHalf: (frame) => log.push(`half ${frame}`),
      reset: () => log.push('reset'),
      close: (code, reason) => log.push(`close ${code} ${reason}`),
      stall: (deaf) => log.push(deaf ? 'deaf' : 'mute'),
      split: (bytes) => log.push(`split ${bytes}`),
    },
    clock,
  );
  const send = (...names: readonly string[]): void => {
    for (const name of names) {
      line.send(name, { type: name });
    }
  };
  return { line, log, send };
}

const audio = (bytes: number): JsonObject => ({
  type: 'response.output_audio.delta',
  delta: Buffer.alloc(bytes).toString('base64'),
});

describe('FaultLine', () => {
  it.each<[string, Fault, FaultMoment | undefined, string[]]>([
    ['a reset at once', { kind: 'reset' }, undefined, ['reset', 'a', 'b', 'c']],
    ['a reset after frames', { kind: 'reset' }, { afterFrames: 2 }, ['a', 'b', 'reset', 'c']],
    ['a reset with an event', { kind: 'reset' }, { onSent: 'b' }, ['a', 'b', 'reset', 'c']],
    [
      'a reset within a frame',
      { kind: 'reset', midFrame: true },
      { onSent: ({ type }) => type === 'b' },
      ['a', 'half b', 'reset', 'b', 'c'],
    ],
    ['a stall', { kind: 'stall' }, { afterFrames: 1 }, ['a', 'deaf', 'b', 'c']],
    ['a mute stall', { kind: 'stall', answersPings: true }, { afterFrames: 1 }, ['a', 'mute', 'b', 'c']],
    ['a close', { kind: 'close', code: 1011 }, { onSent: 'a' }, ['a', 'close 1011 ', 'b', 'c']],
    ['a duplicate', { kind: 'duplicate' }, { onSent: 'b' }, ['a', 'b', 'b', 'c']],
    ['two duplicates', { kind: 'duplicate', frames: 2 }, undefined, ['a', 'a', 'b', 'b', 'c']],
    ['a changed order', { kind: 'reorder' }, { onSent: 'a' }, ['b', 'a', 'c']],
    ['a loss', { kind: 'lose' }, { onSent: 'b' }, ['a', 'c']],
    ['a loss of a kind', { kind: 'lose', of: 'c' }, undefined, ['a', 'b']],
    ['a frame that is no JSON', { kind: 'malformed', frame: '{' }, { afterFrames: 1 }, ['a', '{', 'b', 'c']],
    [
      'an unknown event',
      { kind: 'unknown_event', event: { type: 'x' } },
      { afterFrames: 1 },
      ['a', '{"type":"x"}', 'b', 'c'],
    ],
    ['split writes', { kind: 'split', bytes: 3 }, { onSent: 'b' }, ['a', 'split 3', 'b', 'c']],
  ])('lets %s happen', (_name, fault, moment, expected) => {
    const { line, log, send } = lineOf();
    line.add(fault, moment);
    send('a', 'b', 'c');
    expect(log).toEqual(expected);
  });

  it('counts the bytes of sound', () => {
    const { line, log } = lineOf();
    line.add({ kind: 'reset' }, { afterAudioBytes: 100 });
    line.send('1', audio(60));
    line.send('2', { type: 'response.output_text.delta', delta: 'AAAA' });
    line.send('3', audio(39));
    line.send('4', audio(1));
    expect(log).toEqual(['1', '2', '3', '4', 'reset']);
  });

  it('waits for its time', () => {
    const { clock, line, log } = lineOf();
    line.add({ kind: 'close', code: 1001, reason: 'over' }, { atMs: 2000 });
    clock.advance(1999);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual(['close 1001 over']);
  });

  it('does nothing any more once it has ended', () => {
    const { clock, line, log, send } = lineOf();
    line.add({ kind: 'reset' }, { atMs: 10 });
    line.add({ kind: 'reset' }, { onSent: 'a' });
    line.end();
    clock.advance(10);
    send('a');
    expect(log).toEqual(['a']);
    expect(clock.pendingMs).toEqual([]);
  });

  it('ignores events of the client, as many as it was told', () => {
    const { line } = lineOf();
    line.add({ kind: 'ignore', of: 'response.create' });
    const answers = ['session.update', 'response.create', 'response.create'].map((type) =>
      line.receive({ type }),
    );
    expect(answers).toEqual([true, false, true]);
  });

  it('breaks on an event of the client', () => {
    const { line, log } = lineOf();
    line.add({ kind: 'reset' }, { onReceived: 'response.create' });
    line.receive({ type: 'session.update' });
    expect(log).toEqual([]);
    line.receive({ type: 'response.create' });
    expect(log).toEqual(['reset']);
  });

  it('takes its time, in order', () => {
    const { clock, line, log } = lineOf();
    line.add({ kind: 'slow', bytesPerSecond: 1000, latencyMs: 50 });
    line.send('x'.repeat(100), { type: 'a' });
    line.send('y', { type: 'b' });
    clock.advance(149);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toHaveLength(1);
    clock.advance(1);
    expect(log.at(-1)).toBe('y');
  });

  it('keeps the order where the timers of a busy machine do not', () => {
    const timers: (() => void)[] = [];
    const setTimer = (_delayMs: number, fire: () => void) => {
      timers.unshift(fire);
      return () => undefined;
    };
    const { line, log, send } = lineOn({ nowMs: () => 0, wallMs: () => 0, setTimer });
    line.add({ kind: 'slow', latencyMs: 20 });
    send('a', 'b', 'c');
    for (const fire of timers) fire();
    expect(log).toEqual(['a', 'b', 'c']);
  });

  it('lets a held frame go when no other comes', () => {
    const { clock, line, log, send } = lineOf();
    line.add({ kind: 'reorder' });
    send('a');
    expect(log).toEqual([]);
    clock.advance(200);
    expect(log).toEqual(['a']);
    send('b', 'c');
    expect(log).toEqual(['a', 'b', 'c']);
  });
});
