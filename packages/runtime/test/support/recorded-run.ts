import type { AudioSource, JsonObject, PriorItem, SessionNotice } from '@antiphon/core';
import { createAntiphon, type Session } from '@antiphon/runtime';
import {
  FakeRealtimeServer,
  type Playback,
  type PlaybackAnswers,
  type RecordedAction,
  type RecordedSession,
  type Recording,
  RecordingSink,
  recordedAgent,
  recordedProvider,
  recordedSession,
} from '@antiphon/testing';
import { definePlugin, defineTool, type Plugin, type Tool } from '@antiphon/tools';
import { type RecordingLogger, recordingLogger } from './recording-logger.ts';

/** What came of holding a recorded conversation again. */
export interface RecordedRun {
  readonly recorded: RecordedSession;
  readonly playback: Playback;
  readonly session: Session;
  readonly sink: RecordingSink;
  readonly notices: readonly SessionNotice[];
  readonly logger: RecordingLogger;
}

/** Holds a recorded conversation again, with the whole runtime, against a server that plays the recording. */
export async function runRecorded(
  recording: Recording,
  answers: PlaybackAnswers = 'own_values',
): Promise<RecordedRun> {
  const recorded = recordedSession(recording);
  const server = await FakeRealtimeServer.start({ timeoutMs: 5_000 });
  const logger = recordingLogger();
  const notices: SessionNotice[] = [];
  const antiphon = await createAntiphon({
    config: { file: `${recording.name}.yaml`, text: JSON.stringify(agentFile(recorded, server)) },
    plugins: [...toolsOf(recorded), listener(notices)],
    env: {},
    logger,
  });
  const sink = new RecordingSink({ sampleRateHz: 24_000 });
  const microphone = new Microphone();
  const playing = server.playRecording(recording, { answers });
  // Told below, where the session is over.
  playing.catch(() => {});
  try {
    const session = await Promise.race([
      antiphon.startSession(
        recorded.opening === 'joined'
          ? { callId: 'rtc_recorded' }
          : { source: microphone, sink, history: recorded.seeds.map(priorItem) },
      ),
      playing.then(() => Promise.reject(new Error('the recording was over before the session began'))),
    ]);
    const user = new RecordedUser(session, microphone);
    const acting = recorded.actions.reduce(
      (before, action) => before.then(() => user.act(action)),
      Promise.resolve(),
    );
    const playback = await playing;
    await acting;
    await user.quiet();
    microphone.off();
    await session.close({ mode: 'drain' });
    return { recorded, playback, session, sink, notices, logger };
  } finally {
    microphone.close();
    await antiphon.close();
    await server.close();
  }
}

/** The provider entry for the service of a recording, at a server of ours. */
function agentFile(recorded: RecordedSession, server: FakeRealtimeServer): JsonObject {
  return {
    version: 1,
    providers: { mine: recordedProvider(recorded, server.origin) },
    agents: { a: { ...recordedAgent(recorded, 'mine'), fallback: null } },
  };
}

/** Tools that return what the recorded client gave. */
function toolsOf({ tools, outputs }: RecordedSession): readonly Tool[] {
  return tools.map(({ name, description, parameters }) =>
    defineTool({
      name,
      description: description || name,
      input: parameters,
      execute: (_input, { call }) => valueOf(outputs.get(call.id) ?? ''),
    }),
  );
}

/** Observers of a plugin are told from the first moment: a call that is joined does not wait for anybody. */
function listener(notices: SessionNotice[]): Plugin {
  return definePlugin({
    name: 'listener',
    setup(context) {
      for (const type of ['transcript', 'response_done', 'tool_settled'] as const) {
        context.observe(type, (notice) => notices.push(notice as SessionNotice));
      }
    },
  }) as Plugin;
}

/** What a tool returned to give this output. */
function valueOf(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return output;
  }
}

function priorItem(item: JsonObject): PriorItem {
  const {
    type,
    role,
    call_id: callId,
    name,
    arguments: argumentsJson,
    output,
  } = item as Record<string, string>;
  if (type === 'function_call_output') return { kind: type, callId: callId ?? '', output: output ?? '' };
  if (type === 'function_call') {
    return { kind: type, callId: callId ?? '', name: name ?? '', argumentsJson: argumentsJson ?? '' };
  }
  const content = item['content'] as unknown as readonly {
    readonly text?: string;
    readonly transcript?: string;
  }[];
  const said = content.map(({ text, transcript }) => text ?? transcript ?? '').join('');
  return {
    kind: 'message',
    role: role === 'assistant' ? 'agent' : role === 'system' ? 'system' : 'user',
    text: said,
  };
}

/** A microphone that hears a hum while it is on. */
class Microphone implements AudioSource {
  readonly kind = 'live';
  readonly sampleRateHz = 24_000;
  #state: 'off' | 'on' | 'closed' = 'off';
  #wake: () => void = () => {};

  on(): void {
    this.#state = 'on';
    this.#wake();
  }

  off(): void {
    if (this.#state === 'on') this.#state = 'off';
  }

  close(): void {
    this.#state = 'closed';
    this.#wake();
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Int16Array> {
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    while (this.#state !== 'closed' && !signal.aborted) {
      if (this.#state === 'on') {
        yield new Int16Array(480).fill(900);
        await new Promise((resolve) => setTimeout(resolve, 2));
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** Does what the recorded user did, when it did. */
class RecordedUser {
  readonly #session: Session;
  readonly #microphone: Microphone;
  #responses = 0;
  #output: 'none' | 'under_way' = 'none';
  #waiting: (() => void)[] = [];

  constructor(session: Session, microphone: Microphone) {
    this.#session = session;
    this.#microphone = microphone;
    session.observeAll((notice) => {
      if (notice.type === 'response_output') this.#output = 'under_way';
      if (notice.type === 'response_done') {
        this.#responses += 1;
        this.#output = 'none';
      }
      const waiting = this.#waiting;
      this.#waiting = [];
      // The step whose notice this is has to end first.
      queueMicrotask(() => {
        for (const wake of waiting) wake();
      });
    });
  }

  async act(action: RecordedAction): Promise<void> {
    const { afterResponses, moment } = action;
    await this.#until(
      () =>
        this.#responses > afterResponses ||
        (this.#responses === afterResponses &&
          (moment === 'quiet' ? this.#session.settled : this.#output === 'under_way')),
    );
    switch (action.kind) {
      case 'text':
        return this.#session.sendText(action.text);
      case 'cancel':
        return this.#session.interrupt();
      case 'reconnect':
        return this.#session.reseat();
      case 'audio':
        this.#microphone.on();
        if (action.ends === 'client') {
          await new Promise((resolve) => setTimeout(resolve, 60));
          this.#microphone.off();
          this.#session.commit();
        }
    }
  }

  /** Settles when nothing is owed. */
  quiet(): Promise<void> {
    return this.#until(() => this.#session.settled);
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
