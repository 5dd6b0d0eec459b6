import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ConversationRecorder } from '@antiphon/audio/node';
import { AntiphonError, isAntiphonError, providersOf } from '@antiphon/core';
import {
  type Antiphon,
  createAntiphon,
  openJsonlSessionLog,
  type Session,
  sessionError,
  systemClock,
} from '@antiphon/runtime';
import { defaultDirectory } from '../command-line/shared-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { chooseView } from '../render/choose-view.ts';
import { showFailure } from '../render/failure.ts';
import type { RunView } from '../render/view.ts';
import { AnswerFiles } from '../run/answer-files.ts';
import { AnswerSink } from '../run/answer-sink.ts';
import { approverOf, askByKey } from '../run/approve-calls.ts';
import { clientAnswersOf } from '../run/client-answers.ts';
import { Conversation } from '../run/conversation.ts';
import { chooseAgentFile } from '../run/default-agent.ts';
import { type LoadedTurn, loadTurns } from '../run/load-turns.ts';
import { makeDirectory } from '../run/make-directory.ts';
import { followRecording, openRecording, recordingInSummary, recordingPlan } from '../run/recording-rules.ts';
import { turnEndsOf } from '../run/turn-ends.ts';
import { planTurns } from '../run/turn-plan.ts';
import { type Pace, TurnSource } from '../run/turn-source.ts';
import { commandLog } from './command-log.ts';
import {
  assertAgentKnown,
  type CommandContext,
  configFile,
  defaultConfigFile,
  isOn,
  textOption,
} from './context.ts';
import { holdCall, type SessionAnswers, textsForCall } from './run-call.ts';

const sampleRateHz = 24_000;

/** `antiphon run`. */
export async function runRun(context: CommandContext) {
  const { words, console, env } = context;
  const turns = planTurns(words.ordered);
  const who = {
    approve: approverOf(words, { command: 'run', ask: askByKey(console) }),
    clientTools: clientAnswersOf(words, 'run'),
  };
  const asked = textOption(words, 'call-id');
  // A file that is not there names no call: then there is nothing to say.
  if (turns.length === 0 && asked === undefined && !existsSync(configFile(context))) throw nothingToSay();
  const view = chooseView(words, console);
  const loaded = asked === undefined ? await loadTurns(turns, { sampleRateHz, stdin: console.stdin }) : [];
  const provider = textOption(words, 'provider');
  const log = commandLog(words, 'error');
  const config = chooseAgentFile({
    named: textOption(words, 'config'),
    usual: defaultConfigFile,
    provider,
  });
  if (typeof config !== 'string')
    view.warning(`there is no ${defaultConfigFile} here: ${config.file} answers`);
  const antiphon = await context.loading(() =>
    createAntiphon({
      config,
      env,
      logger: log.logger,
      containStrayErrors: true,
      ...(provider !== undefined && { usedProviders: [provider] }),
    }),
  );
  log.hideWith((line) => antiphon.redact(line));
  try {
    assertAgentKnown(antiphon, textOption(words, 'agent'));
    const callId = asked ?? callOfFile(context, antiphon);
    if (callId !== undefined) {
      const directory = textOption(words, 'out') ?? defaultDirectory;
      return await holdCall(context, antiphon, view, {
        callId,
        texts: textsForCall(turns),
        directory,
        ...who,
      });
    }
    if (turns.length === 0) throw nothingToSay();
    return await new Run(context, antiphon, view, who).hold(loaded);
  } finally {
    await antiphon.close();
  }
}

function nothingToSay(): AntiphonError<'cli.usage'> {
  const problem = 'there is nothing to say: give a WAV file or --text';
  return new AntiphonError('cli.usage', { problem, command: 'run' });
}

/** The call that the provider of the run names in the agent file. */
function callOfFile({ words }: CommandContext, { program }: Antiphon): string | undefined {
  const { agents, default_agent: first, providers } = program.agents;
  const agent = agents[textOption(words, 'agent') ?? first];
  const name = textOption(words, 'provider') ?? (agent === undefined ? '' : (providersOf(agent)[0] ?? ''));
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  return provider !== undefined && 'call_id' in provider ? provider.call_id : undefined;
}

/** One run of the command: the conversation, its files and its end. */
class Run {
  readonly #context: CommandContext;
  readonly #antiphon: Antiphon;
  readonly #view: RunView;
  readonly #who: SessionAnswers;
  readonly #directory: string;
  /** The first thing that could not be written. */
  #failure: Error | undefined;

  constructor(context: CommandContext, antiphon: Antiphon, view: RunView, who: SessionAnswers) {
    this.#context = context;
    this.#antiphon = antiphon;
    this.#view = view;
    this.#who = who;
    this.#directory = textOption(context.words, 'out') ?? defaultDirectory;
  }

  async hold(turns: readonly LoadedTurn[]) {
    makeDirectory(this.#directory);
    const onFailure = (error: unknown): void => this.#fail(error);
    const files = new AnswerFiles(this.#directory, sampleRateHz, onFailure);
    const plan = recordingPlan(this.#context.words, this.#antiphon.program.agents.recording, {
      unsaid: 'unknown',
    });
    const recording = await openRecording(plan, { directory: this.#directory, sampleRateHz, onFailure });
    try {
      return await this.#converse(turns, files, recording);
    } finally {
      files.close();
      recording.close();
    }
  }

  async #converse(turns: readonly LoadedTurn[], files: AnswerFiles, recording: ConversationRecorder) {
    const pace: Pace = textOption(this.#context.words, 'pace') === 'realtime' ? 'realtime' : 'fast';
    const source = new TurnSource({
      sampleRateHz,
      clock: systemClock,
      pace,
      onFrame: (frame) => recording.user(frame),
    });
    const sink = new AnswerSink({
      sampleRateHz,
      clock: systemClock,
      pace,
      onReceived: (chunk) => {
        files.write(chunk);
        recording.received(chunk, chunk.samples);
      },
      onPartEnd: (itemId, contentIndex) => {
        files.end(itemId, contentIndex);
        recording.partEnded({ itemId, contentIndex });
      },
      onProgress: (progress) => recording.played(progress),
      onFlushing: () => recording.flushing(),
      onFlushed: () => recording.flushed(),
    });
    for (const turn of turns) {
      if (turn.kind === 'audio')
        for (const warning of turn.warnings) this.#view.warning(`${turn.input}: ${warning}`);
    }
    this.#view.loading('getting ready …');
    const session = await this.#start(turns.some(({ kind }) => kind === 'audio') ? source : undefined, sink);
    this.#view.started(session);
    session.observeAll((notice) => this.#view.notice(notice));
    followRecording(session, recording);
    const ended = endSignal(session, this.#context.signal);
    const conversation = new Conversation(
      {
        session,
        source,
        files,
        recording,
        clock: systemClock,
        turnEnds: turnEndsOf(this.#antiphon.program.agents, session.agentName),
        signal: ended,
      },
      this.#view,
    );
    await conversation.hold(turns);
    return this.#finish(session, conversation, recording);
  }

  #start(source: TurnSource | undefined, sink: AnswerSink): Promise<Session> {
    const { words, signal } = this.#context;
    const { approve, clientTools } = this.#who;
    const agent = textOption(words, 'agent');
    const provider = textOption(words, 'provider');
    const log = openJsonlSessionLog(join(this.#directory, 'session.jsonl'), {
      redact: (line) => this.#antiphon.redact(line),
      logger: commandLog(words, 'warn').logger,
    });
    return this.#antiphon.startSession({
      ...(source && { source }),
      sink,
      log,
      signal,
      ...(approve && { approve }),
      ...(clientTools && { clientTools }),
      ...(agent !== undefined && { agent }),
      ...(provider !== undefined && { provider }),
    });
  }

  async #finish(session: Session, conversation: Conversation, recording: ConversationRecorder) {
    const interrupted = this.#context.signal.aborted;
    const outcome = await session.close({
      mode: interrupted ? 'cancel' : 'drain',
      reason: interrupted ? 'interrupted' : 'done',
    });
    const error = sessionError(outcome, session.providerName) ?? this.#failure;
    const status = interrupted ? 'interrupted' : error === undefined ? 'completed' : 'failed';
    this.#view.summary(
      {
        type: 'summary',
        session_id: session.id,
        agent: session.agentName,
        provider: session.providerName,
        turns: conversation.turns,
        ...(conversation.notes.length > 0 && { notes: conversation.notes }),
        ...recordingInSummary(recording),
        usage: conversation.usage,
        status,
        ...(isAntiphonError(error) && { error: error.toJSON() }),
      },
      this.#directory,
    );
    if (interrupted) return exitCodes.interrupted;
    if (error === undefined) return exitCodes.done;
    // The summary has the error too, and stays the last line of stdout.
    const { words, console } = this.#context;
    return showFailure(error, console, { json: false, debug: isOn(words, 'debug') });
  }

  #fail(error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    if (this.#failure === undefined) this.#view.warning(failure.message);
    this.#failure ??= failure;
  }
}

/** Aborted when the session is over or the user interrupts. */
function endSignal(session: Session, interrupted: AbortSignal): AbortSignal {
  const over = new AbortController();
  session.observe('closed', () => over.abort());
  return AbortSignal.any([over.signal, interrupted]);
}
