import type { SessionLimitName } from './notices.ts';
import { dropOwed, oweSpeech } from './owed.ts';
import { nanoUsdPerUsd } from './prices.ts';
import type { SessionState } from './state.ts';
import { alter, ask, become, notify, type Step, sequence, stay } from './step.ts';

/** From this share of a limit on it counts as near. */
const nearShare = 0.8;

/** Starts the clock of the session. */
export function startLimits(state: SessionState): Step {
  const { sessionMs } = state.settings.limits;
  if (sessionMs === undefined) return stay(state);
  return ask({ type: 'timer.start', timer: 'limit', delayMs: Math.round(sessionMs * nearShare) })(state);
}

/** The `limit` timer fired: the time is nearly over, or it is over. */
export function passLimit(state: SessionState): Step {
  const { sessionMs } = state.settings.limits;
  if (sessionMs === undefined) return stay(state);
  if (state.usage.warned.includes('session_minutes')) return reachLimit(state, 'session_minutes');
  const restMs = sessionMs - Math.round(sessionMs * nearShare);
  return sequence(
    nearLimit(state, 'session_minutes'),
    ask({ type: 'timer.start', timer: 'limit', delayMs: restMs }),
  );
}

/** Another response is under way, whoever asked for it. */
export function countResponse(state: SessionState): Step {
  const { usage } = state;
  return become(state, { usage: { ...usage, responsesWithoutUser: usage.responsesWithoutUser + 1 } });
}

/** The user said something: what is counted between two of their turns starts anew. */
export function countUserTurn(state: SessionState): Step {
  const usage = { ...state.usage, responsesWithoutUser: 0, toolCallsThisTurn: 0 };
  return become(state, { usage, silence: { ...state.silence, idlePrompts: 0 } });
}

/** Tokens that were used. */
export function countTokens(state: SessionState, used: number): Step {
  const tokens = state.usage.tokens + used;
  const counted = alter(state, { usage: { ...state.usage, tokens } });
  return checkLimit(counted, 'tokens', tokens, state.settings.limits.tokens);
}

/** What the session has cost. */
export function checkCost(state: SessionState): Step {
  const { usd } = state.settings.limits;
  const { nanoUsd = 0 } = state.usage.spent;
  return checkLimit(state, 'usd', nanoUsd, usd === undefined ? undefined : usd * nanoUsdPerUsd);
}

function checkLimit(
  state: SessionState,
  name: SessionLimitName,
  used: number,
  limit: number | undefined,
): Step {
  if (limit === undefined) return stay(state);
  if (used >= limit) return reachLimit(state, name);
  return used >= limit * nearShare ? nearLimit(state, name) : stay(state);
}

/** Whether only last words are said any more. */
export function isWrappingUp({ lifecycle }: SessionState): boolean {
  return lifecycle.kind === 'draining' && lifecycle.manner === 'wrap_up';
}

/** Whether an answer may be asked for; the session ends politely when the agent has talked to itself for too long. */
export function mayAnswer(state: SessionState): boolean {
  if (isWrappingUp(state)) return false;
  return state.usage.responsesWithoutUser < state.settings.limits.responsesWithoutUser;
}

/** An answer that may not be given any more ends the session. */
export function refuseAnswer(state: SessionState): Step {
  return reachLimit(state, 'responses_without_user');
}

/** A call that was counted in an earlier turn runs in this one. */
export function noteCallOfTurn(state: SessionState): SessionState {
  const { usage } = state;
  return usage.toolCallsThisTurn > 0 ? state : alter(state, { usage: { ...usage, toolCallsThisTurn: 1 } });
}

/** Why a call may not run, or undefined; running it is counted. */
export function admitCall(state: SessionState): [refusal: string | undefined, step: Step] {
  const { toolCalls } = state.settings.limits;
  if (toolCalls !== undefined && state.usage.toolCalls >= toolCalls) {
    return ['The limit of tool calls of this session is reached.', reachLimit(state, 'tool_calls')];
  }
  if (hasCalledEnough(state)) {
    return ['Too many tool calls since the user last spoke. Answer without calling tools.', stay(state)];
  }
  return [undefined, countCall(state)];
}

/** Counts a call that runs. One too many, which nobody could refuse, ends the session as any limit does. */
export function countCall(state: SessionState): Step {
  const { toolCalls: limit } = state.settings.limits;
  const toolCalls = state.usage.toolCalls + 1;
  const toolCallsThisTurn = state.usage.toolCallsThisTurn + 1;
  const counted = alter(state, { usage: { ...state.usage, toolCalls, toolCallsThisTurn } });
  if (limit === undefined || toolCalls < limit * nearShare) return stay(counted);
  return toolCalls > limit ? reachLimit(counted, 'tool_calls') : nearLimit(counted, 'tool_calls');
}

/** Whether calls between two turns of the user are used up. */
export function hasCalledEnough({ usage, settings }: SessionState): boolean {
  return usage.toolCallsThisTurn >= settings.limits.toolCallsPerTurn;
}

function nearLimit(state: SessionState, limit: SessionLimitName): Step {
  if (state.usage.warned.includes(limit)) return stay(state);
  return sequence(
    become(state, { usage: { ...state.usage, warned: [...state.usage.warned, limit] } }),
    notify({ type: 'limit', limit, reached: false }),
  );
}

/** Only last words are said from now on, then the session ends. */
function reachLimit(state: SessionState, limit: SessionLimitName): Step {
  if (state.lifecycle.kind === 'closed' || isWrappingUp(state)) return stay(state);
  const { wrapUp } = state.settings.limits;
  return sequence(
    become(state, {
      lifecycle: { kind: 'draining', reason: `the limit of ${limit} was reached`, manner: 'wrap_up' },
      unsentTexts: [],
    }),
    (next) => dropOwed(next, () => false),
    notify({ type: 'limit', limit, reached: true }),
    ask({ type: 'timer.start', timer: 'drain', delayMs: state.settings.timeouts.wrapUpMs }),
    wrapUp === undefined ? stay : (next) => oweSpeech(next, wrapUp, 'protected'),
  );
}
