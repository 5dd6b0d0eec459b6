import type { SessionNotice, TokenCounts } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { billText, moneyText, usageText } from '../src/render/money.ts';

const none = { text: 0, audio: 0, image: 0, other: 0 };
const total = {
  responses: { input: none, cached: none, output: none },
  transcription: { input: none, cached: none, output: none },
  transcriptionSeconds: 0,
  connectedSeconds: 0,
  usd: 0,
  unpricedTokens: 0,
};

function bill(
  of: 'response' | 'transcription',
  change: { readonly tokens?: Partial<TokenCounts>; readonly seconds?: number; readonly usd?: number },
): Extract<SessionNotice, { type: 'usage' }> {
  const { tokens, seconds, usd } = change;
  return { type: 'usage', of, id: 'x', tokens: { ...total.responses, ...tokens }, seconds, usd, total };
}

describe('moneyText', () => {
  it.each([
    [12.345, '$12.35'],
    [1, '$1.00'],
    [0.5, '$0.50'],
    [0.0107, '$0.0107'],
    [0.000123, '$0.000123'],
    [0.0000001, '$0.00'],
    [0, '$0.00'],
  ])('%f', (usd, text) => {
    expect(moneyText(usd)).toBe(text);
  });
});

describe('billText', () => {
  it('names tokens, sound and money, as far as they are known', () => {
    const tokens = { input: { ...none, text: 14, audio: 27 }, output: { ...none, text: 28, audio: 136 } };
    expect(billText(bill('response', { tokens, usd: 0.0107 }))).toBe('205 tokens, $0.0107');
    expect(billText(bill('response', { tokens: { output: { ...none, other: 1 } } }))).toBe('1 token');
    expect(billText(bill('transcription', { seconds: 3.5, usd: 0.00035 }))).toBe(
      'writing down: 3.5 s of sound, $0.00035',
    );
  });
});

describe('usageText', () => {
  it.each([
    ['nothing known', {}, ''],
    ['nothing used', { total_tokens: 0, usd: 0 }, ''],
    ['minutes alone', { connected_seconds: 60, usd: 0.06 }, '$0.06'],
    ['totals', { total_tokens: 3, input_tokens: 2, output_tokens: 1 }, '3 tokens (in 2; out 1)'],
    [
      'everything',
      {
        total_tokens: 205,
        input_tokens: 41,
        output_tokens: 164,
        input_token_details: { text_tokens: 14, audio_tokens: 27, image_tokens: 0, cached_tokens: 8 },
        output_token_details: { text_tokens: 28, audio_tokens: 136 },
        usd: 0.0107,
      },
      '205 tokens (in 41: 14 text, 27 audio, 8 cached; out 164: 28 text, 136 audio), $0.0107',
    ],
    ['free', { total_tokens: 5, usd: 0 }, '5 tokens'],
    [
      'no price for some',
      { total_tokens: 9, usd: 0.5, unpriced_tokens: 4 },
      '9 tokens, $0.50 and 4 tokens without a price',
    ],
  ])('%s', (_name, usage, text) => {
    expect(usageText(usage)).toBe(text);
  });
});
