import { type InboundMessage, readServerEvent } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../src/providers/secrecy.ts';

const key = 'sk-very"secret/0123';

function told(event: object): unknown {
  const messages: InboundMessage[] = [];
  const handlers = {
    onOpen() {},
    onMessage: (message: InboundMessage) => messages.push(message),
    onClose() {},
  };
  withoutSecrets(handlers, () => [{ name: 'api-key', value: key }]).onMessage(
    readServerEvent(JSON.parse(JSON.stringify(event))),
  );
  return messages[0];
}

const error = { type: key, code: `bad_${key}`, message: `Not ${key}.`, param: `session.${key}` };
const clean = {
  type: '[secret:api-key]',
  code: 'bad_[secret:api-key]',
  message: 'Not [secret:api-key].',
};

describe('the key of a connection', () => {
  it('is in no member of an error', () => {
    expect(told({ type: 'error', error })).toMatchObject({
      event: { error: { ...clean, param: 'session.[secret:api-key]' } },
    });
  });

  it('is not in what is said of a transcription that failed', () => {
    const type = 'conversation.item.input_audio_transcription.failed';
    expect(told({ type, item_id: 'item_1', content_index: 0, error })).toMatchObject({
      event: { item_id: 'item_1', error: clean },
    });
  });

  it.each(['failed', 'incomplete', 'cancelled'])(
    'is not in what is said of a response that is %s',
    (status) => {
      const status_details = { type: status, reason: key, error };
      expect(
        told({ type: 'response.done', response: { id: 'resp_1', status, status_details } }),
      ).toMatchObject({
        event: { response: { status, status_details: { reason: '[secret:api-key]', error: clean } } },
      });
    },
  );

  it('leaves what a server says otherwise as it is', () => {
    const details = { type: 'cancelled', reason: 'turn_detected' };
    const response = { id: 'resp_1', status: 'cancelled', status_details: details };
    expect(told({ type: 'response.done', response })).toMatchObject({
      event: { response: { status_details: details } },
    });
  });
});
