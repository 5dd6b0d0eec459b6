import { describe, expect, it } from 'vitest';
import { connect, connectTranscribing, gate, userText } from './harness.ts';

const committed = ['input_audio_buffer.committed', 'conversation.item.added', 'conversation.item.done'];
const transcribed = [
  'conversation.item.input_audio_transcription.delta',
  'conversation.item.input_audio_transcription.completed',
];
const messageOpened = [
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
];
const spoken = ['response.output_audio_transcript.delta', 'response.output_audio.delta'];
const audioClosed = [
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'conversation.item.done',
  'response.output_item.done',
];
const spokenAnswer = ['response.created', ...messageOpened, ...spoken, ...audioClosed, 'response.done'];

describe('the start of a session', () => {
  it('loads what hears with the first sound', async () => {
    let loads = 0;
    const load = async (): Promise<never> => {
      loads += 1;
      throw new Error('no ears');
    };
    const client = await connect({ stages: { recognizer: load, createDetector: load } });
    await client.send(userText('Hello.'), { type: 'response.create' });
    expect([loads, client.of('response.done').length]).toEqual([0, 1]);
    await client.silence(20);
    expect(loads).toBeGreaterThanOrEqual(2);
  });

  it('is the whole session, then its update as a whole (T1)', async () => {
    const client = await connect();
    expect(client.newTypes()).toEqual(['session.created']);
    const [created] = client.of('session.created');
    expect(Object.keys(created?.session ?? {})).toEqual([
      'type',
      'object',
      'id',
      'model',
      'output_modalities',
      'instructions',
      'tools',
      'tool_choice',
      'max_output_tokens',
      'tracing',
      'truncation',
      'prompt',
      'expires_at',
      'audio',
      'include',
    ]);
    await client.send({ type: 'session.update', session: { type: 'realtime', instructions: 'Be brief.' } });
    expect(client.newTypes()).toEqual(['session.updated']);
    expect(client.of('session.updated')[0]?.session).toEqual({
      ...created?.session,
      instructions: 'Be brief.',
    });
  });
});

describe('a typed turn', () => {
  it('is answered in text (T2)', async () => {
    const client = await connect({ think: () => ({ kind: 'say', text: 'It is noon.' }) });
    client.newTypes();
    await client.send(userText('What time is it?'), {
      type: 'response.create',
      response: { output_modalities: ['text'] },
    });
    expect(client.newTypes()).toEqual([
      'conversation.item.added',
      'conversation.item.done',
      'response.created',
      ...messageOpened,
      ...Array.from({ length: 3 }, () => 'response.output_text.delta'),
      'response.output_text.done',
      'response.content_part.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    const text = client.of('response.output_text.delta').map((event) => event.delta);
    expect(text.join('')).toBe('It is noon.');
    expect(client.of('response.output_text.done')[0]?.text).toBe('It is noon.');
    expect(client.of('response.done')[0]?.response).toMatchObject({
      status: 'completed',
      status_details: null,
      output: [{ type: 'message', content: [{ type: 'output_text', text: 'It is noon.' }] }],
      usage: { input_token_details: { audio_tokens: 0 }, output_tokens: 4 },
    });
    expect(client.asked.turns[0]?.turn).toEqual({ kind: 'user', text: 'What time is it?' });
  });

  it('is answered aloud, the sound in short pieces that last as long as they should', async () => {
    const client = await connect({ think: () => ({ kind: 'say', text: 'Yes. It is.' }), clauseMs: 500 });
    client.newTypes();
    await client.send(userText('Is it?'), { type: 'response.create' });
    expect(client.newTypes().slice(2)).toEqual([
      'response.created',
      ...messageOpened,
      ...spoken,
      ...spoken,
      ...audioClosed,
      'response.done',
    ]);
    const sizes = client.messages.flatMap((message) =>
      message.kind === 'audio' ? [message.audio.byteLength] : [],
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200 * 48);
    const ms = sizes.reduce((sum, size) => sum + size, 0) / 48;
    expect(ms).toBeGreaterThan(1_250);
    expect(ms).toBeLessThan(1_350);
    expect(client.of('response.done')[0]?.response.usage?.output_token_details?.audio_tokens).toBe(
      Math.ceil(Math.floor(ms) / 50),
    );
  });
});

describe('a spoken turn', () => {
  it('is found, committed, transcribed and answered (T3)', async () => {
    const client = await connectTranscribing({ heard: ['what time is it'] });
    await client.silence(500);
    await client.speak(1_000);
    await client.silence(1_000);
    expect(client.newTypes()).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      ...committed,
      'response.created',
      ...transcribed,
      ...messageOpened,
      ...spoken,
      ...audioClosed,
      'response.done',
    ]);
    const [started] = client.of('input_audio_buffer.speech_started');
    const [stopped] = client.of('input_audio_buffer.speech_stopped');
    expect(started?.audio_start_ms).toBeGreaterThan(150);
    expect(started?.audio_start_ms).toBeLessThan(250);
    expect(stopped?.audio_end_ms).toBeGreaterThan(1_950);
    expect(stopped?.audio_end_ms).toBeLessThan(2_100);
    const ids = [started, stopped, client.of('input_audio_buffer.committed')[0]].map(
      (event) => event?.item_id,
    );
    expect(new Set(ids).size).toBe(1);
    expect(client.of('conversation.item.added')[0]?.item).toEqual({
      id: started?.item_id,
      type: 'message',
      status: 'completed',
      role: 'user',
      content: [{ type: 'input_audio', transcript: null }],
    });
    expect(client.of('conversation.item.added')[1]?.previous_item_id).toBe(started?.item_id);
    expect(client.of('conversation.item.input_audio_transcription.completed')[0]?.transcript).toBe(
      'what time is it',
    );
  });

  it('is recognised before it is known to be over, once', async () => {
    const client = await connectTranscribing();
    await client.speak(1_000);
    await client.silence(300);
    expect(client.asked.recognised).toHaveLength(1);
    await client.silence(700);
    expect(client.asked.recognised).toHaveLength(1);
    expect(client.of('response.done')).toHaveLength(1);
  });

  it('is recognised anew when speech goes on after a pause', async () => {
    const client = await connectTranscribing({ heard: ['the first half', 'both halves'] });
    await client.speak(1_000);
    await client.silence(300);
    await client.speak(1_000);
    await client.silence(1_000);
    expect(client.asked.recognised).toHaveLength(2);
    expect(client.asked.recognised[1]).toBeGreaterThan(2_200);
    expect(client.of('input_audio_buffer.speech_started')).toHaveLength(1);
    expect(client.asked.turns.map(({ turn }) => turn)).toEqual([{ kind: 'user', text: 'both halves' }]);
  });

  it('keeps its clock over turns', async () => {
    const client = await connectTranscribing();
    for (let turn = 0; turn < 2; turn += 1) {
      await client.speak(1_000);
      await client.silence(1_000);
    }
    const starts = client.of('input_audio_buffer.speech_started').map((event) => event.audio_start_ms);
    expect(starts[1]).toBeGreaterThan(1_600);
    expect(starts[1]).toBeLessThan(2_000);
  });

  it('is not committed a second time by the client', async () => {
    const client = await connectTranscribing();
    await client.speak(1_000);
    await client.silence(600);
    await client.send({ type: 'input_audio_buffer.commit' });
    expect(client.of('error').map(({ error }) => error.code)).toEqual(['input_audio_buffer_commit_empty']);
    expect(client.of('input_audio_buffer.committed')).toHaveLength(1);
  });

  it('is heard the same in G.711', async () => {
    const client = await connectTranscribing();
    await client.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        audio: { input: { format: { type: 'audio/pcmu' } }, output: { format: { type: 'audio/pcma' } } },
      },
    });
    const loud = Uint8Array.from({ length: 8_000 }, (_, i) => (i % 20 < 10 ? 0x10 : 0x90));
    await client.audio(loud);
    await client.audio(new Uint8Array(8_000).fill(0xff));
    expect(client.of('response.done')[0]?.response.status).toBe('completed');
    const bytes = client.messages.reduce(
      (sum, message) => sum + (message.kind === 'audio' ? message.audio.byteLength : 0),
      0,
    );
    expect(bytes / 8).toBeGreaterThan(300);
    expect(bytes / 8).toBeLessThan(500);
  });

  it('goes unanswered with create_response off, until the client asks', async () => {
    const client = await connectTranscribing();
    await client.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        audio: { input: { turn_detection: { type: 'server_vad', create_response: false } } },
      },
    });
    await client.speak(1_000);
    await client.silence(1_000);
    expect(client.of('response.created')).toHaveLength(0);
    expect(client.of('conversation.item.input_audio_transcription.completed')).toHaveLength(1);
    client.newTypes();
    await client.send({ type: 'response.create' });
    expect(client.newTypes()).toEqual(spokenAnswer);
  });

  it('is met with silence when there were no words and hardly any speech', async () => {
    const client = await connectTranscribing({ heard: [''] });
    await client.speak(200);
    await client.silence(1_000);
    expect(client.asked.turns).toEqual([]);
    expect(client.of('response.done')[0]?.response).toMatchObject({ status: 'completed', output: [] });
    expect(client.of('conversation.item.input_audio_transcription.completed')[0]?.transcript).toBe('');
  });

  it('is asked for again when there was speech but no words', async () => {
    const client = await connectTranscribing({ heard: [''] });
    await client.speak(1_500);
    await client.silence(1_000);
    expect(client.asked.turns).toEqual([]);
    expect(client.of('response.output_audio_transcript.done')[0]?.transcript).toBe(
      'Sorry, I did not catch that.',
    );
  });

  it('fails with its transcription, and the next one works', async () => {
    const client = await connectTranscribing({ heard: [new Error('recogniser broke'), 'hello again'] });
    await client.speak(1_000);
    await client.silence(1_000);
    expect(client.newTypes().slice(-3)).toEqual([
      'response.created',
      'conversation.item.input_audio_transcription.failed',
      'response.done',
    ]);
    expect(client.of('response.done')[0]?.response).toMatchObject({
      status: 'failed',
      status_details: { type: 'failed', error: { type: 'server_error' } },
      output: [],
    });
    await client.speak(1_000);
    await client.silence(1_000);
    expect(client.of('response.done').at(-1)?.response.status).toBe('completed');
    expect(client.asked.turns.map(({ turn }) => turn)).toEqual([{ kind: 'user', text: 'hello again' }]);
  });

  it('that never ends is committed after a minute', async () => {
    const client = await connectTranscribing();
    await client.speak(61_000);
    expect(client.of('input_audio_buffer.speech_stopped')[0]?.audio_end_ms).toBeGreaterThanOrEqual(60_000);
    expect(client.of('input_audio_buffer.committed')).toHaveLength(1);
    expect(client.of('input_audio_buffer.speech_started')).toHaveLength(2);
  });

  it('waits for the models, which may load while it is spoken', async () => {
    const loaded = gate();
    const client = await connectTranscribing({
      stages: {
        createDetector: async () => {
          await loaded.passed;
          return {
            frameSamples: 512,
            process: async (frame) => (frame.some((sample) => sample > 0.1) ? 0.95 : 0.02),
            reset: () => undefined,
          };
        },
      },
    });
    await client.speak(1_000);
    await client.silence(1_000);
    expect(client.newTypes()).toEqual([]);
    loaded.open();
    await client.settle();
    expect(client.of('response.done')[0]?.response.status).toBe('completed');
  });
});

describe('push to talk', () => {
  const manual = {
    type: 'session.update',
    session: { type: 'realtime', audio: { input: { turn_detection: null } } },
  } as const;

  it('commits when told and answers when asked (T4)', async () => {
    const client = await connectTranscribing({ heard: ['good evening'] });
    await client.send(manual);
    client.newTypes();
    await client.speak(600);
    await client.silence(800);
    expect(client.newTypes()).toEqual([]);
    await client.send({ type: 'input_audio_buffer.commit' }, { type: 'response.create' });
    expect(client.newTypes()).toEqual([
      ...committed,
      'response.created',
      ...transcribed,
      ...messageOpened,
      ...spoken,
      ...audioClosed,
      'response.done',
    ]);
    expect(client.asked.recognised).toEqual([expect.closeTo(1_400, -2)]);
  });

  it.each([0, 99])('refuses to commit %i ms', async (ms) => {
    const client = await connect();
    await client.send(manual);
    await client.silence(ms);
    await client.send({ type: 'input_audio_buffer.commit', event_id: 'mine' });
    expect(client.of('error')[0]?.error).toEqual({
      type: 'invalid_request_error',
      code: 'input_audio_buffer_commit_empty',
      message: `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${ms}.00ms of audio.`,
      param: null,
      event_id: 'mine',
    });
  });

  it('commits 100 ms, and has nothing left then', async () => {
    const client = await connect();
    await client.send(manual);
    await client.silence(100);
    await client.send({ type: 'input_audio_buffer.commit' });
    expect(client.of('error')).toEqual([]);
    await client.send({ type: 'input_audio_buffer.commit' });
    expect(client.of('error')).toHaveLength(1);
  });

  it('forgets what is cleared', async () => {
    const client = await connect();
    await client.send(manual);
    await client.silence(300);
    client.newTypes();
    await client.send({ type: 'input_audio_buffer.clear' });
    expect(client.newTypes()).toEqual(['input_audio_buffer.cleared']);
    await client.send({ type: 'input_audio_buffer.commit' });
    expect(client.of('error')[0]?.error.code).toBe('input_audio_buffer_commit_empty');
  });

  it('asks again after speech without words, and stays silent after silence', async () => {
    const client = await connectTranscribing({ heard: [''] });
    await client.send(manual);
    await client.speak(1_000);
    await client.send({ type: 'input_audio_buffer.commit' }, { type: 'response.create' });
    expect(client.of('response.output_audio_transcript.done')[0]?.transcript).toBe(
      'Sorry, I did not catch that.',
    );
    await client.silence(1_000);
    await client.send({ type: 'input_audio_buffer.commit' }, { type: 'response.create' });
    expect(client.of('response.done').at(-1)?.response.output).toEqual([]);
  });

  it('may commit a turn that the detector has found, without a word of its end', async () => {
    const client = await connectTranscribing();
    await client.speak(800);
    await client.send({ type: 'input_audio_buffer.commit' });
    expect(client.newTypes()).toEqual(['input_audio_buffer.speech_started', ...committed, ...transcribed]);
    expect(client.of('input_audio_buffer.committed')[0]?.item_id).toBe(
      client.of('input_audio_buffer.speech_started')[0]?.item_id,
    );
    await client.silence(1_000);
    expect(client.of('input_audio_buffer.speech_stopped')).toEqual([]);
  });
});
