import { thrownText } from '../errors/thrown-text.ts';
import type { AudioCodec } from '../ports/audio-codec.ts';
import type { AudioSource } from '../ports/audio-source.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { DetectedTurn, LocalTurns, RoomSound, TurnDetector } from '../ports/turn-detector.ts';
import type { ApplicationEvent, SessionEvent } from '../session/events.ts';
import { type ConditionerLookup, Conditioning } from './conditioning.ts';
import type { UplinkCounts } from './uplink/stretches.ts';
import { type TurnEnd, Uplink, type UplinkTarget } from './uplink/uplink.ts';

/** Where a turn of the user begins and ends, as a detector or the application says. */
export type TurnEvent = Extract<
  ApplicationEvent,
  { readonly type: 'user.speech_started' | 'user.speech_dropped' | 'user.commit' }
>;

/** What the user's audio is taken with. */
export interface UserAudioOptions {
  readonly source: AudioSource;
  readonly codec: AudioCodec;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How turns of an agent are found on this side; undefined when the server finds them. */
  readonly localTurns: (agentName: string) => LocalTurns | undefined;
  /** What is done to the audio for an agent. */
  readonly conditioner: ConditionerLookup;
  /** Whether the user is in the midst of a turn. */
  readonly inTurn: () => boolean;
  /** Whether the agent is heard at the moment. */
  readonly room: () => RoomSound;
  readonly report: (event: SessionEvent) => void;
}

/** A detector, and where in the stream it began. */
interface Detection {
  readonly detector: TurnDetector;
  readonly basePosition: number;
}

/** Audio kept beyond the padding, for turns that are detected some time after they began. */
const detectionDelayMs = 2_000;
const detectionFailed = 'the detection of turns failed';

/** The user's audio on its way to the model, cut into turns where that is done on this side. */
export class UserAudio {
  readonly #options: UserAudioOptions;
  readonly #conditioning: Conditioning;
  readonly #uplink: Uplink;
  /** Of the agent whose turns are taken. */
  #turns: LocalTurns | undefined;
  /** Of the agent in charge: taken over when no turn is in progress. */
  #wantedTurns: LocalTurns | undefined;
  #detection: Detection | undefined;
  #turn: 'none' | 'detected' | 'told' = 'none';

  constructor(options: UserAudioOptions) {
    this.#options = options;
    const { source, codec, clock, logger, inTurn } = options;
    this.#conditioning = new Conditioning(options.conditioner, logger);
    this.#uplink = new Uplink({
      source,
      codec,
      clock,
      conditioning: this.#conditioning,
      inTurn,
      unjudgedMs: () => this.#detection?.detector.unjudgedMs ?? 0,
      onFrame: (frame) => this.#detection?.detector.push(frame, options.room()),
      onEnd: () => this.#endWithSource(),
      onFailure: (error) => this.#fail('the audio source failed', error),
    });
  }

  get counts(): UplinkCounts {
    return this.#uplink.counts;
  }

  /** The agent that the session begins with. Throws what its detector throws. */
  begin(agentName: string): void {
    void this.#uplink.take(this.#conditioning.setAgent(agentName));
    this.#wantedTurns = this.#options.localTurns(agentName);
    if (this.#turn === 'none') this.#adopt();
  }

  /** The agent in charge. A turn in progress ends the way it began. */
  setAgent(agentName: string): void {
    this.#attempt(() => this.begin(agentName));
  }

  route(epoch: number, target: UplinkTarget, replay: 'open_turn' | 'tail'): void {
    this.#uplink.route({ epoch, target }, replay);
  }

  detach(): void {
    this.#uplink.detach();
  }

  hold(): void {
    this.#uplink.hold();
  }

  release(): void {
    this.#uplink.release();
  }

  commit(commit: string): void {
    this.#uplink.commit(commit);
  }

  mark(turn: string, end: TurnEnd): void {
    this.#uplink.mark(turn, end);
  }

  forget(turn: string): void {
    this.#uplink.forget(turn);
  }

  /**
   * The application says where a turn begins or ends. The audio before it is sent first, unless it is kept back: then
   * the session waits with the commit.
   */
  take(event: TurnEvent): void {
    if (event.type === 'user.commit') void this.#uplink.take(this.#conditioning.drain());
    if (event.type !== 'user.speech_started') this.#detection?.detector.abandon();
    const { position } = this.#uplink;
    const padding = this.#samplesOf(this.#turns?.prefixPaddingMs ?? 0);
    const isBegin = event.type === 'user.speech_started';
    this.#cut(event, { turn: 'told', position: isBegin ? position - padding : position });
  }

  /** Stops listening. Returns what became of the audio. */
  close(): UplinkCounts {
    this.#uplink.close();
    // No turn that ends from now on opens another detector.
    this.#wantedTurns = this.#turns;
    this.#conditioning.close();
    this.#closeDetection();
    return this.counts;
  }

  #cut(event: TurnEvent, at: { readonly turn: 'detected' | 'told'; readonly position: number }): void {
    switch (event.type) {
      case 'user.speech_started':
        this.#turn = at.turn;
        this.#uplink.openTurn(at.position);
        return this.#options.report(event);
      case 'user.commit':
        this.#uplink.closeTurn(at.position);
        break;
      case 'user.speech_dropped':
        this.#uplink.dropTurn();
        break;
    }
    this.#turn = 'none';
    this.#uplink.sendAll();
    this.#options.report(event);
    this.#attempt(() => this.#adopt());
  }

  #detected(detection: DetectedTurn, basePosition: number): void {
    if (detection.kind === 'started') {
      if (this.#turn !== 'none') return;
      const position = basePosition + this.#samplesOf(detection.startMs);
      return this.#cut({ type: 'user.speech_started' }, { turn: 'detected', position });
    }
    if (this.#turn !== 'detected') return;
    const type = detection.kind === 'ended' ? 'user.commit' : 'user.speech_dropped';
    this.#cut({ type }, { turn: 'detected', position: basePosition + this.#samplesOf(detection.endMs) });
  }

  /** Nothing comes any more that could end a turn in progress. */
  #endWithSource(): void {
    if (this.#turn !== 'detected') return;
    this.#cut({ type: 'user.commit' }, { turn: 'detected', position: this.#uplink.position });
  }

  #adopt(): void {
    const turns = this.#wantedTurns;
    if (turns === this.#turns) return;
    this.#turns = turns;
    this.#closeDetection();
    this.#detection = this.#openDetection(turns);
    this.#uplink.setGate(
      turns?.gate === 'turns'
        ? { kind: 'turns', lookBackMs: turns.prefixPaddingMs + detectionDelayMs }
        : { kind: 'open' },
    );
  }

  #openDetection(turns: LocalTurns | undefined): Detection | undefined {
    if (turns?.openDetector === undefined) return undefined;
    const basePosition = this.#uplink.position;
    const detector = turns.openDetector({
      detected: (detection) => {
        if (this.#detection?.detector === detector) this.#detected(detection, basePosition);
      },
      failed: (error) => this.#fail(detectionFailed, error),
      skipped: (durationMs) =>
        this.#options.logger.warn('turns were not looked for in the audio of the user', { durationMs }),
    });
    return { detector, basePosition };
  }

  /** Without a detector nobody knows when the user has spoken. */
  #attempt(follow: () => void): void {
    try {
      follow();
    } catch (error) {
      this.#fail(detectionFailed, error);
    }
  }

  #closeDetection(): void {
    const detection = this.#detection;
    this.#detection = undefined;
    try {
      detection?.detector.close();
    } catch (error) {
      this.#options.logger.error('a detector of turns could not be closed', { message: thrownText(error) });
    }
  }

  #fail(reason: string, error: unknown): void {
    this.#options.logger.error(reason, { message: thrownText(error) });
    this.#options.report({ type: 'session.close', mode: 'drain', reason });
  }

  #samplesOf(durationMs: number): number {
    return Math.round((durationMs * this.#options.codec.inputSampleRateHz) / 1000);
  }
}
