import { type Antiphon, type CreateAntiphonOptions, createAntiphon } from '@antiphon/runtime';
import { type FakePeer, FakeRealtimeServer, spokenCallEvents } from '@antiphon/testing';
import { defineTool, type Tool } from '@antiphon/tools';
import { onTestFinished } from 'vitest';
import { type RecordingLogger, recordingLogger } from './recording-logger.ts';

/** A server with calls, and an Antiphon whose provider it is. */
export interface CallRig {
  readonly server: FakeRealtimeServer;
  readonly antiphon: Antiphon;
  readonly logger: RecordingLogger;
  /** Arguments of every run of `get_weather`. */
  readonly runs: unknown[];
}

export const sdpOffer =
  'v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\ns=offer\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n';

/** @param change lines of the agent, the entry of the provider where it is another, and parts of the application. */
export async function callRig(
  change: {
    readonly agent?: string;
    readonly provider?: (origin: string) => string;
    readonly parts?: Partial<CreateAntiphonOptions>;
    readonly weather?: () => Promise<unknown>;
  } = {},
): Promise<CallRig> {
  const server = await FakeRealtimeServer.start();
  const runs: unknown[] = [];
  const weather = defineTool({
    name: 'get_weather',
    description: 'Weather in a city.',
    input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    execute: async (input) => {
      runs.push(input);
      return change.weather === undefined ? { celsius: 9 } : ((await change.weather()) as never);
    },
  }) as Tool;
  const entry =
    change.provider?.(server.origin) ?? `{ type: openai, base_url: "${server.url}", api_key: sk-secret-1 }`;
  const text = `version: 1
providers: { mine: ${entry} }
agents:
  concierge:
    provider: mine
    instructions: "Help {{who}}."
    variables: { who: the guest }
    voice: marin
    tools: [get_weather]
${change.agent ?? ''}`;
  const logger = recordingLogger();
  const antiphon = await createAntiphon({
    config: { file: 'agents.yaml', text },
    env: {},
    plugins: [weather],
    logger,
    ...change.parts,
  });
  onTestFinished(async () => {
    await antiphon.close();
    await server.close();
  });
  return { server, antiphon, logger, runs };
}

/** The server's side of joining: it agrees to the settings and says nothing before. */
export async function agree(peer: FakePeer) {
  const { session } = await peer.expect('session.update');
  peer.send({ type: 'session.updated', session: { id: 'sess_call', ...session } as never });
  return session;
}

/** Speaks and has spoken to the end. */
export function speak(
  peer: FakePeer,
  ids: { readonly responseId: string; readonly itemId: string; readonly previousItemId?: string },
  text: string,
): void {
  const [during, stopped] = spokenCallEvents({ ...ids, text });
  for (const event of [...during, stopped]) peer.send(event);
}
