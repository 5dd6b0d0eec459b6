import type { Provider, SessionNotice } from '@antiphon/core';
import { type Antiphon, createAntiphon, type Session, type StartSessionOptions } from '@antiphon/runtime';
import {
  FakeRealtimeServer,
  type PeerScript,
  RealtimeServerModel,
  type RealtimeServerModelOptions,
  ScriptedCaller,
  SequentialIds,
  VirtualClock,
} from '@antiphon/testing';
import type { Tool } from '@antiphon/tools';
import { onTestFinished } from 'vitest';
import { type RecordingLogger, recordingLogger } from './recording-logger.ts';

/** What a call is made of. */
export interface LiveCallOptions {
  /** The model's manners; its clock is the call's. */
  readonly model?: Omit<RealtimeServerModelOptions, 'clock'>;
  /** The model's script. */
  readonly answers?: (model: RealtimeServerModel) => unknown;
  /** What the server does instead of being a model. */
  readonly server?: PeerScript;
  /** Lines of the agent beside provider and instructions, as members of a YAML flow mapping. */
  readonly agent?: string;
  /** Further members of the provider. */
  readonly provider?: string;
  /** Further providers, as members of a YAML flow mapping. */
  readonly moreProviders?: string;
  /** Providers of the application, by name. */
  readonly given?: (server: FakeRealtimeServer) => Readonly<Record<string, Provider>>;
  readonly tools?: readonly Tool[];
  /** Length of the caller's frames. */
  readonly frameMs?: number;
  /** What the caller does; without it the user types. */
  readonly caller?: (caller: ScriptedCaller) => unknown;
  readonly session?: Partial<StartSessionOptions>;
}

const stepMs = 10;

/** A session with a fake server over real sockets; all of them keep to one clock, which passes when told to. */
export class LiveCall {
  readonly server: FakeRealtimeServer;
  readonly model: RealtimeServerModel;
  readonly clock: VirtualClock;
  readonly antiphon: Antiphon;
  readonly caller: ScriptedCaller;
  readonly logger: RecordingLogger;
  readonly notices: { readonly atMs: number; readonly notice: SessionNotice }[] = [];
  #session: Session | undefined;

  constructor(parts: {
    readonly server: FakeRealtimeServer;
    readonly model: RealtimeServerModel;
    readonly clock: VirtualClock;
    readonly antiphon: Antiphon;
    readonly caller: ScriptedCaller;
    readonly logger: RecordingLogger;
  }) {
    this.server = parts.server;
    this.model = parts.model;
    this.clock = parts.clock;
    this.antiphon = parts.antiphon;
    this.caller = parts.caller;
    this.logger = parts.logger;
  }

  get session(): Session {
    if (this.#session === undefined) {
      throw new Error('the session was not started');
    }
    return this.#session;
  }

  async start(options: StartSessionOptions): Promise<Session> {
    const session = await this.outcomeOf(this.antiphon.startSession(options));
    session.observeAll((notice) => this.notices.push({ atMs: this.clock.nowMs(), notice }));
    this.#session = session;
    return session;
  }

  /** Lets time pass, and sockets keep up with it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      await this.#settle();
      this.clock.advance(Math.min(stepMs, left));
    }
    await this.#settle();
  }

  /** Lets time pass until `condition` holds. Throws when it never does. */
  async until(what: string, condition: () => boolean, maxMs = 20_000): Promise<void> {
    const endMs = this.clock.nowMs() + maxMs;
    await this.#settle();
    while (!condition()) {
      if (this.clock.nowMs() >= endMs) {
        throw new Error(`not within ${maxMs} ms: ${what}\n${this.story()}`);
      }
      await this.pass(stepMs);
    }
  }

  /** Lets time pass, not faster than ten times as fast as it does, until a promise has settled. */
  async outcomeOf<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.pass(0);
    while (!isSettled) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await this.pass(stepMs);
    }
    return promise;
  }

  /** Waits for what takes real time, such as a voice that is computed. The call's own time stands still. */
  async untilReally(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Lets time pass until nothing is owed any more. */
  settled(maxMs?: number): Promise<void> {
    return this.until('settled', () => this.session.settled, maxMs);
  }

  /** Types a turn and waits until it is answered in full. */
  async turn(text: string): Promise<void> {
    this.session.sendText(text);
    await this.pass(stepMs);
    await this.settled();
  }

  noticesOf<Type extends SessionNotice['type']>(
    type: Type,
  ): readonly (Extract<SessionNotice, { type: Type }> & { readonly atMs: number })[] {
    return this.notices.flatMap(({ atMs, notice }) =>
      notice.type === type ? [{ ...(notice as Extract<SessionNotice, { type: Type }>), atMs }] : [],
    );
  }

  /** What the agent said, whole items. */
  get agentTexts(): readonly string[] {
    return this.noticesOf('transcript').flatMap(({ role, final, text }) =>
      role === 'agent' && final ? [text] : [],
    );
  }

  /** Everything that was refused, by the server's parser or by the model, as codes. */
  get refusals(): readonly unknown[] {
    const byParser = this.server.peers.flatMap(({ refused }) =>
      refused.map(({ code, message }) => code ?? message),
    );
    const byModel = this.model.conversations.flatMap((conversation) =>
      conversation.sentOf('error').map(({ error }) => (error as { code: unknown }).code),
    );
    return [...byParser, ...byModel];
  }

  /** Both sides of all connections, for a failure. */
  story(): string {
    const lines = this.model.conversations.flatMap((conversation, index) =>
      [
        ...conversation.received.map(({ atMs, event }) => ({ atMs, line: `C ${event.type}` })),
        ...conversation.sent.map(({ atMs, event }) => ({
          atMs,
          line: `S ${String(event['type'] as string)}`,
        })),
      ]
        .filter(({ line }) => !/append|delta|part|rate/.test(line))
        .toSorted((one, other) => one.atMs - other.atMs)
        .map(({ atMs, line }) => `#${index} ${atMs} ${line}`),
    );
    const told = this.notices.map(
      ({ atMs, notice }) => `   ${atMs} notice ${JSON.stringify(notice).slice(0, 160)}`,
    );
    return [...lines, ...told].join('\n');
  }

  async #settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A call that has been answered. */
export async function liveCall(options: LiveCallOptions = {}): Promise<LiveCall> {
  const call = await prepareCall(options);
  const { caller } = call;
  const { session = {} } = options;
  const ends = { sink: caller.sink, ...(options.caller && { source: caller.source }) };
  await call.start({ ...ends, ...session });
  return call;
}

/** A call that is not started. */
export async function prepareCall(options: LiveCallOptions = {}): Promise<LiveCall> {
  const clock = new VirtualClock();
  const logger = recordingLogger();
  const server = await FakeRealtimeServer.start();
  const model = new RealtimeServerModel({ clock, ...options.model });
  options.answers?.(model);
  model
    .when({ instructions: /^Say exactly/ })
    .answers(({ instructions }) => ({ says: quoted(instructions) }));
  server.onConnection(options.server ?? model.script);
  const { frameMs = 20 } = options;
  const caller = new ScriptedCaller({ clock, frameMs });
  options.caller?.(caller);
  const { agent = '', provider = '', moreProviders = '', tools = [] } = options;
  const antiphon = await createAntiphon({
    config: {
      file: 'agents.yaml',
      text: agentFile(server.origin, [tools.length > 0 ? 'tools: ["*"]' : '', agent], {
        provider,
        moreProviders,
      }),
    },
    plugins: tools,
    ...(options.given && { providers: options.given(server) }),
    env: {},
    clock,
    logger,
    ids: new SequentialIds(),
  });
  onTestFinished(async () => {
    const call = new LiveCall({ server, model, clock, antiphon, caller, logger });
    await call.outcomeOf(antiphon.close());
    await server.close();
  });
  return new LiveCall({ server, model, clock, antiphon, caller, logger });
}

function agentFile(
  origin: string,
  members: readonly string[],
  { provider, moreProviders }: { readonly provider: string; readonly moreProviders: string },
): string {
  const agent = ['provider: fake', 'instructions: Help.', ...members].filter((line) => line !== '');
  const fake = ['type: openai', 'model: m', `base_url: "${origin}/v1"`, 'api_key: none', provider];
  return `version: 1
default_agent: a
providers: { fake: { ${fake.filter((line) => line !== '').join(', ')} }, ${moreProviders} }
agents: { a: { ${agent.join(', ')} } }
`;
}

function quoted(instructions: string): string {
  const text: unknown = JSON.parse(/".*"$/s.exec(instructions)?.[0] ?? '""');
  return String(text);
}
