import { describe, expect, it } from 'vitest';
import { type SpeechFinding, SpeechGate } from '../src/model/speech-gate.ts';
import { joined, noise, silence, speechLike, tone } from '../src/signals.ts';

const sampleRateHz = 8000;
const options = { sampleRateHz, speechRms: 400, prefixPaddingMs: 300, silenceDurationMs: 500 };
const quiet = (durationMs: number) => silence({ durationMs, sampleRateHz });
const speech = (durationMs: number) => speechLike({ durationMs, sampleRateHz });

describe('SpeechGate', () => {
  it.each<[string, Int16Array, SpeechFinding[]]>([
    ['silence', quiet(2000), []],
    ['faint noise', noise({ durationMs: 2000, sampleRateHz }, 0.01), []],
    ['a click', joined(quiet(500), tone({ durationMs: 10, sampleRateHz }), quiet(1000)), []],
    [
      'speech',
      joined(quiet(1000), speech(1000), quiet(600)),
      [
        { kind: 'started', atMs: 700 },
        { kind: 'stopped', atMs: 2500 },
      ],
    ],
    [
      'speech at once',
      joined(speech(400), quiet(600)),
      [
        { kind: 'started', atMs: 0 },
        { kind: 'stopped', atMs: 900 },
      ],
    ],
    [
      'a short pause',
      joined(speech(400), quiet(400), speech(400), quiet(600)),
      [
        { kind: 'started', atMs: 0 },
        { kind: 'stopped', atMs: 1700 },
      ],
    ],
    [
      'two turns',
      joined(speech(400), quiet(800), speech(400), quiet(600)),
      [
        { kind: 'started', atMs: 0 },
        { kind: 'stopped', atMs: 900 },
        { kind: 'started', atMs: 900 },
        { kind: 'stopped', atMs: 2100 },
      ],
    ],
  ])('finds the turns in %s, however it is cut', (_name, samples, expected) => {
    for (const length of [samples.length, 160, 37]) {
      const gate = new SpeechGate(options);
      const findings: SpeechFinding[] = [];
      for (let start = 0; start < samples.length; start += length) {
        findings.push(...gate.push(samples.subarray(start, start + length)));
      }
      expect(findings).toEqual(expected);
    }
  });

  it('forgets speech in progress, and counts on from what was heard before', () => {
    const gate = new SpeechGate({ ...options, prefixPaddingMs: 0 }, 5000);
    expect(gate.push(speech(200))).toEqual([{ kind: 'started', atMs: 5000 }]);
    expect(gate.isSpeech).toBe(true);
    gate.reset();
    expect([gate.isSpeech, gate.push(quiet(1000))]).toEqual([false, []]);
  });
});
