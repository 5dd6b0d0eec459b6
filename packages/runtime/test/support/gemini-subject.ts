import type { GeminiClientMessage, JsonObject, Provider } from '@antiphon/core';
import {
  FakeGeminiServer,
  FakeRealtimeServer,
  type GeminiPeer,
  type ProviderSubject,
  speechLike,
  toolSpec,
} from '@antiphon/testing';

const secret = 'sk-contract-9d1b7e40aa';

/** A provider of Gemini Live, for the contract of providers: the far end is as strict as the service. */
export function geminiSubject(create: (origin: string, key: string) => Promise<Provider>): ProviderSubject {
  return {
    question: { text: 'Who are you?', answer: /a voice/i },
    toolQuestion: {
      text: 'What is the weather in Oslo?',
      tool: toolSpec('get_weather'),
      output: { celsius: 9 },
      answer: /nine degrees/i,
    },
    speech: { samples: speechLike({ durationMs: 600, sampleRateHz: 24_000 }), answer: /good morning/i },
    secrets: [secret],
    async open() {
      const server = await FakeGeminiServer.start();
      const texts: string[] = [];
      const ended = new AbortController();
      void serve(server, texts, ended.signal);
      const refusing = await FakeRealtimeServer.start();
      refusing.rejectUpgrades({
        status: 403,
        body: JSON.stringify({ error: { message: `Bad key: ${secret}` } }),
      });
      const closing = await FakeGeminiServer.start({ apiKey: 'another' });
      const gone = await FakeGeminiServer.start();
      const { url: nowhere } = gone;
      await gone.close();
      return {
        provider: await create(server.url, secret),
        endFromAfar: () => server.peers.at(-1)?.close(1011, 'Internal error encountered.'),
        refused: () => server.peers.flatMap(({ refusal }) => refusal ?? []),
        remembered: () => texts,
        broken: await Promise.all(
          [nowhere, refusing.origin, closing.url].map((origin) => create(origin, secret)),
        ),
        async close() {
          ended.abort();
          await Promise.all([server.close(), refusing.close(), closing.close()]);
        },
      };
    },
  };
}

async function serve(server: FakeGeminiServer, texts: string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const peer = await server.nextPeer();
    texts.length = 0;
    peer.onMessage((message) => answer(peer, message, texts));
  }
}

function answer(peer: GeminiPeer, message: GeminiClientMessage, texts: string[]): void {
  if ('setup' in message) return peer.send({ setupComplete: {} });
  if ('toolResponse' in message) return say(peer, 'It is nine degrees.', texts);
  if ('realtimeInput' in message) {
    if ('activityEnd' in message.realtimeInput) say(peer, 'Good morning to you.', texts);
    return;
  }
  const { turns = [], turnComplete } = message.clientContent;
  const said = turns.flatMap(({ parts }) => parts.flatMap((part) => ('text' in part ? [part.text] : [])));
  texts.push(...said);
  if (!turnComplete) return;
  if (said.at(-1)?.includes('weather') !== true) return say(peer, 'I am a voice in a test.', texts);
  const call: JsonObject = { id: 'function-call-1', name: 'get_weather', args: { city: 'Oslo' } };
  peer.send({ toolCall: { functionCalls: [call] } });
}

function say(peer: GeminiPeer, text: string, texts: string[]): void {
  texts.push(text);
  const data = Buffer.alloc(960).toString('base64');
  peer.send({ serverContent: { outputTranscription: { text } } });
  peer.send({
    serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }] } },
  });
  peer.send({ serverContent: { generationComplete: true } });
  peer.send({ serverContent: { turnComplete: true } });
}
