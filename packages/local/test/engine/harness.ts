import { int16ToBytes } from '@antiphon/audio';
import {
  type ClientEvent,
  type InboundMessage,
  type ServerEvent,
  ServerEventSchema,
  type ToolSpec,
  type TransportClose,
} from '@antiphon/core';
import { SequentialIds, settlePromises, tone, VirtualClock } from '@antiphon/testing';
import { expect } from 'vitest';
import type { EngineStages } from '../../src/engine/engine-stages.ts';
import { createLocalProvider } from '../../src/engine/local-provider.ts';
import type { BrainContext, BrainReply, BrainTurn } from '../../src/stages.ts';

/** A promise that the test settles. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

export interface Script {
  /** What the recogniser hears, by utterance; the last one again and again. */
  readonly heard?: readonly (string | Error)[];
  readonly think?: (turn: BrainTurn, context: BrainContext) => BrainReply | Promise<BrainReply>;
  /** Called before each synthesis. */
  readonly beforeSpeech?: (text: string) => Promise<void> | void;
  /** Milliseconds of sound of one clause. */
  readonly clauseMs?: number;
  readonly stages?: Partial<EngineStages>;
  readonly tools?: readonly ToolSpec[];
}

/** What the fake stages were asked. */
export interface Asked {
  readonly turns: { turn: BrainTurn; context: BrainContext }[];
  readonly recognised: number[];
  readonly spoken: string[];
  /** Names of the tools that brains were prepared for. */
  readonly prepared: string[][];
  /** Recognitions whose signal was aborted. */
  abortedRecognitions: number;
}

/** A client of the engine with scripted stages, which keeps and checks all it is told. */
export interface Client {
  readonly asked: Asked;
  readonly messages: InboundMessage[];
  readonly closes: TransportClose[];
  readonly events: ServerEvent[];
  /** Types of what came, in order; a run of sound counts once. */
  types(): string[];
  /** Types of what came since the last call. */
  newTypes(): string[];
  of<Type extends ServerEvent['type']>(type: Type): Extract<ServerEvent, { type: Type }>[];
  send(...events: ClientEvent[]): Promise<void>;
  audio(bytes: Uint8Array): Promise<void>;
  /** A tone that the fake detector takes for speech, as PCM at 24 kHz. */
  speak(ms: number): Promise<void>;
  silence(ms: number): Promise<void>;
  close(): void;
  settle(): Promise<void>;
  closeProvider(): Promise<void>;
}

const wholeSession: ClientEvent = {
  type: 'session.update',
  session: { type: 'realtime', audio: { input: { transcription: { model: 'moonshine' } } } },
};

/** Connects and has transcripts switched on. */
export async function connectTranscribing(script: Script = {}): Promise<Client> {
  const client = await connect(script);
  await client.send(wholeSession);
  client.newTypes();
  return client;
}

export async function connect(script: Script = {}): Promise<Client> {
  const asked: Asked = { turns: [], recognised: [], spoken: [], prepared: [], abortedRecognitions: 0 };
  const provider = createLocalProvider({
    clock: new VirtualClock(),
    ids: new SequentialIds(),
    stages: { ...fakeStages(script, asked), ...script.stages },
  });
  const messages: InboundMessage[] = [];
  const closes: TransportClose[] = [];
  let calling = false;
  const handle = (fn: () => void) => {
    expect(calling, 'handlers are not called from within the transport').toBe(false);
    fn();
  };
  const outside = <Value>(fn: () => Value): Value => {
    calling = true;
    const value = fn();
    calling = false;
    return value;
  };
  const transport = outside(() =>
    provider.connect(
      { sessionId: 'session', agentName: 'agent', tools: script.tools ?? [] },
      {
        onOpen: () => handle(() => expect(messages).toEqual([])),
        onMessage: (message) => handle(() => messages.push(message)),
        onClose: (close) => handle(() => closes.push(close)),
      },
    ),
  );
  let seen = 0;
  const client: Client = {
    asked,
    messages,
    closes,
    get events() {
      return messages.flatMap((message) => (message.kind === 'event' ? [message.event as ServerEvent] : []));
    },
    types: () => typesOf(messages),
    newTypes: () => {
      const fresh = messages.slice(seen);
      seen = messages.length;
      return typesOf(fresh);
    },
    of: (type) => client.events.filter((event): event is never => event.type === type),
    send: async (...events) => {
      for (const event of events) outside(() => transport.send(event));
      await client.settle();
    },
    audio: async (bytes) => {
      outside(() => transport.sendAudio(bytes));
      await client.settle();
    },
    speak: (ms) => client.audio(int16ToBytes(tone({ durationMs: ms, sampleRateHz: 24_000 }))),
    silence: (ms) => client.audio(new Uint8Array(ms * 48)),
    close: () => outside(() => transport.close(1000, 'bye')),
    settle: async () => {
      for (let i = 0; i < 8; i += 1) await settlePromises();
      checkEvents(messages);
    },
    closeProvider: () => provider.close(),
  };
  await client.settle();
  return client;
}

/** Whole members, unique ids. */
function checkEvents(messages: readonly InboundMessage[]): void {
  const ids = new Set<string>();
  for (const message of messages) {
    if (message.kind !== 'event') continue;
    const { event } = message;
    // The schema fills in what is missing: an event that is the same afterwards was whole.
    expect(ServerEventSchema.parse(event)).toEqual(event);
    const id = 'event_id' in event ? event.event_id : undefined;
    expect(id).toMatch(/^event_/);
    expect(ids.has(String(id))).toBe(false);
    ids.add(String(id));
  }
}

function typesOf(messages: readonly InboundMessage[]): string[] {
  const types = messages.map((message) =>
    message.kind === 'event' ? message.event.type : 'response.output_audio.delta',
  );
  return types.filter((type, index) => type !== 'response.output_audio.delta' || types[index - 1] !== type);
}

function fakeStages(script: Script, asked: Asked): EngineStages {
  const heard = [...(script.heard ?? ['hello'])];
  return {
    createDetector: async () => ({
      frameSamples: 512,
      process: async (frame) => (frame.some((sample) => Math.abs(sample) > 0.1) ? 0.95 : 0.02),
      reset: () => undefined,
    }),
    recognizer: async () => ({
      transcribe: async (samples, signal) => {
        asked.recognised.push(Math.round(samples.length / 16));
        await settlePromises();
        if (signal?.aborted) {
          asked.abortedRecognitions += 1;
          throw signal.reason;
        }
        const next = heard.length > 1 ? heard.shift() : heard[0];
        if (next instanceof Error) throw next;
        return next ?? '';
      },
      close: async () => undefined,
    }),
    synthesizer: async () => ({
      sampleRateHz: 16_000,
      synthesize: async (text, _style, signal) => {
        asked.spoken.push(text);
        await script.beforeSpeech?.(text);
        signal?.throwIfAborted();
        return tone({ durationMs: script.clauseMs ?? 300, sampleRateHz: 16_000 });
      },
      close: async () => undefined,
    }),
    createBrain: async () => ({
      respond: async (turn, context) => {
        asked.turns.push({ turn, context });
        return script.think?.(turn, context) ?? { kind: 'say', text: 'Good day.' };
      },
    }),
    prepareTools: async (tools) => {
      asked.prepared.push(tools.map((tool) => tool.name));
    },
    close: async () => undefined,
  };
}

export function userText(text: string, id?: string): ClientEvent {
  return {
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }], ...(id && { id }) },
  };
}
