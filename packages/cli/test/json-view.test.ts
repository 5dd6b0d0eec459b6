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
