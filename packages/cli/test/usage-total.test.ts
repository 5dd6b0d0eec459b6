import { describe, expect, it } from 'vitest';
import { addUsage } from '../src/run/usage-total.ts';

describe('addUsage', () => {
  it('adds numbers, at any depth', () => {
    const first = { total_tokens: 10, input_token_details: { audio_tokens: 3, cached: { text: 1 } } };
    const second = {
      total_tokens: 5,
      output_tokens: 2,
      input_token_details: { audio_tokens: 4, cached: { text: 2 } },
    };
    expect(addUsage(addUsage({}, first), second)).toEqual({
      total_tokens: 15,
      output_tokens: 2,
      input_token_details: { audio_tokens: 7, cached: { text: 3 } },
    });
  });

  it('leaves out what is no number', () => {
    expect(addUsage({ a: 1 }, { a: 2, b: 'x', c: null, d: [1], e: true })).toEqual({ a: 3 });
  });

  it('keeps what it was given', () => {
    const total = { a: { b: 1 } };
    addUsage(total, { a: { b: 2 } });
    expect(total).toEqual({ a: { b: 1 } });
  });
});
