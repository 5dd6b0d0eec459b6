import { setImmediate as nextTask } from 'node:timers/promises';
import type { ConversationRecorder } from '@antiphon/audio/node';
import type { Clock, JsonObject, SessionNotice } from '@antiphon/core';
import type { Session } from '@antiphon/runtime';
import type { AnswerFiles } from './answer-files.ts';
import type { LoadedTurn } from './load-turns.ts';
import { awaitCommit, HeardSpeech } from './turn-end.ts';
import type { TurnEnds } from './turn-ends.ts';
import { TurnLog, type TurnRecord } from './turn-log.ts';
import type { TurnSource } from './turn-source.ts';
import { UsageLog } from './usage-log.ts';

/** Texts of what the user said may come after the answer: they are waited for this long. */
const lateTextMs = 2_000;

/** What a conversation is held with. */
export interface ConversationTools {
  readonly session: Session;
  readonly source: TurnSource;
  readonly files: AnswerFiles;
  readonly recording: ConversationRecorder;
  readonly clock: Clock;
  readonly turnEnds: TurnEnds;
  readonly signal: AbortSignal;
}

/** What the watchers of a conversation are told. */
export interface ConversationView {
  turnStarted(input: string): void;
  turnDone(record: TurnRecord): void;
}

/** Holds a conversation, turn by turn: the next turn starts when the answer to the last is complete. */
export class Conversation {
  readonly #tools: ConversationTools;
  readonly #view: ConversationView;
  /** Of the turns that are over: words of the user may still come. */
  readonly #past: TurnLog[] = [];
  readonly #usage = new UsageLog();
  /** What tools noted for those who run the service. */
  readonly notes: string[] = [];
  #log: TurnLog | undefined;

  constructor(tools: ConversationTools, view: ConversationView) {
    this.#tools = tools;
    this.#view = view;
    tools.session.observeAll((notice, atMs) => this.#observe(notice, atMs));
  }

  /** The turns that are over, and the one that is not, where the session ended in the middle of it. */
  get turns(): readonly TurnRecord[] {
    return [...this.#past, ...(this.#log === undefined ? [] : [this.#log])].map((log) => log.record());
  }

  get usage(): JsonObject {
    return this.#usage.summary(this.#tools.session.usage);
  }

  /** Settles when every answer is complete, the session is closed or `signal` is aborted. */
  async hold(turns: readonly LoadedTurn[]): Promise<void> {
    await this.#settled();
    for (const turn of turns) {
      if (this.#tools.signal.aborted) return;
      await this.#take(turn);
    }
  }

  async #take(turn: LoadedTurn): Promise<void> {
    const log = new TurnLog(turn.input, (itemId) => this.#tools.files.of(itemId));
    this.#log = log;
    this.#view.turnStarted(turn.input);
    if (turn.kind === 'text') this.#type(turn.text, log);
    else await this.#speak(turn, log);
    await this.#settled();
    await this.#lateTexts(log);
    if (this.#tools.signal.aborted) return;
    this.#tools.recording.align();
    this.#log = undefined;
    this.#past.push(log);
    this.#view.turnDone(log.record());
  }

  #type(text: string, log: TurnLog): void {
    log.endOfInput(this.#tools.clock.nowMs());
    this.#tools.session.sendText(text);
  }

  async #speak(turn: Extract<LoadedTurn, { kind: 'audio' }>, log: TurnLog): Promise<void> {
    const { session, source, clock, signal, turnEnds } = this.#tools;
    const heard = new HeardSpeech(session);
    const startMs = source.positionMs;
    const speechEnd = turn.speechEnd ?? turn.samples.length;
    source.startClock();
    if (turnEnds === 'by_button') session.startTurn();
    await source.speak(turn.samples.subarray(0, speechEnd), signal);
    log.endOfInput(clock.nowMs());
    await source.speak(turn.samples.subarray(speechEnd), signal);
    if (turnEnds !== 'by_detection') {
      // The last frame is on its way through the session when it was taken.
      await nextTask();
      session.commit();
    } else {
      const speechEndMs =
        turn.speechEnd === undefined ? undefined : startMs + (speechEnd * 1000) / source.sampleRateHz;
      const end = await awaitCommit({ source, heard, speechEndMs, nowMs: () => clock.nowMs(), signal });
      if (end === 'endless') session.commit();
    }
    heard.dispose();
  }

  /** Settles when nothing is owed, nor to come from the background, when the user is asked something, or when there is nothing more to wait for. */
  #settled(): Promise<void> {
    const { session, signal } = this.#tools;
    return new Promise((resolve) => {
      const done = (): void => {
        stopped();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const isComplete = () => session.settled && session.backgroundCalls === 0;
      const stopped = session.observeAll((notice) => {
        const { type } = notice;
        const isOver = (type === 'settled' || type === 'tool_settled') && isComplete();
        if (isOver || isQuestion(notice)) done();
      });
      signal.addEventListener('abort', done, { once: true });
      if (isComplete() || signal.aborted) done();
    });
  }

  async #lateTexts(log: TurnLog): Promise<void> {
    const { session, clock, signal } = this.#tools;
    if (!log.awaitsText || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stopObserving();
        cancelTimer();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const stopObserving = session.observeAll(() => {
        if (!log.awaitsText) done();
      });
      const cancelTimer = clock.setTimer(lateTextMs, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #observe(notice: SessionNotice, atMs: number): void {
    const log = this.#past.find((past) => past.isAbout(notice)) ?? this.#log;
    log?.take(notice, atMs);
    this.#usage.take(notice);
    if (notice.type === 'note') this.notes.push(notice.text);
  }
}

/** Whether the agent waits for the user's yes: that is the next turn. */
function isQuestion(notice: SessionNotice): boolean {
  return notice.type === 'approval_requested' && notice.by === 'spoken';
}
