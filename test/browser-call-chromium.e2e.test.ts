// The page of examples/browser-call in a browser: its sound flows for real to another page, which stands for the provider.
import { fileURLToPath } from 'node:url';
import { FakeRealtimeServer } from '@antiphon/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type BrowserPage, Chromium, noBrowser } from './support/chromium.ts';
import { ExampleServer, useTool } from './support/example-server.ts';

const microphone = fileURLToPath(new URL('../examples/questions/1-time-in-tokyo.wav', import.meta.url));

/** What a browser does takes as long as the machine is busy. */
const inTime = { timeout: 50_000 };

/** How loud a stream has been so far, at its loudest: 0 to 1. */
const meter = `async (stream) => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, ...samples.map(Math.abs));
  }, 20);
  return () => loudest;
}`;

/** The provider's end of a call: it says a tone, hears the caller, and notices when the caller leaves. */
const answering = `globalThis.answer = async (sdp) => {
  const connection = new RTCPeerConnection();
  globalThis.channel = 'none';
  connection.ondatachannel = ({ channel }) => {
    globalThis.channel = channel.label;
    channel.onclose = () => { globalThis.channel = 'closed'; };
  };
  connection.ontrack = async ({ streams: [stream] }) => {
    // Sound of another page flows through the graph only where an element plays it.
    Object.assign(new Audio(), { muted: true, srcObject: stream });
    globalThis.heard = await (${meter})(stream);
  };
  const context = new AudioContext();
  const tone = context.createOscillator();
  const voice = context.createMediaStreamDestination();
  tone.connect(voice);
  tone.start();
  connection.addTrack(voice.stream.getAudioTracks()[0], voice.stream);
  await connection.setRemoteDescription({ type: 'offer', sdp });
  await connection.setLocalDescription(await connection.createAnswer());
  while (connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) => { connection.onicegatheringstatechange = resolve; });
  }
  return connection.localDescription.sdp;
}, undefined`;

describe.skipIf(noBrowser !== undefined)(
  `the page of the example in a browser (${noBrowser ?? 'found'})`,
  () => {
    let provider: FakeRealtimeServer;
    let server: ExampleServer;
    let chromium: Chromium;
    let far: BrowserPage;

    beforeAll(async () => {
      provider = await FakeRealtimeServer.start();
      [server, chromium] = await Promise.all([
        ExampleServer.start(provider.url),
        Chromium.start({ microphone }),
      ]);
      far = await chromium.open('about:blank');
      await far.evaluate(answering);
      provider.calls.answerOffers(async (sdp) =>
        String(await far.evaluate(`answer(${JSON.stringify(sdp)})`)),
      );
    });

    afterAll(async () => {
      await chromium.close();
      await server.stop();
      await provider.close();
    });

    it.each(['server', 'secret'])('holds a call begun by the button "%s"', async (button) => {
      const page = await chromium.open(`${server.origin}/`);
      // Its script has run.
      await vi.waitUntil(
        () => page.evaluate(`Boolean(document.getElementById('${button}')?.onclick)`),
        inTime,
      );
      const arrival = provider.nextPeer();
      await page.evaluate(`document.getElementById('${button}').click()`);
      const peer = await arrival;
      await useTool(peer);
      const state = `document.getElementById('state').textContent`;
      await vi.waitFor(async () => expect(await page.evaluate(state)).toBe('The call is connected.'), inTime);
      await page.evaluate(
        `(${meter})(document.getElementById('loudspeaker').srcObject).then((heard) => { globalThis.heard = heard; })`,
      );
      for (const end of [page, far]) {
        await vi.waitFor(async () => expect(await end.evaluate('heard?.()')).toBeGreaterThan(0.1), inTime);
      }
      expect(await far.evaluate('channel')).toBe('oai-events');
      await page.evaluate(`document.getElementById('end').click()`);
      await vi.waitFor(async () => expect(await far.evaluate('channel')).toBe('closed'), inTime);
      provider.calls.end(peer.request.query.get('call_id') ?? '');
      await peer.closed;
      expect(await page.evaluate(state)).toBe('Not in a call.');
    });
  },
);
