import type { SessionNotice, SessionUsage } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { UsageLog } from '../src/run/usage-log.ts';

const none = { text: 0, audio: 0, image: 0, other: 0 };
const nothing = { input: none, cached: none, output: none };
const fresh: SessionUsage = {
  responses: nothing,
  transcription: nothing,
  transcriptionSeconds: 0,
  connectedSeconds: 0,
  usd: undefined,
  unpricedTokens: 0,
};

function done(
  responseId: string,
  usage?: Extract<SessionNotice, { type: 'response_done' }>['usage'],
): SessionNotice {
  return { type: 'response_done', responseId, status: 'completed', detail: undefined, usage };
}

function bill(id: string, usd: number | undefined): SessionNotice {
  return { type: 'usage', of: 'response', id, tokens: nothing, seconds: undefined, usd, total: fresh };
}

const tokens = (input: number, output: number) => ({
  total_tokens: input + output,
  input_tokens: input,
  output_tokens: output,
});

describe('UsageLog', () => {
  it('keeps the sums of the protocol, and each response with its cost', () => {
    const log = new UsageLog();
    for (const notice of [
      bill('r1', 0.5),
      done('r1', tokens(10, 5)),
      done('r2'),
      bill('r3', undefined),
      done('r3', { ...tokens(1, 2), input_token_details: { text_tokens: 1 } }),
    ])
      log.take(notice);
    expect(log.summary({ ...fresh, usd: 0.5, unpricedTokens: 3 })).toEqual({
      ...tokens(11, 7),
      input_token_details: { text_tokens: 1 },
      usd: 0.5,
      unpriced_tokens: 3,
      responses: [
        { response_id: 'r1', status: 'completed', ...tokens(10, 5), usd: 0.5 },
        { response_id: 'r3', status: 'completed', ...tokens(1, 2), input_token_details: { text_tokens: 1 } },
      ],
    });
  });

  it('names the transcription apart, by tokens and by sound, and the minutes', () => {
    const transcription = {
      input: { ...none, text: 2, audio: 20 },
      cached: none,
      output: { ...none, other: 7 },
    };
    const log = new UsageLog();
    expect(log.summary({ ...fresh, transcription, transcriptionSeconds: 4, connectedSeconds: 61 })).toEqual({
      input_transcription: {
        total_tokens: 29,
        input_tokens: 22,
        output_tokens: 7,
        input_token_details: { text_tokens: 2, audio_tokens: 20 },
        seconds: 4,
      },
      connected_seconds: 61,
    });
    expect(log.summary({ ...fresh, transcriptionSeconds: 4 })).toEqual({
      input_transcription: { seconds: 4 },
    });
  });

  it('is empty where the server says nothing', () => {
    const log = new UsageLog();
    log.take(done('r1'));
    expect(log.summary(fresh)).toEqual({});
  });
});
