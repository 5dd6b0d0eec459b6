import type { Clock } from '@antiphon/core';
import type { FakePeer } from '../fake-peer.ts';
import { realClock } from '../real-clock.ts';
import {
  AnswerBook,
  type ModelAnswer,
  type ModelAnswerSource,
  type ModelCall,
  type ModelCondition,
  type ModelTiming,
} from './answers.ts';
import { ModelConversation, type ModelPeer, type ModelShared } from './model-conversation.ts';
import type { ModelManners } from './response-run.ts';

/** How a {@link RealtimeServerModel} behaves; manners that are left out are those of a quick model. */
export interface RealtimeServerModelOptions extends Partial<ModelManners> {
  /** The machine's time unless told. */
  readonly clock?: Clock;
  /** What the user said, turn by spoken turn; it recognises no speech but the last one, when it is sent anew. */
  readonly hears?: readonly string[];
  /** Sound louder than this is speech; 400 of 32,767 unless told. */
  readonly speechRms?: number;
  /** After so long a session is over, as after the 60 minutes of the hosted service. */
  readonly expiresAfterMs?: number;
  /** How long after a spoken turn its transcript comes; 20 unless told. */
  readonly transcriptionMs?: number;
  /** Sound is not kept in what conversations received and sent: for long runs. */
  readonly forgetsAudio?: boolean;
  /** When a call that it made itself is over and nothing was said since, it answers without being asked. */
  readonly answersHosted?: boolean;
  /** The labels of servers whose tools it cannot list. */
  readonly unlisted?: readonly string[];
  /** Updates of the session are never answered. */
  readonly neverAgrees?: boolean;
  /** The first so many requests for a response are forgotten without a word. */
  readonly dropsCreates?: number;
}

/** Says what the model does when a condition holds. Each method returns the model, so that rules can follow. */
export interface ModelRule {
  /** Speaks; in text when that is what was asked for. */
  says(text: string, timing?: ModelTiming): RealtimeServerModel;
  /** Calls functions, all in one response. */
  calls(...calls: readonly ModelCall[]): RealtimeServerModel;
  /** The response fails. */
  fails(code: string, message?: string): RealtimeServerModel;
  /** Any answer, or a function that finds one. */
  answers(answer: ModelAnswerSource): RealtimeServerModel;
}

const quick: ModelManners = { thinkMs: 20, pace: 4, deltaMs: 100, msPerWord: 300, cancelLagMs: 30 };

/**
 * A model behind a Realtime server: it holds the conversation as the hosted service does, refuses what that refuses, and
 * answers by a script.
 *
 * ```ts
 * const model = new RealtimeServerModel()
 *   .when({ said: 'weather' }).calls({ name: 'get_weather', arguments: { city: 'Oslo' } })
 *   .when({ output: 'get_weather' }).says('It is nine degrees.');
 * server.onConnection(model.script);
 * ```
 */
export class RealtimeServerModel {
  readonly #answers = new AnswerBook();
  readonly #conversations: ModelConversation[] = [];
  readonly #shared: ModelShared;

  constructor(options: RealtimeServerModelOptions = {}) {
    const { clock = realClock, hears = [], speechRms = 400, expiresAfterMs, dropsCreates = 0 } = options;
    const counts = new Map<string, number>();
    const turns: string[] = [];
    let [spoken, creates] = [0, 0];
    let last: { readonly sketch: string; readonly heardBy: object; readonly text: string } | undefined;
    this.#shared = {
      clock,
      manners: { ...quick, ...definedOf(options) },
      answers: this.#answers,
      speechRms,
      expiresAfterMs,
      forgetsAudio: options.forgetsAudio === true,
      transcriptionMs: options.transcriptionMs ?? 20,
      agrees: options.neverAgrees !== true,
      answersHosted: options.answersHosted === true,
      unlisted: options.unlisted ?? [],
      nextId(prefix) {
        const count = (counts.get(prefix) ?? 0) + 1;
        counts.set(prefix, count);
        return `${prefix}_model_${count}`;
      },
      textOf(sketch, heardBy) {
        // Another connection is given the turn again that nobody answered on the one before.
        if (last?.sketch !== sketch || last.heardBy === heardBy) {
          last = { sketch, heardBy, text: hears[spoken++] ?? `Spoken turn ${spoken}.` };
        }
        return last.text;
      },
      dropsCreate: () => creates++ < dropsCreates,
      turnOf(itemId) {
        if (!turns.includes(itemId)) {
          turns.push(itemId);
        }
        return turns.indexOf(itemId) + 1;
      },
    };
  }

  /** Every conversation so far, one for each connection. */
  get conversations(): readonly ModelConversation[] {
    return this.#conversations;
  }

  /** The newest conversation. Throws when there is none. */
  get conversation(): ModelConversation {
    const conversation = this.#conversations.at(-1);
    if (conversation === undefined) {
      throw new Error('realtime model: nobody has connected');
    }
    return conversation;
  }

  /** Adds a rule; of several that fit the first decides, as often as it may. */
  when(condition: ModelCondition, times?: number): ModelRule {
    const answers = (answer: ModelAnswerSource): RealtimeServerModel => {
      this.#answers.add(condition, answer, times);
      return this;
    };
    return {
      answers,
      says: (says, timing) => answers({ says, ...timing } satisfies ModelAnswer),
      calls: (...calls) => answers({ calls }),
      fails: (code, message) => answers({ fails: { code, ...(message !== undefined && { message }) } }),
    };
  }

  /** What is done when no other rule fits. Comes last. */
  otherwise(): ModelRule {
    return this.when({});
  }

  /** Begins a conversation with a client; what it sends goes to `receive` of the conversation. */
  converse(peer: ModelPeer): ModelConversation {
    const conversation = new ModelConversation(this.#shared, peer);
    this.#conversations.push(conversation);
    return conversation;
  }

  /** Holds a conversation with every client: a script for a fake server. */
  get script(): (peer: FakePeer) => Promise<void> {
    return async (peer) => {
      const conversation = this.converse(peer);
      peer.onEvent((event) => conversation.receive(event));
      await peer.closed;
      conversation.end();
    };
  }
}

function definedOf(options: RealtimeServerModelOptions): Partial<ModelManners> {
  const { thinkMs, pace, deltaMs, msPerWord, cancelLagMs } = options;
  const entries = Object.entries({ thinkMs, pace, deltaMs, msPerWord, cancelLagMs });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
