import { describe, expect, it } from 'vitest';
import { type Client, connect, connectTranscribing, gate, userText } from './harness.ts';

const audioClosed = [
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'conversation.item.done',
  'response.output_item.done',
];
const create = { type: 'response.create' } as const;

/** A client that hears "First one." and waits for the rest of the answer. */
async function whileSpeaking(): Promise<{ client: Client; rest: ReturnType<typeof gate> }> {
  const rest = gate();
  const client = await connectTranscribing({
    think: () => ({ kind: 'say', text: 'First one. Second one.' }),
    beforeSpeech: (text) => (text.startsWith('Second') ? rest.passed : undefined),
  });
  await client.send(userText('go on'), create);
  expect(client.newTypes().at(-1)).toBe('response.output_audio.delta');
  return { client, rest };
}

describe('an interruption', () => {
  it('by speech closes all that is open (T8)', async () => {
    const { client, rest } = await whileSpeaking();
    await client.speak(300);
    expect(client.newTypes()).toEqual(['input_audio_buffer.speech_started', ...audioClosed, 'response.done']);
    expect(client.of('response.output_audio_transcript.done')[0]?.transcript).toBe('First one. ');
    expect(client.of('response.done')[0]?.response).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'turn_detected' },
      output: [{ status: 'incomplete', content: [{ type: 'output_audio', transcript: 'First one. ' }] }],
    });
    rest.open();
    await client.settle();
    expect(client.newTypes()).toEqual([]);
  });

  it('does not happen when the session does not want it; the turn is answered afterwards', async () => {
    const { client, rest } = await whileSpeaking();
    await client.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        audio: { input: { turn_detection: { type: 'server_vad', interrupt_response: false } } },
      },
    });
    await client.speak(1_000);
    await client.silence(1_000);
    expect(client.of('response.done')).toEqual([]);
    rest.open();
    await client.settle();
    expect(client.of('response.done').map((event) => event.response.status)).toEqual([
      'completed',
      'completed',
    ]);
    expect(client.asked.turns).toHaveLength(2);
  });

  it.each(['audio', 'text'] as const)(
    'before any output leaves no items, and the next answer takes both turns together (%s)',
    async (modality) => {
      const thinking = gate();
      const client = await connectTranscribing({
        heard: ['what is the weather', 'in Oslo'],
        think: async () => {
          if (client.asked.turns.length === 1) await thinking.passed;
          return { kind: 'say', text: 'Rain.' };
        },
      });
      await client.send({
        type: 'session.update',
        session: { type: 'realtime', output_modalities: [modality] },
      });
      await client.speak(1_000);
      await client.silence(800);
      await client.speak(300);
      expect(client.of('response.done')[0]?.response).toMatchObject({ status: 'cancelled', output: [] });
      thinking.open();
      await client.settle();
      await client.silence(1_000);
      expect(client.asked.turns.map(({ turn }) => turn)).toEqual([
        { kind: 'user', text: 'what is the weather' },
        { kind: 'user', text: 'what is the weather in Oslo' },
      ]);
    },
  );
});

describe('response.cancel', () => {
  it('closes all that is open (T9)', async () => {
    const { client, rest } = await whileSpeaking();
    await client.send({ type: 'response.cancel' });
    expect(client.newTypes()).toEqual([...audioClosed, 'response.done']);
    expect(client.of('response.done')[0]?.response.status_details).toEqual({
      type: 'cancelled',
      reason: 'client_cancelled',
    });
    rest.open();
    await client.settle();
    expect(client.newTypes()).toEqual([]);
    await client.send(userText('again'), create);
    expect(client.asked.turns.at(-1)?.turn).toEqual({ kind: 'user', text: 'again' });
  });

  it('that comes too late is an error and harms nothing', async () => {
    const client = await connect();
    await client.send(userText('hi'), create, { type: 'response.cancel', event_id: 'late' });
    await client.send({ type: 'response.cancel', event_id: 'later' });
    const errors = client.of('error').map(({ error }) => [error.code, error.event_id]);
    expect(errors).toContainEqual(['response_cancel_not_active', 'later']);
  });

  it('names a response outside the conversation, or none', async () => {
    const thinking = gate();
    const client = await connect({
      think: async () => {
        await thinking.passed;
        return { kind: 'say', text: 'Late.' };
      },
    });
    await client.send({
      type: 'response.create',
      response: {
        conversation: 'none',
        metadata: { topic: 'x' },
        input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'sum up' }] }],
      },
    });
    const id = client.of('response.created')[0]?.response.id ?? '';
    await client.send({ type: 'response.cancel' });
    expect(client.of('error')[0]?.error.code).toBe('response_cancel_not_active');
    await client.send({ type: 'response.cancel', response_id: id });
    expect(client.of('response.done')[0]?.response).toMatchObject({
      id,
      status: 'cancelled',
      metadata: { topic: 'x' },
    });
    thinking.open();
  });
});

describe('one response at a time', () => {
  it('is refused a second one, which is not queued', async () => {
    const { client, rest } = await whileSpeaking();
    await client.send({ ...create, event_id: 'second' });
    const id = client.of('response.created')[0]?.response.id ?? '';
    expect(client.of('error')[0]?.error).toMatchObject({
      code: 'conversation_already_has_active_response',
      event_id: 'second',
    });
    expect(client.of('error')[0]?.error.message).toContain(id);
    rest.open();
    await client.settle();
    expect(client.of('response.done')).toHaveLength(1);
  });

  it('but any number outside the conversation, without items in it (T11)', async () => {
    const { client } = await whileSpeaking();
    await client.send({
      type: 'response.create',
      response: {
        conversation: 'none',
        output_modalities: ['text'],
        metadata: { topic: 'summary' },
        input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'sum up' }] }],
      },
    });
    expect(client.newTypes()).toEqual([
      'response.created',
      'response.output_item.added',
      'response.content_part.added',
      ...Array.from({ length: 4 }, () => 'response.output_text.delta'),
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.done',
    ]);
    expect(client.of('response.done')[0]?.response).toMatchObject({
      conversation_id: null,
      metadata: { topic: 'summary' },
    });
    expect(client.asked.turns.at(-1)?.turn).toEqual({ kind: 'user', text: 'sum up' });
  });
});

describe('a failure', () => {
  it.each([
    ['the brain', { think: () => Promise.reject(new Error('no idea')) }],
    ['the synthesiser', { beforeSpeech: () => Promise.reject(new Error('no voice')) }],
    ['a model that does not load', { stages: { synthesizer: () => Promise.reject(new Error('no file')) } }],
  ])('of %s ends the response, not the session (T10)', async (_name, script) => {
    const client = await connect(script);
    client.newTypes();
    await client.send(userText('hi'), create);
    expect(client.newTypes().slice(2)).toEqual(['response.created', 'response.done']);
    expect(client.of('response.done')[0]?.response).toMatchObject({
      status: 'failed',
      status_details: { type: 'failed', error: { type: 'server_error', code: 'server_error' } },
      output: [],
    });
    expect(client.closes).toEqual([]);
    await client.send(create);
    expect(client.of('response.done')).toHaveLength(2);
    expect(client.asked.turns.every(({ turn }) => turn.kind === 'user' && turn.text === 'hi')).toBe(true);
  });

  it('in the middle closes what was open', async () => {
    const client = await connect({
      think: () => ({ kind: 'say', text: 'One. Two.' }),
      beforeSpeech: (text) => (text.startsWith('Two') ? Promise.reject(new Error('hoarse')) : undefined),
    });
    await client.send(userText('hi'), create);
    expect(client.newTypes().slice(-6)).toEqual([...audioClosed, 'response.done']);
    expect(client.of('response.done')[0]?.response).toMatchObject({
      status: 'failed',
      output: [{ status: 'incomplete' }],
    });
  });

  it('of the detector is told once', async () => {
    const client = await connect({ stages: { createDetector: () => Promise.reject(new Error('no file')) } });
    await client.speak(500);
    await client.speak(500);
    expect(client.of('error').map(({ error }) => error.type)).toEqual(['server_error']);
    await client.send(userText('hi'), create);
    expect(client.of('response.done')[0]?.response.status).toBe('completed');
  });
});

describe('the end', () => {
  it('is told once and last, and stops everything', async () => {
    const { client, rest } = await whileSpeaking();
    client.close();
    client.close();
    expect(client.closes).toEqual([]);
    await client.settle();
    expect(client.closes).toEqual([{ code: 1000, reason: 'bye' }]);
    const count = client.messages.length;
    rest.open();
    await client.send(userText('hello?'), create);
    await client.speak(500);
    expect(client.messages).toHaveLength(count);
    expect(client.closes).toHaveLength(1);
  });

  it('comes with that of the provider', async () => {
    const client = await connect();
    await client.closeProvider();
    await client.settle();
    expect(client.closes).toEqual([{ code: 1001, reason: 'the engine is shutting down' }]);
  });

  it('aborts a recognition under way', async () => {
    const client = await connectTranscribing();
    await client.speak(1_000);
    client.close();
    await client.settle();
    expect(client.newTypes()).not.toContain('response.created');
  });
});
