import { join } from 'node:path';
import { EchoCanceller, openDeviceBackend } from '@antiphon/audio/node';
import { isAntiphonError } from '@antiphon/core';
import {
  type Antiphon,
  createAntiphon,
  openJsonlSessionLog,
  type ReloadReport,
  type Session,
  sessionError,
  systemClock,
} from '@antiphon/runtime';
import { defaultDirectory } from '../command-line/shared-options.ts';
import { exitCodes } from '../exit-codes.ts';
import { showFailure } from '../render/failure.ts';
import { reloadLines } from '../render/reload-lines.ts';
import type { RunSummary } from '../render/view.ts';
import { AnswerFiles } from '../run/answer-files.ts';
import { approverOf } from '../run/approve-calls.ts';
import { clientAnswersOf } from '../run/client-answers.ts';
import { chooseAgentFile } from '../run/default-agent.ts';
import { makeDirectory } from '../run/make-directory.ts';
import { openRecording, recordingInSummary, recordingPlan } from '../run/recording-rules.ts';
import { Talk, type TalkOptions } from '../talk/talk.ts';
import { deviceLines, deviceObjects, openTalkDevices, type TalkDevices } from '../talk/talk-devices.ts';
import { jsonTalkView, quietTalkView, type TalkView, TextTalkView } from '../talk/talk-view.ts';
import { commandLog } from './command-log.ts';
import { assertAgentKnown, type CommandContext, defaultConfigFile, isOn, textOption } from './context.ts';
import type { SessionAnswers } from './run-call.ts';

const sampleRateHz = 24_000;

/** `antiphon talk`. */
export async function runTalk(context: CommandContext) {
  const { words, console, env } = context;
  const backend = await openDeviceBackend({ clock: systemClock });
  if (isOn(words, 'list-devices')) {
    const [inputs, outputs] = [await backend.list('input'), await backend.list('output')];
    console.out(
      isOn(words, 'json')
        ? deviceObjects([...inputs]) + deviceObjects([...outputs])
        : deviceLines(inputs, outputs),
    );
    return exitCodes.done;
  }
  const provider = textOption(words, 'provider');
  const log = commandLog(words, 'error');
  const config = chooseAgentFile({ named: textOption(words, 'config'), usual: defaultConfigFile, provider });
  let tell: (report: ReloadReport) => void = () => {};
  const antiphon = await context.loading(() =>
    createAntiphon({
      config,
      env,
      logger: log.logger,
      watch: isOn(words, 'watch'),
      onReload: (report) => tell(report),
      containStrayErrors: true,
      ...(provider !== undefined && { usedProviders: [provider] }),
    }),
  );
  log.hideWith((line) => antiphon.redact(line));
  try {
    assertAgentKnown(antiphon, textOption(words, 'agent'));
    const run = new TalkRun(context, antiphon);
    tell = (report) => run.tellReload(report);
    return await run.hold(backend);
  } finally {
    await antiphon.close();
  }
}

/** One run of the command: the talk, its devices, its files and its end. */
class TalkRun {
  readonly #context: CommandContext;
  readonly #antiphon: Antiphon;
  readonly #view: TalkView;
  readonly #directory: string | undefined;
  #keys: () => readonly string[] = () => [];
  /** The first thing that could not be written. */
  #failure: Error | undefined;

  constructor(context: CommandContext, antiphon: Antiphon) {
    const { words } = context;
    this.#context = context;
    this.#antiphon = antiphon;
    const isKept = textOption(words, 'record') !== undefined || textOption(words, 'out') !== undefined;
    this.#directory = isKept ? (textOption(words, 'out') ?? defaultDirectory) : undefined;
    this.#view = this.#chooseView();
  }

  tellReload(report: ReloadReport): void {
    for (const text of reloadLines(report)) this.#view.take({ type: 'note', text });
  }

  async hold(backend: Parameters<typeof openTalkDevices>[0]) {
    const kept = await this.#openFiles();
    try {
      const { words } = this.#context;
      const echo = await this.#chooseEcho();
      const talk = new Talk({
        antiphon: this.#antiphon,
        view: this.#view,
        echo,
        pushToTalk: isOn(words, 'push-to-talk'),
        ...(kept !== undefined && { kept }),
      });
      this.#keys = () => talk.keys();
      this.#view.loading('getting ready …');
      const devices = await openTalkDevices(backend, {
        sampleRateHz,
        input: textOption(words, 'input-device'),
        output: textOption(words, 'output-device'),
        onEvent: talk.onDevice,
        onSound: talk.onSound,
        onRanDry: talk.onRanDry,
      });
      try {
        return await this.#converse(talk, devices);
      } finally {
        await Promise.all([devices.microphone.close(), devices.speaker.close()]);
        if (typeof echo === 'object') echo.close();
      }
    } finally {
      this.#view.end();
      kept?.files.close();
      kept?.recording.close();
    }
  }

  async #chooseEcho(): Promise<TalkOptions['echo']> {
    const asked = textOption(this.#context.words, 'echo');
    if (asked === 'cancel') return EchoCanceller.load({ sampleRateHz });
    return asked === 'none' ? 'none' : 'gate';
  }

  async #converse(talk: Talk, devices: TalkDevices) {
    const { signal, console } = this.#context;
    const session = await this.#start(talk, devices);
    talk.begin(session);
    const stopKeys = console.terminal?.onKey?.(talk.press);
    const interrupted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    await Promise.race([talk.ended, interrupted]);
    stopKeys?.();
    const reason = signal.aborted ? 'interrupted' : 'done';
    const outcome = await session.close({ mode: 'cancel', reason });
    return this.#finish(talk, session, sessionError(outcome, session.providerName));
  }

  #start(talk: Talk, devices: TalkDevices): Promise<Session> {
    const { words, signal } = this.#context;
    const agent = textOption(words, 'agent');
    const provider = textOption(words, 'provider');
    const { approve, clientTools } = this.#answers(talk);
    return this.#antiphon.startSession({
      source: talk.source(devices),
      sink: talk.sink(devices),
      signal,
      onNotice: talk.onNotice,
      ...(approve && { approve }),
      ...(clientTools && { clientTools }),
      ...(agent !== undefined && { agent }),
      ...(provider !== undefined && { provider }),
      ...(this.#directory !== undefined && {
        log: openJsonlSessionLog(join(this.#directory, 'session.jsonl'), {
          redact: (line) => this.#antiphon.redact(line),
          logger: commandLog(words, 'warn').logger,
        }),
      }),
    });
  }

  #answers(talk: Talk): SessionAnswers {
    const { words, console } = this.#context;
    const ask = console.terminal?.onKey && talk.approve;
    return {
      approve: approverOf(words, { command: 'talk', ask }),
      clientTools: clientAnswersOf(words, 'talk'),
    };
  }

  #finish(talk: Talk, session: Session, sessionFailure: ReturnType<typeof sessionError>) {
    const { signal, console, words } = this.#context;
    const error = sessionFailure ?? this.#failure;
    const summary: RunSummary = {
      type: 'summary',
      session_id: session.id,
      agent: session.agentName,
      provider: session.providerName,
      turns: talk.turns.records,
      ...(talk.recording !== undefined && recordingInSummary(talk.recording)),
      usage: talk.usage.summary(session.usage),
      status: signal.aborted ? 'interrupted' : error === undefined ? 'completed' : 'failed',
      ...(isAntiphonError(error) && { error: error.toJSON() }),
    };
    this.#view.summary(summary, this.#directory);
    this.#view.end();
    if (signal.aborted) return exitCodes.interrupted;
    if (error === undefined) return exitCodes.done;
    // The summary has the error too, and stays the last line of stdout.
    return showFailure(error, console, { json: false, debug: isOn(words, 'debug') });
  }

  async #openFiles(): Promise<TalkOptions['kept']> {
    if (this.#directory === undefined) return undefined;
    makeDirectory(this.#directory);
    const onFailure = (error: unknown): void => {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (this.#failure === undefined) this.#view.take({ type: 'note', text: failure.message });
      this.#failure ??= failure;
    };
    const { words } = this.#context;
    // Whoever talks has asked for the recording.
    const plan = recordingPlan(words, this.#antiphon.program.agents.recording, { unsaid: 'given' });
    const recording = await openRecording(plan, { directory: this.#directory, sampleRateHz, onFailure });
    return { files: new AnswerFiles(this.#directory, sampleRateHz, onFailure), recording };
  }

  #chooseView(): TalkView {
    const { words, console } = this.#context;
    if (isOn(words, 'json')) return jsonTalkView(console.out);
    if (isOn(words, 'quiet')) return quietTalkView(console.out);
    return new TextTalkView({ console, terminal: console.terminal, keys: () => this.#keys() });
  }
}
