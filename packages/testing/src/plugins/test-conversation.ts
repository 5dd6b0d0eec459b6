import type { JsonValue, SessionNotice, ToolCallStatus } from '@antiphon/core';
import type { AgentFileText, Antiphon, Session } from '@antiphon/runtime';
import type { ApproveCall, Plugin, Tool } from '@antiphon/tools';
import { ModelProvider } from '../model/model-provider.ts';
import { RealtimeServerModel } from '../model/realtime-server-model.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { type KeptLog, keepingLogger } from './kept-logs.ts';
import { type ScriptedTurn, ScriptedTurns } from './scripted-turns.ts';

/** What {@link testConversation} is made of. */
export interface TestConversationOptions {
  /** Plugins and tools to talk with. */
  readonly plugins?: readonly (Plugin | Tool)[];
  /** The agent file, by its path or text; without it there is one agent that has every tool of `plugins`. */
  readonly config?: string | AgentFileText;
  /** The variables that the agent file reads; those of the process unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The agent; `default_agent` of the file unless told. */
  readonly agent?: string;
  /**
   * `scripted`: the model does what each turn says. `offline`: the offline engine decides, by the intents of the tools.
   * `scripted` unless told.
   */
  readonly model?: 'scripted' | 'offline';
  readonly caller?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** Answers for calls with `confirm: 'app'`; they are agreed to unless told. */
  readonly approve?: ApproveCall;
}

/** A call that was made in a turn. */
export interface HeldCall {
  readonly name: string;
  readonly arguments: JsonValue;
  readonly status: ToolCallStatus;
  readonly output: JsonValue;
  /** What the model is given of the output. */
  readonly modelText: string;
}

/** What happened in a turn. */
export interface HeldTurn {
  readonly calls: readonly HeldCall[];
  /** All that the agent said, in order; fillers and `ctx.say` too. */
  readonly said: readonly string[];
  /** The last of it. */
  readonly agent: string;
}

/** A conversation under way. Made by {@link testConversation}. */
export interface TestConversation {
  readonly session: Session;
  /** What the model is told of the agent, with its slots filled; undefined for the offline model. */
  readonly instructions: string | undefined;
  /** What was logged so far. */
  readonly logs: readonly KeptLog[];
  /** Holds one exchange; settles when nothing is owed any more: answer, tools and speech are complete. */
  turn(turn: ScriptedTurn): Promise<HeldTurn>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const oneAgent = (provider: string): AgentFileText => ({
  file: 'agents.yaml',
  text: `version: 1\nagents: { agent: { provider: ${provider}, output_modalities: [text], instructions: Be brief., tools: ["*"] } }\n`,
});

/**
 * Starts a typed conversation with a whole session: the runtime, the tools and the rules of their calls are the real ones,
 * and only the model follows a script.
 *
 * @throws AgentFileError, as `createAntiphon` does
 *
 * @example
 * await using conversation = await testConversation({ plugins: [weather] });
 * const { calls, agent } = await conversation.turn({
 *   user: 'How is the weather in Rome?',
 *   calls: [{ name: 'get_weather', arguments: { city: 'Rome' } }],
 *   agent: 'It is {{get_weather.temperature_c}} degrees.',
 * });
 */
export async function testConversation(options: TestConversationOptions = {}): Promise<TestConversation> {
  return options.model === 'offline' ? offline(options) : scripted(options);
}

async function scripted(options: TestConversationOptions): Promise<TestConversation> {
  const clock = new VirtualClock();
  const turns = new ScriptedTurns();
  const model = new RealtimeServerModel({ clock });
  model.otherwise().answers((context) => turns.answer(context));
  const { createAntiphon } = await import('@antiphon/runtime');
  const logs: KeptLog[] = [];
  const provider = 'scripted';
  const antiphon = await createAntiphon({
    ...programOf(options, 'local', logs),
    providers: { [provider]: new ModelProvider(model) },
    usedProviders: [provider],
    clock,
  });
  const starting = antiphon.startSession({ ...sessionOf(options), provider });
  const started = await withTime(starting, clock, () => false);
  return new Talk({ antiphon, session: started, logs, turns, model, clock });
}

async function offline(options: TestConversationOptions): Promise<TestConversation> {
  const { createAntiphon } = await import('@antiphon/runtime');
  const logs: KeptLog[] = [];
  const antiphon = await createAntiphon({ ...programOf(options, 'local', logs), usedProviders: ['local'] });
  const session = await antiphon.startSession({ ...sessionOf(options), provider: 'local' });
  return new Talk({ antiphon, session, logs });
}

function programOf({ plugins, config, env }: TestConversationOptions, provider: string, logs: KeptLog[]) {
  return {
    config: config ?? oneAgent(provider),
    logger: keepingLogger(logs),
    ...(plugins && { plugins }),
    ...(env && { env }),
  };
}

function sessionOf({ agent, caller, variables, approve = () => true }: TestConversationOptions) {
  return {
    approve,
    ...(agent !== undefined && { agent }),
    ...(caller && { caller }),
    ...(variables && { variables }),
  };
}

interface TalkParts {
  readonly antiphon: Antiphon;
  readonly session: Session;
  readonly logs: readonly KeptLog[];
  /** The script; without it the model decides by itself, in real time. */
  readonly turns?: ScriptedTurns;
  readonly model?: RealtimeServerModel;
  readonly clock?: VirtualClock;
}

class Talk implements TestConversation {
  readonly session: Session;
  readonly logs: readonly KeptLog[];
  readonly #parts: TalkParts;
  #running = 0;

  constructor(parts: TalkParts) {
    this.session = parts.session;
    this.logs = parts.logs;
    this.#parts = parts;
  }

  get instructions(): string | undefined {
    const update = this.#parts.model?.conversation.receivedOf('session.update').at(-1);
    return update?.session.type === 'realtime' ? update.session.instructions : undefined;
  }

  async turn(turn: ScriptedTurn): Promise<HeldTurn> {
    const { turns, clock } = this.#parts;
    if (turns === undefined && (turn.calls ?? turn.agent) !== undefined)
      throw new Error('testConversation: the offline model follows no script; leave "calls" and "agent" out');
    turns?.begin(turn);
    const notices: SessionNotice[] = [];
    const stop = this.session.observeAll((notice) => {
      notices.push(notice);
      if (notice.type === 'tool_started') this.#running += 1;
      if (notice.type === 'tool_settled') this.#running -= 1;
    });
    const over = new Promise<void>((resolve) => {
      this.session.observe('settled', () => resolve());
      void this.session.closed.then(() => resolve());
    });
    this.session.sendText(turn.user);
    await (clock === undefined ? over : withTime(over, clock, () => this.#running > 0));
    stop();
    return heldTurn(notices);
  }

  async close(): Promise<void> {
    const { antiphon, session, clock } = this.#parts;
    const closing = session.close({ mode: 'cancel' });
    const closed = closing.then(() => antiphon.close());
    await (clock === undefined ? closed : withTime(closed, clock, () => false));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function heldTurn(notices: readonly SessionNotice[]): HeldTurn {
  const calls = notices.flatMap((notice) =>
    notice.type === 'tool_settled' ? [heldCall(notice.name, notice.outcome)] : [],
  );
  const said = notices.flatMap((notice) =>
    notice.type === 'transcript' && notice.role === 'agent' && notice.final ? [notice.text] : [],
  );
  return { calls, said, agent: said.at(-1) ?? '' };
}

type Outcome = Extract<SessionNotice, { type: 'tool_settled' }>['outcome'];

function heldCall(name: string, { arguments: given, status, output, outputText }: Outcome): HeldCall {
  return { name, arguments: given, status, output, modelText: outputText };
}

const stepMs = 10;
/** More virtual time than any turn takes. */
const mostMs = 30 * 60_000;

/**
 * Lets virtual time pass until `work` is done: as fast as it goes, and while tools run no faster than real time, for what
 * they wait for is real.
 */
async function withTime<Value>(
  work: Promise<Value>,
  clock: VirtualClock,
  isToolRunning: () => boolean,
): Promise<Value> {
  let phase: 'waiting' | 'over' = 'waiting';
  const end = (): void => void (phase = 'over');
  work.then(end, end);
  const startMs = clock.nowMs();
  for (await clock.pass(0); !isOver(phase); await clock.pass(stepMs)) {
    if (isToolRunning()) await new Promise((resolve) => setTimeout(resolve, stepMs));
    if (clock.nowMs() - startMs > mostMs) throw new Error('testConversation: nothing comes of this turn');
  }
  return work;
}

/** Apart from the loop, for the phase changes behind the back of the compiler. */
function isOver(phase: 'waiting' | 'over'): boolean {
  return phase === 'over';
}
