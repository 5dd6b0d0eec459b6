import {
  AutomaticGain,
  ComfortNoise,
  type ConditioningStage,
  type Denoiser,
  floatToInt16,
  HighPass,
  InputConditioner,
  int16ToFloat,
  levels,
  NoiseSuppressor,
} from '@antiphon/audio';
import { loadRnnoise } from '@antiphon/audio/rnnoise';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut } from './support/cuts.ts';
import { digest } from './support/digest.ts';
import { db, fitSine, noise, sine } from './support/signals.ts';

const invalid = expect.objectContaining({ code: 'audio.invalid_option' });
const rateHz = 16_000;
const rate = { sampleRateHz: rateHz };
const rnnoise = await loadRnnoise();

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** Bursts of a voice-like sound and pauses, `dbfs` loud (RMS of the bursts), beneath them noise of −70 dBFS. */
function talk(seconds: number, dbfs: number): Float32Array {
  const background = noise(seconds * rateHz);
  return background.map((value, i) => {
    const isPause = i % rateHz > rateHz * 0.7;
    const voice = [120, 240, 480, 960, 1440].reduce(
      (sum, hz) => sum + Math.sin((2 * Math.PI * hz * i) / rateHz) / Math.sqrt(2.5),
      0,
    );
    return 10 ** (-70 / 20) * 1.7 * value + (isPause ? 0 : voice * 10 ** (dbfs / 20));
  });
}

/** A denoiser that only delays. */
function delayLine(frameLength: number, sampleRateHz: number): Denoiser {
  let former = new Float32Array(frameLength);
  return {
    sampleRateHz,
    frameLength,
    delaySamples: frameLength,
    process: (frame) => {
      const now = frame.slice();
      frame.set(former);
      former = now;
    },
    close: () => {},
  };
}

describe('the high-pass', () => {
  it.each([
    [40, -12.3, 0.5],
    [80, -3.01, 0.1],
    [160, -0.26, 0.1],
    [1000, 0, 0.01],
  ])('passes %i Hz at %f dB', (hz, expectedDb, within) => {
    const output = new HighPass(rate).push(sine({ hz, rateHz, length: 32_000 }));
    expect(Math.abs(db(fitSine(output, hz, rateHz).amplitude / 0.5) - expectedDb)).toBeLessThan(within);
  });

  it('refuses a cut-off that its rate cannot hold', () => {
    expect(() => new HighPass({ ...rate, cutoffHz: 8000 })).toThrow(invalid);
    expect(() => new HighPass({ ...rate, cutoffHz: 0 })).toThrow(invalid);
  });
});

describe('the automatic gain', () => {
  it.each([-40, -30, -20, -10])('brings speech of %i dBFS to −20', (dbfs) => {
    const output = new AutomaticGain(rate).push(talk(12, dbfs));
    const burst = output.subarray(11 * rateHz, 11.7 * rateHz);
    expect(Math.abs(levels(burst).rmsDbfs + 20)).toBeLessThan(1.5);
  });

  it('goes no further than its bounds, upwards and down', () => {
    const gain = new AutomaticGain({ ...rate, maxGainDb: 6 });
    gain.push(talk(5, -45));
    expect(gain.gainDb).toBe(6);
    gain.push(talk(20, -6));
    expect(gain.gainDb).toBe(-6);
  });

  it('moves slowly: 6 dB a second up at most, 20 down', () => {
    const gain = new AutomaticGain(rate);
    const gains: number[] = [];
    for (const piece of cut(talk(3, -40), [rateHz / 10])) {
      gain.push(piece);
      gains.push(gain.gainDb);
    }
    for (const piece of cut(talk(3, -8), [rateHz / 10])) {
      gain.push(piece);
      gains.push(gain.gainDb);
    }
    const steps = gains.map((db, i) => db - (gains[i - 1] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(0.6001);
    expect(Math.max(...steps)).toBeGreaterThan(0.3);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(-2.0001);
    expect(Math.min(...steps)).toBeLessThan(-1);
  });

  it('stands still in silence and in steady noise', () => {
    const gain = new AutomaticGain(rate);
    gain.push(talk(4, -30));
    const { gainDb } = gain;
    expect(gainDb).toBeGreaterThan(5);
    gain.push(new Float32Array(5 * rateHz));
    gain.push(noise(5 * rateHz).map((value) => value * 1e-3));
    expect(gain.gainDb).toBe(gainDb);
  });

  it('never lets a sample out above −1 dBFS', () => {
    const gain = new AutomaticGain(rate);
    gain.push(talk(6, -40));
    const shout = noise(rateHz).map((value) => Math.sign(value));
    const output = gain.push(shout);
    expect(levels(output).peakDbfs).toBeLessThanOrEqual(-1 + 1e-6);
    expect(levels(output).peakDbfs).toBeGreaterThan(-1.5);
  });

  it('refuses other targets', () => {
    expect(() => new AutomaticGain({ ...rate, targetDbfs: 0 })).toThrow(invalid);
    expect(() => new AutomaticGain({ ...rate, maxGainDb: 41 })).toThrow(invalid);
  });
});

describe('noise suppression', () => {
  it.each([8000, 16_000, 24_000, 44_100, 48_000])(
    'gives what went in, in its place, at %i Hz',
    (sampleRateHz) => {
      const stage = new NoiseSuppressor(delayLine(480, 48_000), sampleRateHz);
      const input = sine({ hz: 700, rateHz: sampleRateHz, length: sampleRateHz / 4 });
      const output = joined([stage.push(input), stage.push(new Float32Array(stage.delaySamples))]);
      expect(output.length).toBeGreaterThanOrEqual(input.length);
      const difference = input.slice(400, -400).map((value, i) => value - (output[400 + i] ?? 9));
      expect(levels(difference).peakDbfs).toBeLessThan(-90);
    },
  );

  it('holds back no more than it says', () => {
    const stage = new NoiseSuppressor(rnnoise.open(), rateHz);
    let inside = 0;
    let most = 0;
    for (const piece of cut(noise(rateHz), [7])) {
      inside += piece.length - stage.push(piece).length;
      most = Math.max(most, inside);
    }
    stage.close();
    expect(most).toBeLessThanOrEqual(stage.delaySamples);
    expect(most).toBeGreaterThan(stage.delaySamples - 10);
    expect((stage.delaySamples * 1000) / rateHz).toBeLessThan(25);
  });

  it('takes steady noise away by more than 10 dB', () => {
    const stage = new NoiseSuppressor(rnnoise.open(), rateHz);
    const output = stage.push(noise(3 * rateHz).map((value) => value * 0.05));
    const inDb = levels(noise(rateHz).map((value) => value * 0.05)).rmsDbfs;
    expect(levels(output.subarray(-rateHz)).rmsDbfs).toBeLessThan(inDb - 10);
    stage.close();
    stage.close();
  });

  it('keeps streams apart', () => {
    const input = talk(1, -20);
    const alone = rnnoise.open();
    const one = new NoiseSuppressor(alone, rateHz);
    const expected = digest(joined(cut(input, [800]).map((piece) => one.push(piece))));
    one.close();
    const first = new NoiseSuppressor(rnnoise.open(), rateHz);
    const second = new NoiseSuppressor(rnnoise.open(), rateHz);
    const parts = cut(input, [800]).map((piece) => {
      second.push(noise(900));
      return first.push(piece);
    });
    expect(digest(joined(parts))).toBe(expected);
    first.close();
    second.close();
  });

  it('goes on while others make its memory grow', () => {
    const input = talk(0.2, -20);
    const play = (between: () => void) => {
      const stage = new NoiseSuppressor(rnnoise.open(), rateHz);
      const first = stage.push(input);
      between();
      const output = digest(joined([first, stage.push(input)]));
      stage.close();
      return output;
    };
    const others: Denoiser[] = [];
    const alone = play(() => {});
    expect(
      play(() => {
        for (let i = 0; i < 1000; i++) others.push(rnnoise.open());
      }),
    ).toBe(alone);
    for (const other of others) other.close();
  });
});

describe('a conditioner', () => {
  const chains: readonly [string, () => readonly ConditioningStage[]][] = [
    ['nothing', () => []],
    ['a high-pass', () => [new HighPass(rate)]],
    ['a gain', () => [new AutomaticGain(rate)]],
    [
      'all stages',
      () => [new HighPass(rate), new NoiseSuppressor(rnnoise.open(), rateHz), new AutomaticGain(rate)],
    ],
  ];

  it.each(chains)('of %s does not depend on how the stream is cut', (_, stages) => {
    const input = floatToInt16(talk(1, -25));
    const whole = new InputConditioner(stages());
    const expected = digest(int16ToFloat(Int16Array.from([...whole.push(input), ...whole.drain()])));
    whole.close();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1 }), (sizes) => {
        const pieces = new InputConditioner(stages());
        const parts = cut(input, sizes).map((piece) => pieces.push(piece));
        parts.push(pieces.drain());
        pieces.close();
        expect(digest(int16ToFloat(Int16Array.from(parts.flatMap((part) => [...part]))))).toBe(expected);
      }),
      { numRuns: 10 },
    );
  });

  it('gives all that went in when it is drained, and goes on', () => {
    const conditioner = new InputConditioner([new NoiseSuppressor(delayLine(480, 48_000), rateHz)]);
    const input = floatToInt16(sine({ hz: 700, rateHz, length: 1600 }));
    const first = [...conditioner.push(input), ...conditioner.drain()];
    expect(first.length).toBeGreaterThanOrEqual(input.length);
    const second = [...conditioner.push(input), ...conditioner.drain()];
    expect(first.length + second.length).toBeGreaterThanOrEqual(2 * input.length + conditioner.delaySamples);
  });

  it('leaves samples as they are without stages', () => {
    const conditioner = new InputConditioner([]);
    const input = Int16Array.of(1, -32_768, 32_767);
    expect(conditioner.push(input)).toBe(input);
    expect([conditioner.drain().length, conditioner.delaySamples]).toEqual([0, 0]);
  });
});

describe('comfort noise', () => {
  it.each([8000, 24_000, 48_000])('is as loud as it says at %i Hz, and darker than white', (sampleRateHz) => {
    const bed = new ComfortNoise({ sampleRateHz, levelDbfs: -60 }).push(new Float32Array(10 * sampleRateHz));
    expect(Math.abs(levels(bed).rmsDbfs + 60)).toBeLessThan(0.3);
    const steps = bed.map((value, i) => value - (bed[i - 1] ?? 0));
    // White noise would have steps 3 dB above its level.
    expect(levels(steps).rmsDbfs).toBeLessThan(-60);
  });

  it('lies beneath what is played, in the type given, and never wraps', () => {
    const quiet = new ComfortNoise({ ...rate, levelDbfs: -40 });
    const output = quiet.push(new Int16Array(4000).fill(32_767));
    expect(output).toBeInstanceOf(Int16Array);
    expect(Math.min(...output)).toBeGreaterThan(31_000);
    expect(Math.max(...output)).toBe(32_767);
  });

  it('is the same for the same seed, however the stream is cut', () => {
    const bed = (sizes: readonly number[], seed: number) => {
      const noise = new ComfortNoise({ ...rate, seed });
      return digest(joined(cut(new Float32Array(5000), sizes).map((piece) => noise.push(piece))));
    };
    expect(bed([1, 77], 3)).toBe(bed([5000], 3));
    expect(bed([5000], 4)).not.toBe(bed([5000], 3));
  });

  it('refuses levels that would be heard beneath a voice', () => {
    expect(() => new ComfortNoise({ ...rate, levelDbfs: -30 })).toThrow(invalid);
  });
});
