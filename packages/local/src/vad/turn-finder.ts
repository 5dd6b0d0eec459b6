import { int16ToFloat } from '@antiphon/audio';
import type { DetectedTurn, RoomSound } from '@antiphon/core';
import type { SpeechDetector } from '../stages.ts';
import {
  abandonTurn,
  advanceTurn,
  initialTurnState,
  isTurnOpen,
  type JudgedFrame,
  type TurnDetectorState,
  type TurnParameters,
} from './turn-detector.ts';

/** What keeps the agent from being interrupted by its own voice. */
export interface EchoGate {
  /** At the start of what the agent says: nothing counts. */
  readonly warmUpMs: number;
  /** For how long speech must last to interrupt the agent. */
  readonly minSpeechMs: number;
  /** Whether nothing counts as long as the agent is heard. */
  readonly halfDuplex: boolean;
}

/** How turns of the user are told from other sounds. */
export interface TurnFinderOptions extends TurnParameters {
  /** Speech that ends sooner was no turn. */
  readonly minSpeechMs: number;
  readonly echoGate: EchoGate;
}

/** One frame, and what was heard in the room beside the user. */
export interface HeardFrame extends JudgedFrame {
  readonly room: RoomSound;
}

/** What is known of a stream: where its turn stands, and whether it was told of. */
export interface TurnFinderState {
  readonly turn: TurnDetectorState;
  /** `withheld`: speech that does not count yet. */
  readonly told: 'none' | 'withheld' | 'started';
  readonly startMs: number;
  /** Speech of the turn that counts. */
  readonly speechMs: number;
  /** For how long the agent has been heard without a break. */
  readonly agentMs: number;
  /** When the agent was heard last, on the clock of the turn; before the stream when it was not. */
  readonly agentHeardAtMs: number;
}

/** What the agent says is heard in the room a little longer than it is played. */
const echoTailMs = 200;
/** A turn that lasts longer is ended as it stands, and what follows is a new turn. */
const longestTurnMs = 60_000;

/** The state before any audio. */
export const initialTurnFinderState: TurnFinderState = {
  turn: initialTurnState,
  told: 'none',
  startMs: 0,
  speechMs: 0,
  agentMs: 0,
  agentHeardAtMs: Number.NEGATIVE_INFINITY,
};

/** Judges one frame: the next state, and what is to be told. Pure. */
export function advanceTurnFinder(
  state: TurnFinderState,
  frame: HeardFrame,
  options: TurnFinderOptions,
): readonly [state: TurnFinderState, found: readonly DetectedTurn[]] {
  const heard = noteAgent(state, frame);
  const isSpeech = frame.probability >= options.threshold;
  const needsMs = speechNeeded(heard, options);
  const { state: turn, events } = advanceTurn(state.turn, frame, options);
  const counts = isSpeech && needsMs !== Number.POSITIVE_INFINITY;
  const next = { ...heard, turn, speechMs: heard.speechMs + (counts ? frame.durationMs : 0) };
  const started = events.find((event) => event.kind === 'speech_started');
  if (started !== undefined) {
    return begin({ ...next, told: 'withheld', startMs: started.audioStartMs }, needsMs, isSpeech);
  }
  if (!isTurnOpen(turn)) return end(next, options.minSpeechMs);
  if (next.told === 'withheld') return begin(deafStart(next, needsMs, options), needsMs, isSpeech);
  if (turn.clockMs - next.startMs < longestTurnMs) return [next, []];
  return end({ ...next, turn: abandonTurn(turn) }, options.minSpeechMs);
}

/** Whether the agent is heard, and for how long. */
function noteAgent(state: TurnFinderState, { durationMs, room }: HeardFrame): TurnFinderState {
  const clockMs = state.turn.clockMs + durationMs;
  if (room === 'agent_heard') {
    return { ...state, agentMs: state.agentMs + durationMs, agentHeardAtMs: clockMs };
  }
  return clockMs - state.agentHeardAtMs > echoTailMs && state.agentMs > 0 ? { ...state, agentMs: 0 } : state;
}

/** How much speech a turn needs to begin: more while the agent is heard, and then never at first. */
function speechNeeded({ agentMs }: TurnFinderState, { echoGate }: TurnFinderOptions): number {
  if (agentMs === 0) return 0;
  const isDeaf = echoGate.halfDuplex || agentMs <= echoGate.warmUpMs;
  return isDeaf ? Number.POSITIVE_INFINITY : echoGate.minSpeechMs;
}

/** In half duplex, a turn has nothing of what was heard while the agent spoke. */
function deafStart(
  state: TurnFinderState,
  needsMs: number,
  { echoGate }: TurnFinderOptions,
): TurnFinderState {
  if (!echoGate.halfDuplex || needsMs !== Number.POSITIVE_INFINITY) return state;
  return { ...state, startMs: Math.round(state.turn.clockMs) };
}

function begin(
  state: TurnFinderState,
  needsMs: number,
  isSpeech: boolean,
): readonly [TurnFinderState, readonly DetectedTurn[]] {
  if (!isSpeech || state.speechMs < needsMs || needsMs === Number.POSITIVE_INFINITY) return [state, []];
  return [{ ...state, told: 'started' }, [{ kind: 'started', startMs: state.startMs }]];
}

/** No turn is open: what was told of is over. */
function end(
  state: TurnFinderState,
  minSpeechMs: number,
): readonly [TurnFinderState, readonly DetectedTurn[]] {
  const { told, turn, speechMs } = state;
  const isStarting = turn.phase.kind === 'starting';
  const next: TurnFinderState = { ...state, told: 'none', speechMs: isStarting ? speechMs : 0 };
  if (told !== 'started') return [next, []];
  return [next, [{ kind: speechMs < minSpeechMs ? 'dropped' : 'ended', endMs: Math.round(turn.clockMs) }]];
}

/** Finds the turns of the user in one stream of audio at 16 kHz, frame by frame. */
export class TurnFinder {
  readonly #detector: SpeechDetector;
  readonly #options: TurnFinderOptions;
  #state = initialTurnFinderState;

  constructor(detector: SpeechDetector, options: TurnFinderOptions) {
    this.#detector = detector;
    this.#options = options;
  }

  /** Judges the next frame, of the length the detector wants, at 16 kHz. One at a time. */
  async judge(frame: Int16Array, room: RoomSound): Promise<readonly DetectedTurn[]> {
    const probability = await this.#detector.process(int16ToFloat(frame));
    const durationMs = (frame.length * 1_000) / 16_000;
    const [state, found] = advanceTurnFinder(this.#state, { probability, durationMs, room }, this.#options);
    this.#state = state;
    return found;
  }

  /** Passes over audio that nobody looks at. */
  skip(durationMs: number): void {
    const { turn } = this.#state;
    this.#state = { ...this.#state, turn: { ...turn, clockMs: turn.clockMs + durationMs } };
  }

  /** The turn in progress is over by other means; if speech goes on, it begins a new one. */
  abandon(): void {
    this.#state = { ...this.#state, turn: abandonTurn(this.#state.turn), told: 'none', speechMs: 0 };
  }
}
