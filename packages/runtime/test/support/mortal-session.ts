import { fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Effect, HistoryItem, SessionEvent, SessionLogRecord } from '@antiphon/core';
import {
  FakeRealtimeServer,
  type ModelAnswer,
  type ModelContext,
  RealtimeServerModel,
} from '@antiphon/testing';

const program = fileURLToPath(new URL('./session-process.mjs', import.meta.url));

/** When a process of the session dies: some time after it is ready, as the server is told something, or as it writes. */
export type Death =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'server'; readonly events: number }
  | {
      readonly kind: 'journal';
      /** Which record it is, of all, or of those with which something leaves the process. */
      readonly record: number;
      readonly of: 'any' | 'telling';
      readonly moment: 'before' | 'after';
    };

/** What a process told its parent. */
export type Told =
  | { readonly type: 'ready'; readonly afterMs: number }
  | { readonly type: 'typed'; readonly text: string }
  | { readonly type: 'history'; readonly items: readonly HistoryItem[] }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** One line of what tools did. */
export interface LedgerEntry {
  readonly tool: string;
  readonly callId: string;
  readonly id: string;
}

/** A step of the log. */
export interface LoggedStep {
  readonly seq: number;
  readonly event: SessionEvent;
  readonly effects: readonly Effect[];
}

/** A session whose processes are killed one after the other, and all that outlives them. */
export class MortalSession {
  readonly model = new RealtimeServerModel({ thinkMs: 10, pace: 10, msPerWord: 50, deltaMs: 50 });
  /** Everything that processes told, in order. */
  readonly told: Told[] = [];
  /** What was in the log as a process died. */
  readonly logsAtDeath: string[] = [];
  readonly #server: FakeRealtimeServer;
  readonly #folder: string;
  #onServerEvent: () => void = () => {};

  private constructor(server: FakeRealtimeServer, folder: string) {
    this.#server = server;
    this.#folder = folder;
    this.model.otherwise().answers(answerOf);
    server.onConnection(async (peer) => {
      const conversation = this.model.converse(peer);
      peer.onEvent((event) => {
        this.#onServerEvent();
        conversation.receive(event);
      });
      await peer.closed;
      conversation.end();
    });
  }

  static async open(folder: string): Promise<MortalSession> {
    return new MortalSession(await FakeRealtimeServer.start(), folder);
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** Everything that no server should have had to refuse. */
  get refusals(): readonly unknown[] {
    return [
      ...this.#server.peers.flatMap(({ refused }) => refused),
      ...this.model.conversations.flatMap((conversation) => conversation.sentOf('error')),
    ];
  }

  /** The log as it is on the disk. */
  get log(): string {
    return this.sessionId === undefined ? '' : readFileSync(this.logPath, 'utf8');
  }

  get logPath(): string {
    return join(this.#folder, 'log', `${this.sessionId}.jsonl`);
  }

  /** Whole records of the log. */
  get records(): readonly SessionLogRecord[] {
    return wholeLines(this.log).flatMap((line) => recordOf(line) ?? []);
  }

  get steps(): readonly LoggedStep[] {
    return this.records.filter(({ type }) => type === 'step') as unknown as readonly LoggedStep[];
  }

  /** What tools did, in order. */
  get ledger(): readonly LedgerEntry[] {
    const path = join(this.#folder, 'ledger');
    if (!existsSync(path)) return [];
    return wholeLines(readFileSync(path, 'utf8')).map((line) => JSON.parse(line) as LedgerEntry);
  }

  /** Undefined as long as nothing of it is on the disk. */
  get sessionId(): string | undefined {
    const path = join(this.#folder, 'log');
    const [file] = existsSync(path) ? readdirSync(path) : [];
    return file?.replace('.jsonl', '');
  }

  /** Lets a process hold the session until it dies. */
  async live(death: Death, toolMs: number): Promise<void> {
    await this.#run({ death, toolMs });
    this.logsAtDeath.push(this.log);
  }

  /** Lets a process take the session up and end it in order. */
  async last(): Promise<void> {
    await this.#run({ death: undefined, toolMs: 5 });
  }

  async #run(life: { readonly death: Death | undefined; readonly toolMs: number }): Promise<void> {
    const { death, toolMs } = life;
    const turns = this.steps.filter(({ event }) => event.type === 'user.text').length;
    const task = {
      origin: this.#server.origin,
      folder: join(this.#folder, 'log'),
      ledger: join(this.#folder, 'ledger'),
      // A process that died before it had written a header has left no session.
      sessionId: this.records.length === 0 ? undefined : this.sessionId,
      firstTurn: turns,
      toolMs,
      isLast: death === undefined,
      killAt: death?.kind === 'journal' ? death : undefined,
    };
    const child = fork(program, [JSON.stringify(task)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const kill = (): void => {
      this.logsAtDeath.push(this.log);
      child.kill('SIGKILL');
    };
    let eventsLeft = death?.kind === 'server' ? death.events : Number.POSITIVE_INFINITY;
    this.#onServerEvent = () => {
      eventsLeft -= 1;
      if (eventsLeft === 0) kill();
    };
    child.on('message', (message) => {
      const told = message as Told;
      this.told.push(told);
      if (told.type === 'ready' && death?.kind === 'time') setTimeout(kill, death.ms);
    });
    const signal = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (_code, by) => resolve(by));
    });
    this.#onServerEvent = () => {};
    if (signal !== (death === undefined ? null : 'SIGKILL')) {
      throw new Error(`a process ended by ${String(signal)}: ${JSON.stringify(this.told.at(-1))}`);
    }
  }
}

/** Three calls for each turn, and in every other one a payment that was made before. */
function answerOf({ said, outputs, instructions }: ModelContext): ModelAnswer {
  if (instructions.includes('cut off')) return { says: 'and that is all of it.' };
  if (outputs.length > 0) return { says: 'It is done, as you wished.' };
  const number = Number(/Turn (\d+)/.exec(said)?.[1] ?? Number.NaN);
  if (Number.isNaN(number)) return { says: 'I am here.' };
  const calls = ['book', 'pay', 'look'].map((name) => ({ name, arguments: { id: `${number}` } }));
  const again = { name: 'pay', arguments: { id: `${number - 1}` } };
  return { calls: number > 0 ? [...calls, again] : calls };
}

function recordOf(line: string): SessionLogRecord | undefined {
  try {
    return JSON.parse(line) as SessionLogRecord;
  } catch {
    return undefined;
  }
}

/** The lines of a text that are whole. */
export function wholeLines(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== '');
}
