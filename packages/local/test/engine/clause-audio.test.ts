import { joined, silence, tone } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { spaceClause, spacingAfter } from '../../src/engine/clause-audio.ts';

const at = (durationMs: number) => ({ durationMs, sampleRateHz: 16_000 });
const ms = (samples: Int16Array) => samples.length / 16;

describe('spaceClause', () => {
  it.each([
    ['cuts long silence', joined(silence(at(300)), tone(at(200)), silence(at(500)))],
    ['fills up what is missing', joined(tone(at(200)))],
  ])('%s', (_name, samples) => {
    const spaced = spaceClause(samples, 16_000, { leadMs: 20, tailMs: 150 });
    expect(ms(spaced)).toBeGreaterThanOrEqual(350);
    expect(ms(spaced)).toBeLessThanOrEqual(380);
    expect(spaced.slice(-2_000).every((sample) => sample === 0)).toBe(true);
  });

  it('leaves nothing of silence', () => {
    expect(spaceClause(silence(at(200)), 16_000, { leadMs: 20, tailMs: 150 })).toHaveLength(0);
  });

  it('pauses longer after a sentence than after a comma, and shortest at the end', () => {
    const [sentence, comma, last] = [
      spacingAfter('Yes. ', false),
      spacingAfter('Yes, ', false),
      spacingAfter('Yes.', true),
    ];
    expect(sentence.tailMs).toBeGreaterThan(comma.tailMs);
    expect(comma.tailMs).toBeGreaterThan(last.tailMs);
  });
});
