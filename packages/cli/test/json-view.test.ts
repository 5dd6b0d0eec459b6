import { describe, expect, it } from 'vitest';
import { snakeCased } from '../src/render/json-view.ts';

describe('snakeCased', () => {
  it('names the members as the protocol does', () => {
    expect(
      snakeCased({
        type: 'audio_done',
        itemId: 'a',
        heardMs: 1,
        receivedMs: 2,
        heardText: 'camelCase stays',
        unheardText: '',
      }),
    ).toEqual({
      type: 'audio_done',
      item_id: 'a',
      heard_ms: 1,
      received_ms: 2,
      heard_text: 'camelCase stays',
      unheard_text: '',
    });
  });

  it('names what was used as the protocol does, all the way down', () => {
    const none = { text: 0, audio: 0, image: 0, other: 0 };
    const tokens = { input: none, cached: none, output: { ...none, audio: 3 } };
    const total = {
      responses: tokens,
      transcription: tokens,
      transcriptionSeconds: 1,
      connectedSeconds: 2,
      usd: 0.25,
      unpricedTokens: 4,
    };
    const told = {
      type: 'usage',
      of: 'response',
      id: 'r',
      tokens,
      seconds: undefined,
      usd: 0.25,
      total,
    } as const;
    expect(snakeCased(told)).toEqual({
      ...told,
      total: {
        responses: tokens,
        transcription: tokens,
        transcription_seconds: 1,
        connected_seconds: 2,
        usd: 0.25,
        unpriced_tokens: 4,
      },
    });
  });

  it('shows a call as the summary does', () => {
    const outcome = {
      status: 'completed',
      arguments: { firstName: 'Ada' },
      output: { lastName: 'L' },
      outputText: '{}',
      elapsedMs: 1.6,
    } as const;
    expect(snakeCased({ type: 'tool_settled', callId: 'c', name: 'find', outcome })).toEqual({
      type: 'tool_settled',
      call_id: 'c',
      name: 'find',
      arguments: { firstName: 'Ada' },
      status: 'completed',
      output: { lastName: 'L' },
      ms: 2,
    });
  });
});
