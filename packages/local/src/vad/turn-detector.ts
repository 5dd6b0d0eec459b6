/** The `server_vad` parameters that decide where a turn begins and ends. */
export interface TurnParameters {
  /** Speech probability in [0, 1] from which a frame counts as speech. */
  readonly threshold: number;
  /** Audio kept from before the detected onset. */
  readonly prefixPaddingMs: number;
  /** Silence that ends a turn. */
  readonly silenceDurationMs: number;
}

/** One frame as the voice activity network judged it. */
export interface JudgedFrame {
  /** Speech probability in [0, 1]. */
  readonly probability: number;
  readonly durationMs: number;
}

/** Where a stream of audio stands. Positions are milliseconds of audio since the session began. */
export type TurnPhase =
  | { readonly kind: 'quiet' }
  /** Speech in fewer frames than an onset needs. */
  | { readonly kind: 'starting'; readonly onsetMs: number; readonly frameCount: number }
  | { readonly kind: 'speaking' }
  /** Silence inside a turn. */
  | { readonly kind: 'stopping'; readonly silenceStartMs: number; readonly speculated: boolean };

/** The state of turn detection over one stream. */
export interface TurnDetectorState {
  readonly phase: TurnPhase;
  /** Audio judged so far; never goes back. */
  readonly clockMs: number;
  /** End of the previous turn, which the next turn's padding must not reach behind. */
  readonly previousEndMs: number;
}

/** What a frame brought about. Positions are whole milliseconds of audio since the session began. */
export type TurnEvent =
  | { readonly kind: 'speech_started'; readonly audioStartMs: number }
  /** The turn looks finished: recognising what was said up to here will probably be the whole. */
  | { readonly kind: 'speculate'; readonly audioEndMs: number }
  /** Speech went on after `speculate`. */
  | { readonly kind: 'speculation_cancelled' }
  | { readonly kind: 'speech_stopped'; readonly audioEndMs: number };

export interface TurnStep {
  readonly state: TurnDetectorState;
  readonly events: readonly TurnEvent[];
}

/** Speech must last this many frames before it counts, so that a click does not begin a turn. */
const onsetFrameCount = 2;
/** How far below the threshold the probability must fall before silence begins. */
const hysteresis = 0.15;
const lowestOffThreshold = 0.01;
/** Silence after which the turn is probably over, well before `silenceDurationMs` says that it is. */
const speculationSilenceMs = 200;

/** The state before any audio. */
export const initialTurnState: TurnDetectorState = {
  phase: { kind: 'quiet' },
  clockMs: 0,
  previousEndMs: 0,
};

/** Judges one frame: the next state, and the events to send in their order. Pure. */
export function advanceTurn(
  state: TurnDetectorState,
  frame: JudgedFrame,
  parameters: TurnParameters,
): TurnStep {
  const clockMs = state.clockMs + frame.durationMs;
  const isSpeech = frame.probability >= parameters.threshold;
  const { phase, events } = advancePhase({ ...state, clockMs }, { ...frame, isSpeech }, parameters);
  const stopped = events.some((event) => event.kind === 'speech_stopped');
  return {
    state: { phase, clockMs, previousEndMs: stopped ? clockMs : state.previousEndMs },
    events,
  };
}

/**
 * Ends the turn in progress without an event, as when the client commits or clears the buffer. If speech goes on,
 * it begins a new turn.
 */
export function abandonTurn(state: TurnDetectorState): TurnDetectorState {
  return { phase: { kind: 'quiet' }, clockMs: state.clockMs, previousEndMs: state.clockMs };
}

/** Tells whether a turn is open: between its `speech_started` and its `speech_stopped`. */
export function isTurnOpen(state: TurnDetectorState): boolean {
  return state.phase.kind === 'speaking' || state.phase.kind === 'stopping';
}

interface PhaseStep {
  readonly phase: TurnPhase;
  readonly events: readonly TurnEvent[];
}

interface ClassifiedFrame extends JudgedFrame {
  readonly isSpeech: boolean;
}

/** @param state with the clock at the end of `frame`. */
function advancePhase(
  state: TurnDetectorState,
  frame: ClassifiedFrame,
  parameters: TurnParameters,
): PhaseStep {
  const frameStartMs = state.clockMs - frame.durationMs;
  switch (state.phase.kind) {
    case 'quiet':
      return frame.isSpeech
        ? begin(state, { onsetMs: frameStartMs, frameCount: 1 }, parameters)
        : stay(state);
    case 'starting': {
      const { onsetMs, frameCount } = state.phase;
      if (!frame.isSpeech) return { phase: { kind: 'quiet' }, events: [] };
      return begin(state, { onsetMs, frameCount: frameCount + 1 }, parameters);
    }
    case 'speaking': {
      const offThreshold = Math.max(parameters.threshold - hysteresis, lowestOffThreshold);
      if (frame.probability >= offThreshold) return stay(state);
      return fallSilent(state, { silenceStartMs: frameStartMs, speculated: false }, parameters);
    }
    case 'stopping':
      if (!frame.isSpeech) return fallSilent(state, state.phase, parameters);
      return {
        phase: { kind: 'speaking' },
        events: state.phase.speculated ? [{ kind: 'speculation_cancelled' }] : [],
      };
  }
}

function stay(state: TurnDetectorState): PhaseStep {
  return { phase: state.phase, events: [] };
}

function begin(
  state: TurnDetectorState,
  onset: { readonly onsetMs: number; readonly frameCount: number },
  parameters: TurnParameters,
): PhaseStep {
  if (onset.frameCount < onsetFrameCount) return { phase: { kind: 'starting', ...onset }, events: [] };
  const audioStartMs = Math.max(onset.onsetMs - parameters.prefixPaddingMs, state.previousEndMs, 0);
  return {
    phase: { kind: 'speaking' },
    events: [{ kind: 'speech_started', audioStartMs: Math.round(audioStartMs) }],
  };
}

function fallSilent(
  state: TurnDetectorState,
  silence: { readonly silenceStartMs: number; readonly speculated: boolean },
  parameters: TurnParameters,
): PhaseStep {
  const silenceMs = state.clockMs - silence.silenceStartMs;
  const audioEndMs = Math.round(state.clockMs);
  if (silenceMs >= parameters.silenceDurationMs) {
    return { phase: { kind: 'quiet' }, events: [{ kind: 'speech_stopped', audioEndMs }] };
  }
  const speculates = !silence.speculated && silenceMs >= speculationSilenceMs;
  return {
    phase: {
      kind: 'stopping',
      silenceStartMs: silence.silenceStartMs,
      speculated: silence.speculated || speculates,
    },
    events: speculates ? [{ kind: 'speculate', audioEndMs }] : [],
  };
}
