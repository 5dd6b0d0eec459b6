import { createGeminiDialect, type GeminiClientMessage, type Provider } from '@antiphon/core';
import { readGeminiFrame, VirtualClock } from '@antiphon/testing';
import { geminiInputConverter } from '../../src/providers/gemini-audio.ts';

/** What a {@link GeminiModel} says next: words, or calls of tools. */
export type GeminiTurn = { readonly says: string } | { readonly calls: readonly string[] };

const stepMs = 40;
const wordMs = 160;
const silenceMs = 400;
const loud = 600;

/**
 * A model of Gemini Live on the clock of a test, without sockets: it hears when somebody speaks, answers what it is asked
 * and what its tools gave, one word every 40 ms, and is cut by whoever speaks or types.
 */
export class GeminiModel implements Provider {
  readonly name = 'fake';
  /** What no server would have taken. */
  readonly refused: string[] = [];
  /** What it was given, by kind. */
  readonly received: string[] = [];
  readonly #turns: GeminiTurn[];
  readonly #heard: string[];
  /** The clock of the call, once there is one. */
  clock: VirtualClock | undefined;
  #ids = 0;

  constructor(turns: readonly GeminiTurn[], heard: readonly string[] = []) {
    this.#turns = [...turns];
    this.#heard = [...heard];
  }

  connect: Provider['connect'] = (_request, handlers) => {
    const dialect = createGeminiDialect({
      model: 'gemini-2.5-flash-live',
      ids: { nextId: (prefix) => `${prefix}_${(this.#ids += 1)}` },
      inputConverter: geminiInputConverter,
    });
    const tell = (step: ReturnType<typeof dialect.open>): void => {
      for (const frame of step.frames ?? []) take(frame);
      const { messages = [] } = step;
      queueMicrotask(() => messages.forEach((message) => handlers.onMessage(message)));
    };
    const session = new ModelSession(this.clock ?? new VirtualClock(), this.#turns, this.#heard, (message) =>
      tell(dialect.receive(JSON.stringify(message))),
    );
    const take = (frame: string): void => {
      const read = readGeminiFrame(frame);
      if (!read.ok) {
        this.refused.push(read.reason);
        return;
      }
      const [kind = ''] = Object.keys(read.message);
      if (kind !== 'realtimeInput') this.received.push(kind);
      session.take(read.message);
    };
    queueMicrotask(() => {
      tell(dialect.open());
      handlers.onOpen();
    });
    return {
      bufferedBytes: 0,
      send: (event) => tell(dialect.send(event)),
      sendAudio: (audio) => tell(dialect.sendAudio(audio)),
      close: (code, reason) => {
        session.end();
        queueMicrotask(() => handlers.onClose({ code, reason }));
      },
    };
  };

  close = async (): Promise<void> => {};
}

class ModelSession {
  readonly #clock: VirtualClock;
  readonly #turns: GeminiTurn[];
  readonly #heard: string[];
  readonly #send: (message: object) => void;
  readonly #waiting = new Set<string>();
  #cancel: (() => void) | undefined;
  #quietMs = Number.POSITIVE_INFINITY;
  #calls = 0;
  /** Whether the client tells when somebody speaks. */
  #ear: 'listening' | 'told' = 'listening';

  constructor(clock: VirtualClock, turns: GeminiTurn[], heard: string[], send: (message: object) => void) {
    this.#clock = clock;
    this.#turns = turns;
    this.#heard = heard;
    this.#send = send;
  }

  take(message: GeminiClientMessage): void {
    if ('setup' in message) {
      const isManual = message.setup.realtimeInputConfig?.automaticActivityDetection?.disabled === true;
      this.#ear = isManual ? 'told' : 'listening';
      return this.#later(() => this.#send({ setupComplete: {} }));
    }
    if ('clientContent' in message) {
      this.#interrupt();
      if (message.clientContent.turnComplete) this.#answer();
      return;
    }
    if ('toolResponse' in message) {
      for (const { id = '' } of message.toolResponse.functionResponses) this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#answer();
      return;
    }
    const input = message.realtimeInput;
    if ('activityStart' in input) return this.#interrupt();
    if ('activityEnd' in input) return this.#hearTurn();
    if ('audio' in input && this.#ear === 'listening') this.#hear(Buffer.from(input.audio.data, 'base64'));
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Speech, by its level. */
  #hear(pcm: Buffer): void {
    const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.byteLength >> 1);
    const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    const ms = samples.length / 16;
    if (level > loud) {
      if (this.#quietMs >= silenceMs) this.#interrupt();
      this.#quietMs = 0;
      return;
    }
    const before = this.#quietMs;
    this.#quietMs += ms;
    if (before < silenceMs && this.#quietMs >= silenceMs) this.#hearTurn();
  }

  #hearTurn(): void {
    const text = this.#heard.shift();
    if (text !== undefined) this.#send({ serverContent: { inputTranscription: { text } } });
    this.#answer();
  }

  #interrupt(): void {
    if (this.#waiting.size > 0) this.#send({ toolCallCancellation: { ids: [...this.#waiting] } });
    const isBusy = this.#cancel !== undefined || this.#waiting.size > 0;
    this.#waiting.clear();
    this.end();
    if (!isBusy) return;
    this.#send({ serverContent: { interrupted: true } });
    this.#send({ serverContent: { turnComplete: true } });
  }

  #answer(): void {
    this.end();
    const turn = this.#turns.shift() ?? { says: 'Well.' };
    if ('says' in turn)
      return this.#say(turn.says.split(' '), turn.says.split(' ').length * (wordMs - stepMs));
    this.#later(() => {
      const functionCalls = turn.calls.map((name) => ({
        id: `function-call-${(this.#calls += 1)}`,
        name,
        args: {},
      }));
      for (const { id } of functionCalls) this.#waiting.add(id);
      this.#send({ toolCall: { functionCalls } });
    });
  }

  /** The turn is over when all of it must have been heard. */
  #say([word, ...rest]: readonly string[], restMs: number): void {
    this.#later(() => {
      if (word === undefined) {
        this.#send({ serverContent: { generationComplete: true } });
        return this.#later(
          () => this.#send({ serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount: 1 } }),
          restMs,
        );
      }
      const data = Buffer.from(new Int16Array(wordMs * 24).fill(500).buffer).toString('base64');
      const parts = [{ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }];
      this.#send({
        serverContent: { outputTranscription: { text: `${word}${rest.length > 0 ? ' ' : ''}` } },
      });
      this.#send({ serverContent: { modelTurn: { parts } } });
      this.#say(rest, restMs);
    });
  }

  #later(action: () => void, ms = stepMs): void {
    this.#cancel = this.#clock.setTimer(ms, () => {
      this.#cancel = undefined;
      action();
    });
  }
}
