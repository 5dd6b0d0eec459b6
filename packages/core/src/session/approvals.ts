import { type ConsentQuestion, consentQuestion } from '../consent/consent-question.ts';
import { AntiphonError } from '../errors/antiphon-error.ts';
import type { ErrorCode, ErrorData } from '../errors/error-codes.ts';
import type { JsonObject } from '../json.ts';
import type { ToolCallCheck } from '../ports/tool-host.ts';
import { policyOf, settingsOf } from './agents.ts';
import { answerCall, endOfConsent, ownOutcome, putCall, withPhase } from './call-record.ts';
import { runCall, startFiller, startOf, stopFiller } from './call-start.ts';
import { grantHosted } from './hosted-record.ts';
import { noteCallOfTurn } from './limits.ts';
import type { ApprovalEnding } from './notices.ts';
import { isPlaying } from './playout.ts';
import type { ToolCall } from './regions/tool-calls.ts';
import type { CallConfirmation } from './settings.ts';
import type { SessionState } from './state.ts';
import { alter, ask, notify, type Step, sequence, stay } from './step.ts';

/** Who has to agree to a call before it runs; undefined for nobody. */
export function confirmationOf(state: SessionState, call: ToolCall): CallConfirmation | undefined {
  const { agent, hosted } = call;
  if (hosted === undefined) return policyOf(state, call)?.confirm;
  const servers = settingsOf(state, agent).hosted ?? {};
  return Object.hasOwn(servers, hosted.server) ? servers[hosted.server]?.confirm : undefined;
}

/** Calls that somebody has to agree to, in the order they were made. */
export function unconfirmedCalls(state: SessionState): readonly ToolCall[] {
  return [...state.tools.calls.values()].filter((call) => call.phase.kind === 'unconfirmed');
}

/** A call that has to be agreed to: nobody is asked before its arguments are known to be sound. */
export function checkCall(state: SessionState, call: ToolCall, argumentsJson: string): Step {
  const unavailable = spokenObstacle(state, call);
  if (unavailable !== undefined) {
    return refuseCall(state, call, 'tool.confirmation_unavailable', { tool: call.name, reason: unavailable });
  }
  return sequence(
    withPhase(state, call, { kind: 'unconfirmed', argumentsJson, awaits: { kind: 'check' } }),
    ask({ type: 'tool.check', ...startOf(call, argumentsJson) }),
    confirmationOf(state, call)?.by === 'app' ? (next) => startFiller(next, call) : stay,
  );
}

/** The arguments of a call were checked: whoever has to agree is asked. */
export function takeCheck(
  state: SessionState,
  callId: string,
  { check, approver }: { readonly check: ToolCallCheck; readonly approver: 'present' | 'absent' },
): Step {
  const call = state.tools.calls.get(callId);
  if (call?.phase.kind !== 'unconfirmed' || call.phase.awaits.kind !== 'check') return stay(state);
  if (check.kind === 'ended') return answerCall(state, call, check.outcome);
  const { name: tool } = call;
  const { argumentsJson } = call.phase;
  const { arguments: values } = check;
  const question = call.hosted === undefined ? check.question : questionFor(state, call, values);
  const numbered = alter(state, { nextId: state.nextId + 1 });
  const approvalId = `approval_${state.nextId}`;
  const asked: ToolCall = {
    ...call,
    phase: { kind: 'unconfirmed', argumentsJson, awaits: { kind: 'app', approvalId, arguments: values } },
  };
  if (confirmationOf(state, call)?.by === 'spoken') {
    const reason = questionProblem(question);
    if (question === undefined || reason !== undefined) {
      const data = { tool, reason: reason ?? '' };
      return refuseCall(state, asked, 'tool.confirmation_unavailable', data);
    }
    const awaits = { kind: 'user', approvalId, arguments: values, question } as const;
    return withPhase(numbered, call, { kind: 'unconfirmed', argumentsJson, awaits });
  }
  if (approver === 'absent') return refuseCall(state, asked, 'tool.no_approver', { tool });
  return askApplication(numbered, asked, { approvalId, values });
}

/** No tool host knows a call that the provider makes: it is named, and all its arguments are read out. */
function questionFor(state: SessionState, call: ToolCall, values: JsonObject): ConsentQuestion | undefined {
  const words = settingsOf(state, call.agent).consentWords;
  if (words === undefined) return undefined;
  const name = call.name.replaceAll(/[_-]+/g, ' ');
  const description = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
  return consentQuestion({ say: undefined, description, parameters: [], arguments: values }, words.phrases);
}

/** Longest question: one response says it, and nobody agrees to what takes a minute to say. */
const longestQuestion = 512;

function questionProblem(question: ConsentQuestion | undefined): string | undefined {
  if (question === undefined) return 'the tool host does not say what to ask';
  return question.text.length > longestQuestion
    ? `the question is longer than ${longestQuestion} characters`
    : undefined;
}

/** The application has answered. Only the answer to what is asked counts, and it counts once. */
export function takeApproval(
  state: SessionState,
  approvalId: string,
  { verdict, reason }: { readonly verdict: 'approved' | 'rejected'; readonly reason?: string },
): Step {
  const call = unconfirmedCalls(state).find(
    ({ phase }) =>
      phase.kind === 'unconfirmed' && phase.awaits.kind === 'app' && phase.awaits.approvalId === approvalId,
  );
  if (call === undefined) return stay(state);
  if (verdict === 'approved') return approve(state, call);
  const told = reason === undefined || reason === '' ? '' : `: ${reason}`;
  return settleConsent(state, call, { ending: 'rejected', ...(reason !== undefined && { reason }) }, (next) =>
    refuseCall(next, call, 'tool.not_approved', { tool: call.name, reason: told }),
  );
}

/** The `approval` timer of a call fired: nobody has answered in time. */
export function expireApproval(state: SessionState, callId: string): Step {
  const call = state.tools.calls.get(callId);
  if (call?.phase.kind !== 'unconfirmed' || call.phase.awaits.kind !== 'app') return stay(state);
  const limit = confirmationOf(state, call)?.ttlMs ?? 0;
  return settleConsent(state, call, { ending: 'expired' }, (next) =>
    refuseCall(next, call, 'tool.approval_late', { tool: call.name, limit }),
  );
}

/** The call was agreed to, once: it runs with the arguments it was asked for with. */
export function approve(state: SessionState, call: ToolCall): Step {
  if (call.phase.kind !== 'unconfirmed') return stay(state);
  const { argumentsJson } = call.phase;
  const mustWait = policyOf(state, call)?.start === 'after_playback' && isPlaying(state);
  return settleConsent(state, call, { ending: 'approved' }, (next) =>
    mustWait
      ? sequence(stopFiller(next, call), (quiet) =>
          withPhase(quiet, call, { kind: 'waiting', argumentsJson, approved: true }),
        )
      : runAgreed(next, call, argumentsJson),
  );
}

/** A call that was agreed to runs. */
export function runAgreed(state: SessionState, call: ToolCall, argumentsJson: string): Step {
  if (call.hosted !== undefined) return grantHosted(state, call, argumentsJson);
  const isSpoken = confirmationOf(state, call)?.by === 'spoken';
  return runCall(noteCallOfTurn(state), call, argumentsJson, isSpoken ? 'by_user' : 'by_app');
}

/** Nobody is asked for the call any more, and it is not run. */
export function dropConsent(state: SessionState, call: ToolCall, reason: string): Step {
  return settleConsent(state, call, { ending: 'cancelled' }, (next) =>
    refuseCall(next, call, 'tool.confirmation_dropped', { tool: call.name, reason }),
  );
}

/** A session that winds down, or that another process takes up, begins nothing that was not agreed to. */
export function dropUnconfirmed(state: SessionState, reason: string): Step {
  return sequence(
    state,
    ...unconfirmedCalls(state).map((call) => (next: SessionState) => dropConsent(next, call, reason)),
  );
}

/** A rule: whoever winds down does not wait for a yes. */
export function dropWhenDraining(state: SessionState): Step {
  return state.lifecycle.kind === 'draining' && state.tools.calls.size > 0
    ? dropUnconfirmed(state, 'the session was ended')
    : stay(state);
}

/** Tells how the question about a call ended, and goes on with what follows from it. */
export function settleConsent(
  state: SessionState,
  call: ToolCall,
  told: { readonly ending: ApprovalEnding; readonly reason?: string },
  then: (state: SessionState) => Step,
): Step {
  if (call.phase.kind !== 'unconfirmed') return stay(state);
  const { argumentsJson } = call.phase;
  return sequence(
    withPhase(state, call, { kind: 'waiting', argumentsJson }),
    ask(...endOfConsent(call, told)),
    told.ending === 'approved' ? stay : (next) => stopFiller(next, call),
    then,
  );
}

/** A call that is not run: the model is told why. */
export function refuseCall<Code extends ErrorCode>(
  state: SessionState,
  { callId, phase }: ToolCall,
  code: Code,
  data: ErrorData<Code>,
): Step {
  const call = state.tools.calls.get(callId);
  if (call === undefined) return stay(state);
  const { message, modelHint: hint } = new AntiphonError(code, data);
  const outcome = ownOutcome('rejected', { error: message, code, hint });
  const values =
    phase.kind === 'unconfirmed' && phase.awaits.kind !== 'check' ? phase.awaits.arguments : null;
  return answerCall(state, call, { ...outcome, arguments: values });
}

function askApplication(
  state: SessionState,
  call: ToolCall,
  { approvalId, values }: { readonly approvalId: string; readonly values: JsonObject },
): Step {
  const { callId, name: tool, agent, hosted } = call;
  const ttlMs = confirmationOf(state, call)?.ttlMs ?? 0;
  return sequence(
    putCall(state, call),
    ask({ type: 'timer.start', timer: `approval:${callId}`, delayMs: ttlMs }),
    notify({
      type: 'approval_requested',
      approvalId,
      by: 'app',
      callId,
      tool,
      ...(hosted && { server: hosted.server }),
      arguments: values,
      agent,
      ttlMs,
    }),
  );
}

/** What keeps a spoken yes from being taken; undefined when nothing does. */
function spokenObstacle(state: SessionState, call: ToolCall): string | undefined {
  if (confirmationOf(state, call)?.by !== 'spoken') return undefined;
  const { consentWords, turnTaking } = settingsOf(state, call.agent);
  if (consentWords === undefined) return 'what the user says is not known here';
  return turnTaking === 'server_answers' ? 'the server answers the user by itself' : undefined;
}
