import type { InboundMessage } from '../../ports/transport.ts';
import type { ServerEvent } from '../server-events.ts';
import type { GeminiClientMessage } from './client-messages.ts';
import type { GeminiState } from './state.ts';

/** What follows from one thing: messages for the server, and what the session is told, each in order. */
export interface GeminiOutput {
  readonly frames: readonly GeminiClientMessage[];
  readonly messages: readonly InboundMessage[];
}

/** The outcome of a rule: the next state and what follows. */
export type GeminiStep = readonly [state: GeminiState, output: GeminiOutput];

/** Something that is done to a connection. */
export type GeminiRule = (state: GeminiState) => GeminiStep;

const nothing: GeminiOutput = { frames: [], messages: [] };

/** Nothing happens. */
export function stay(state: GeminiState): GeminiStep {
  return [state, nothing];
}

/** The state changes; nothing is said. */
export function become(change: Partial<GeminiState>): GeminiRule {
  return (state) => [{ ...state, ...change }, nothing];
}

/** The session is told events of the GA dialect. */
export function tell(...events: readonly ServerEvent[]): GeminiRule {
  return (state) => [
    state,
    { frames: [], messages: events.map((event): InboundMessage => ({ kind: 'event', event })) },
  ];
}

/** The session is handed a message that is no event. */
export function hand(...messages: readonly InboundMessage[]): GeminiRule {
  return (state) => [state, { frames: [], messages }];
}

/** The server is sent messages. */
export function post(...frames: readonly GeminiClientMessage[]): GeminiRule {
  return (state) => [state, { frames, messages: [] }];
}

/** Runs rules one after the other, each on what the one before left. */
export function sequence(...rules: readonly GeminiRule[]): GeminiRule {
  return (start) => {
    let state = start;
    let output = nothing;
    for (const rule of rules) {
      const [next, more] = rule(state);
      state = next;
      output = joined(output, more);
    }
    return [state, output];
  };
}

/** A rule that is chosen by the state as it is when its turn comes. */
export function when(choose: (state: GeminiState) => GeminiRule | undefined): GeminiRule {
  return (state) => (choose(state) ?? stay)(state);
}

/** A new id of this connection, and the rule that takes it. */
export function withId(prefix: string, use: (id: string) => GeminiRule): GeminiRule {
  return (state) =>
    use(`${prefix}_${state.options.idBase}_${state.nextId}`)({ ...state, nextId: state.nextId + 1 });
}

function joined(one: GeminiOutput, other: GeminiOutput): GeminiOutput {
  if (other === nothing) return one;
  if (one === nothing) return other;
  return {
    frames: [...one.frames, ...other.frames],
    messages: [...one.messages, ...other.messages],
  };
}
