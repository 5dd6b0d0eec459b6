// Conversations with Gemini Live over real sockets.
import { existsSync, readFileSync } from 'node:fs';
import { parseRecording, readGeminiFrame } from '@antiphon/testing';
import { defineTool, type Tool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { geminiCall } from './support/gemini-call.ts';

const recordings = new URL('../../../../shared/data/recordings/', import.meta.url);

interface Content {
  readonly outputTranscription?: { readonly text?: string };
  readonly modelTurn?: { readonly parts?: readonly { readonly inlineData?: { readonly data: string } }[] };
}

function recorded(name: string) {
  const file = new URL(`${name}.yaml`, recordings);
  return existsSync(file) ? parseRecording(readFileSync(file, 'utf8'), name) : undefined;
}

const round = recorded('gemini-live-tool-call-round');

describe.skipIf(round === undefined)('a recorded session (skipped without shared/data/recordings)', () => {
  const steps = round?.steps ?? [];
  const received = steps.flatMap((step) => (step.kind === 'received' ? [step.raw] : []));
  const sent = steps.flatMap((step) => (step.kind === 'sent' ? [step.raw] : []));

  it('was held with messages that the strict server takes', () => {
    for (const message of sent) expect(readGeminiFrame(JSON.stringify(message))).toMatchObject({ ok: true });
  });

  it('drives the session to the same words, calls, sound and history', async () => {
    const record = defineTool({
      name: 'record_reading',
      description: 'Store the supplied sensor value.',
      input: {
        type: 'object',
        properties: { zqx_measurement: { type: 'integer' }, qbf_note: { type: ['string', 'null'] } },
        required: ['zqx_measurement'],
      },
      execute: () => Promise.resolve('Recorded 5 (steady).'),
    }) as Tool;
    const { server, start } = await geminiCall({
      instructions: 'Use record_reading when asked to record a reading, then confirm it in one sentence.',
      agent: 'tools: [record_reading]',
      tools: [record],
    });
    const playing = server.playRecording(round ?? { name: '', steps: [] });
    const call = await start();
    call.session.sendText('Please record a reading of 5 with the note "steady".');
    const [peer] = await playing;
    await call.until('the end', () => call.of('response_done').length === 2 && call.session.settled);

    const contents = received.flatMap(
      ({ serverContent }) => (serverContent ?? []) as unknown as Content | [],
    );
    const text = contents.map(({ outputTranscription }) => outputTranscription?.text ?? '').join('');
    const sound = Buffer.concat(
      contents
        .flatMap(({ modelTurn }) => modelTurn?.parts ?? [])
        .flatMap(({ inlineData }) => (inlineData ? [Buffer.from(inlineData.data, 'base64')] : [])),
    );
    expect(text).toBe('I have recorded a reading of 5 with the note "steady."');
    expect(call.words).toEqual([
      'user: Please record a reading of 5 with the note "steady".',
      'record_reading({"zqx_measurement":5,"qbf_note":"steady"})',
      '-> Recorded 5 (steady).',
      `agent: ${text}`,
    ]);
    const agentItem = call.session.history.at(-1)?.id ?? '';
    expect(Buffer.from(call.bytesOf(agentItem))).toEqual(sound.subarray(0, sound.length & ~1));
    expect(call.of('tool_settled')).toMatchObject([
      { name: 'record_reading', outcome: { status: 'completed' } },
    ]);
    expect(call.of('response_done').map(({ status, usage }) => [status, usage?.total_tokens])).toEqual([
      ['completed', undefined],
      ['completed', 1370],
    ]);
    expect(call.of('response_done')[1]?.usage).toMatchObject({
      input_tokens: 1267,
      output_tokens: 103,
      input_token_details: { text_tokens: 1267 },
      output_token_details: { text_tokens: 22, audio_tokens: 81 },
    });

    expect(peer?.refusal).toBeUndefined();
    expect(peer?.leftOver).toEqual([]);
    expect(peer?.story).toEqual(['setup', 'clientContent', 'toolResponse']);
    const asked = sent.map((message) => {
      const read = readGeminiFrame(JSON.stringify(message));
      return read.ok ? read.message : undefined;
    });
    expect(peer?.received[0]).toMatchObject(asked[0] ?? {});
    expect(peer?.received.slice(1)).toEqual(asked.slice(1));
  });
});
