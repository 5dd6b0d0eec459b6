import { levels } from '@antiphon/audio';
import type { ConversationRecorder, DeviceEvent, EchoCanceller } from '@antiphon/audio/node';
import type { SessionNotice } from '@antiphon/core';
import { type Antiphon, type Session, systemClock } from '@antiphon/runtime';
import type { ApproveCall } from '@antiphon/tools';
import type { AnswerFiles } from '../run/answer-files.ts';
import { followRecording } from '../run/recording-rules.ts';
import { turnEndsOf } from '../run/turn-ends.ts';
import { UnplannedTurns } from '../run/unplanned-turns.ts';
import { UsageLog } from '../run/usage-log.ts';
import { CallQuestions } from './call-questions.ts';
import type { TalkDevices } from './talk-devices.ts';
import { type KeySituation, keyAction, keyHelp } from './talk-key.ts';
import { TalkMeters } from './talk-meters.ts';
import { TalkSource } from './talk-source.ts';
import type { TalkView } from './talk-view.ts';
import { WatchedSink } from './watched-sink.ts';

/** What a talk is held with. */
export interface TalkOptions {
  readonly antiphon: Antiphon;
  readonly view: TalkView;
  /** What is done about the microphone hearing the agent: it is shut meanwhile, the agent is taken out, or nothing. */
  readonly echo: 'gate' | 'none' | EchoCanceller;
  readonly pushToTalk: boolean;
  /** What is kept of it. */
  readonly kept?: { readonly files: AnswerFiles; readonly recording: ConversationRecorder };
}

/** A conversation on a microphone and a speaker, between its devices, its session and what is shown of it. */
export class Talk {
  readonly turns: UnplannedTurns;
  readonly usage = new UsageLog();
  readonly #options: TalkOptions;
  /** What has come of each item that plays, in samples. */
  readonly #received = new Map<string, number>();
  #session: Session | undefined;
  #source: TalkSource | undefined;
  readonly #meters: TalkMeters;
  readonly #questions: CallQuestions;
  #turn: 'none' | 'open' = 'none';
  readonly #ended: Promise<void>;
  #end: () => void = () => {};

  constructor(options: TalkOptions) {
    this.#options = options;
    const { view, kept } = options;
    this.#meters = new TalkMeters(systemClock, (event) => view.take(event));
    this.#questions = new CallQuestions((text) => view.take({ type: 'note', text }));
    this.turns = new UnplannedTurns(view, {
      input: 'microphone',
      ...(kept !== undefined && { filesOf: (itemId) => kept.files.of(itemId) }),
    });
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** What is kept of its sound. */
  get recording(): ConversationRecorder | undefined {
    return this.#options.kept?.recording;
  }

  /** Settles when the user wants to end it. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  readonly onDevice = (event: DeviceEvent): void => {
    this.#options.view.take({ type: 'device', event });
    if (event.type === 'audio_lost') return;
    this.onRanDry();
    const isThere = event.type === 'device_opened';
    if (event.kind === 'input') this.#source?.setDevice(isThere ? 'there' : 'missing');
    // What nobody can hear is not said.
    else if (event.type === 'device_missing') this.#interrupt();
  };

  readonly onSound = (samples: Int16Array): void => {
    const { echo } = this.#options;
    if (typeof echo === 'object') echo.played(samples);
    this.#meters.output(levels(samples).peakDbfs);
  };

  /** The microphone hears the speaker at another time from now on. */
  readonly onRanDry = (): void => {
    const { echo } = this.#options;
    if (typeof echo === 'object') echo.relearn();
  };

  readonly onNotice = (notice: SessionNotice, atMs: number): void => {
    this.#options.view.take({ type: 'notice', notice, atMs });
    this.usage.take(notice);
    this.turns.take(notice, atMs);
    if (notice.type === 'audio_done') this.#received.delete(notice.itemId);
    if (notice.type === 'closed') this.#end();
  };

  /** What the session listens to. */
  source({ microphone, speaker }: TalkDevices): TalkSource {
    const { view, echo, kept, pushToTalk } = this.#options;
    const source = new TalkSource({
      microphone,
      clock: systemClock,
      hearsAgent: (atMs) => isShutFor(echo) && speaker.wasAudible(atMs),
      ...(typeof echo === 'object' && { clean: (frame) => echo.clean(frame) }),
      onFrame: (frame, heardDbfs) => {
        kept?.recording.user(frame);
        this.#meters.input(heardDbfs);
      },
      onState: (state) => view.take({ type: 'microphone', state }),
    });
    if (pushToTalk) source.mute();
    this.#source = source;
    return source;
  }

  /** What the session plays on. */
  sink({ speaker }: TalkDevices): WatchedSink {
    const { kept, view } = this.#options;
    return new WatchedSink(speaker, {
      onReceived: (chunk) => {
        const { itemId, samples } = chunk;
        this.#received.set(itemId, (this.#received.get(itemId) ?? 0) + samples.length);
        kept?.files.write(chunk);
        kept?.recording.received(chunk, samples);
      },
      onPartEnd: (itemId, contentIndex) => {
        kept?.files.end(itemId, contentIndex);
        kept?.recording.partEnded({ itemId, contentIndex });
      },
      onProgress: (progress) => {
        kept?.recording.played(progress);
        const receivedMs = ((this.#received.get(progress.itemId) ?? 0) * 1_000) / speaker.sampleRateHz;
        const share = receivedMs === 0 ? 0 : Math.min(1, progress.playedMs / receivedMs);
        view.take({ type: 'played', itemId: progress.itemId, share });
      },
      onFlushing: () => kept?.recording.flushing(),
      onFlushed: () => kept?.recording.flushed(),
    });
  }

  /** The session has begun: keys mean something from now on. */
  begin(session: Session): void {
    this.#session = session;
    if (this.#options.kept) followRecording(session, this.#options.kept.recording);
    const { id, agentName, providerName } = session;
    this.#options.view.take({ type: 'started', id, agent: agentName, provider: providerName });
  }

  /** What the keys do at the moment, in words. */
  keys(): readonly string[] {
    return keyHelp(this.#situation());
  }

  /** Asks about a call by a key. */
  readonly approve: ApproveCall = (request) => this.#questions.approve(request);

  readonly press = (key: string): void => {
    if (this.#questions.press(key)) return;
    const action = keyAction(key, this.#situation());
    switch (action) {
      case 'quit':
        return this.#end();
      case 'mute':
        return this.#source?.mute();
      case 'open':
        return this.#source?.open();
      case 'interrupt':
        return this.#interrupt();
      case 'open_and_interrupt':
        this.#interrupt();
        return this.#source?.open();
      case 'start_turn':
        this.#source?.actNow();
        this.#turn = 'open';
        this.#source?.open();
        return this.#session?.startTurn();
      case 'commit':
        this.#turn = 'none';
        // Words that were said before the key are still on their way, the more the busier the machine.
        return this.#source?.afterWhatWasSaid(() => this.#session?.commit());
      default:
        return undefined;
    }
  };

  #situation(): KeySituation {
    const { antiphon, pushToTalk } = this.#options;
    const agent = this.#session?.agent ?? antiphon.program.agents.default_agent;
    return {
      turnEnds: turnEndsOf(antiphon.program.agents, agent),
      pushToTalk,
      isMuted: this.#source?.isMuted ?? false,
      inTurn: this.#turn === 'open',
      isAsking: this.#questions.isAsking,
    };
  }

  #interrupt(): void {
    if (this.#session !== undefined && this.#session.activity !== 'listening') this.#session.interrupt();
  }
}

/** Whether a microphone has to be shut while it would hear the agent. */
function isShutFor(echo: TalkOptions['echo']): boolean {
  return typeof echo === 'object' ? !echo.hasLearned : echo === 'gate';
}
