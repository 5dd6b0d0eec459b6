import type { AudioSource, SessionNotice } from '@antiphon/core';
import { createAntiphon, type Session, type StartSessionOptions } from '@antiphon/runtime';
import { FakeGeminiServer, type FakeGeminiServerOptions, RecordingSink, realClock } from '@antiphon/testing';
import type { Tool } from '@antiphon/tools';
import { onTestFinished } from 'vitest';
import { type RecordingLogger, recordingLogger } from './recording-logger.ts';

/** What a conversation with a fake Gemini is made of. */
export interface GeminiCallOptions {
  readonly server?: FakeGeminiServerOptions;
  /** Members of the provider, as a YAML flow mapping. */
  readonly provider?: string;
  /** Members of the agent. */
  readonly agent?: string;
  /** Further agents, as lines of YAML. */
  readonly moreAgents?: string;
  readonly instructions?: string;
  readonly tools?: readonly Tool[];
  readonly source?: AudioSource;
  readonly history?: StartSessionOptions['history'];
}

/** A conversation over real sockets. */
export class GeminiCall {
  readonly notices: SessionNotice[] = [];
  readonly session: Session;
  readonly sink: RecordingSink;
  readonly logger: RecordingLogger;
  readonly #listeners = new Set<() => void>();

  constructor(session: Session, sink: RecordingSink, logger: RecordingLogger) {
    this.session = session;
    this.sink = sink;
    this.logger = logger;
    session.observeAll((notice) => {
      this.notices.push(notice);
      for (const listener of this.#listeners) listener();
    });
  }

  of<Type extends SessionNotice['type']>(type: Type): readonly Extract<SessionNotice, { type: Type }>[] {
    return this.notices.flatMap((notice) =>
      notice.type === type ? [notice as Extract<SessionNotice, { type: Type }>] : [],
    );
  }

  /** Settles when `condition` holds after a notice; rejects, telling what there was, when it does not within 10 s. */
  until(what: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
      };
      const check = (): void => {
        if (!condition()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        const told = this.notices.map((notice) => JSON.stringify(notice).slice(0, 200)).join('\n');
        reject(new Error(`never: ${what}\n${told}`));
      }, 10_000);
      this.#listeners.add(check);
      check();
    });
  }

  settled(): Promise<void> {
    return this.until('settled', () => this.notices.at(-1)?.type === 'settled' || this.session.settled);
  }

  /** The sound of an item as bytes of the wire. */
  bytesOf(itemId: string): Uint8Array {
    const samples = this.sink.samplesOf(itemId);
    return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  }

  /** What was said, in words, in order. */
  get words(): readonly string[] {
    return this.session.history.flatMap((item) => {
      switch (item.kind) {
        case 'message':
          return [`${item.role}: ${item.text ?? ''}`];
        case 'function_call':
          return [`${item.name}(${item.argumentsJson})`];
        case 'function_call_output':
          return [`-> ${item.output}`];
      }
    });
  }
}

/** A server that waits, and what starts a conversation with it. */
export async function geminiCall(options: GeminiCallOptions = {}): Promise<{
  readonly server: FakeGeminiServer;
  readonly start: () => Promise<GeminiCall>;
}> {
  const server = await FakeGeminiServer.start(options.server);
  const logger = recordingLogger();
  const { provider = 'api_key: secret-key', agent = '', moreAgents = '', instructions = 'Help.' } = options;
  const antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: `version: 1
default_agent: a
providers: { google: { type: gemini, base_url: "${server.url}", ${provider} } }
agents:
  a: { provider: google, instructions: ${JSON.stringify(instructions)}, ${agent} }
${moreAgents}
`,
    },
    ...(options.tools && { plugins: options.tools }),
    env: {},
    clock: realClock,
    logger,
  });
  onTestFinished(async () => {
    await antiphon.close();
    await server.close();
  });
  return {
    server,
    start: async () => {
      const sink = new RecordingSink({ sampleRateHz: 24_000 });
      const session = await antiphon.startSession({
        sink,
        ...(options.source && { source: options.source }),
        ...(options.history && { history: options.history }),
      });
      return new GeminiCall(session, sink, logger);
    },
  };
}
