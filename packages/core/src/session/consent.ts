import { mayBeRead } from '../consent/read-aloud.ts';
import { readConsent } from '../consent/read-consent.ts';
import { areRead } from '../consent/read-values.ts';
import { settingsOf } from './agents.ts';
import {
  approve,
  confirmationOf,
  dropConsent,
  refuseCall,
  settleConsent,
  unconfirmedCalls,
} from './approvals.ts';
import { isUnknown } from './consent-state.ts';
import { textOf } from './conversation.ts';
import { findItem } from './conversation-pages.ts';
import { forgetSound, hasKeptTurns } from './kept-turns.ts';
import { dropOwed, oweQuestion, requestOf } from './owed.ts';
import type { ConsentDialogue, ConsentState } from './regions/consent.ts';
import type { ResponseRequest } from './regions/response.ts';
import type { AwaitedConsent, ToolCall } from './regions/tool-calls.ts';
import type { SessionState } from './state.ts';
import { ask, become, notify, type Step, sequence, stay } from './step.ts';

/** A question that is cut again and again is given up. */
const mostQuestions = 3;
/** An answer that is neither yes nor no is asked about once. */
const mostUnclear = 2;

/** Share of a question that its transcript has at least: names may be written in other ways. */
const leastSaid = 0.6;

/** Share of its closing words that may be cut: where sound ends in a text is known by proportion only. */
const mostUnheard = 0.75;

type Asked = Exclude<ConsentState, { kind: 'none' }>;
type AskedOf<Kind extends Asked['kind']> = Extract<ConsentState, { kind: Kind }>;
type UserConsent = Extract<AwaitedConsent, { kind: 'user' }>;

/** A rule: asks the user for the next call, and goes on with the question as far as what has happened allows. */
export function followConsent(state: SessionState): Step {
  const step = advance(state);
  return step[0] === state ? step : sequence(step, followConsent);
}

function advance(state: SessionState): Step {
  const { consent } = state;
  if (state.owed.some((request) => isPointless(state, request))) return dropPointless(state);
  if (isAskedInVain(state)) return cutQuestion(state);
  if (consent.kind === 'none') return state.tools.calls.size === 0 ? stay(state) : beginConsent(state);
  const call = state.tools.calls.get(consent.callId);
  if (call === undefined || awaitedOf(call) === undefined) {
    return endConsent(state);
  }
  if (call.agent !== state.agent) {
    return dropConsent(state, call, 'another agent took over');
  }
  switch (consent.kind) {
    case 'due':
      return followDue(state, consent);
    case 'asking':
      return followAsking(state, consent);
    case 'listening':
      return decide(state, consent, call);
  }
}

/** What cut the question had no words: it is put again. */
export function repeatCutQuestion(state: SessionState): Step {
  const { consent } = state;
  const isCut = consent.kind === 'asking' || (consent.kind === 'listening' && consent.heard === 'in_part');
  return isCut && consent.turns.length === 0 ? putQuestion(state, consent) : stay(state);
}

/**
 * The connection is lost with what the user said: the question is put again over the next. One that broke off with it is
 * owed already, and was not put.
 */
export function putQuestionAgain(state: SessionState): Step {
  const { consent } = state;
  if (consent.kind !== 'listening' && consent.kind !== 'asking') return stay(state);
  return isOwed(state, consent.callId) ? awaitQuestion(state, consent) : putQuestion(state, consent);
}

/** The `consent` timer fired: the user says nothing. One who speaks is heard to the end. */
export function expireConsent(state: SessionState): Step {
  const { consent } = state;
  if (consent.kind !== 'listening') return stay(state);
  const call = state.tools.calls.get(consent.callId);
  if (call === undefined) return stay(state);
  const limit = confirmationOf(state, call)?.ttlMs ?? 0;
  if (state.userTurn.kind !== 'silent') return startTimer(state, limit);
  return settleConsent(state, call, { ending: 'expired' }, (next) =>
    refuseCall(next, call, 'tool.confirmation_late', { tool: call.name, limit }),
  );
}

function beginConsent(state: SessionState): Step {
  const [call] = unconfirmedCalls(state).filter((unconfirmed) => awaitedOf(unconfirmed) !== undefined);
  if (call === undefined) return stay(state);
  if (call.agent !== state.agent) {
    return dropConsent(state, call, 'another agent took over');
  }
  return putQuestion(state, { callId: call.callId, asked: 0, unclear: 0, turns: [] });
}

/** The question is owed, before everything else; too many of them are none. */
function putQuestion(state: SessionState, { callId, asked, unclear }: ConsentDialogue): Step {
  const call = state.tools.calls.get(callId);
  const awaited = call && awaitedOf(call);
  if (call === undefined || awaited === undefined) return stay(state);
  if (asked >= mostQuestions) return reject(state, call, 'the question could not be put to them');
  const words = settingsOf(state, call.agent).consentWords;
  const { text } = awaited.question;
  const isRepeat = unclear > 0 && words !== undefined;
  return sequence(
    become(state, { consent: { kind: 'due', callId, asked: asked + 1, unclear, turns: [] } }),
    ask({ type: 'timer.cancel', timer: 'consent' }),
    (next) => oweQuestion(next, isRepeat ? `${words.phrases.again} ${text}` : text, callId),
  );
}

/** The question is owed, and was not put yet. */
function awaitQuestion(state: SessionState, { callId, asked, unclear }: ConsentDialogue): Step {
  return become(state, { consent: { kind: 'due', callId, asked, unclear, turns: [] } });
}

/** Waits until the question is begun; one that was dropped before that is put again. */
function followDue(state: SessionState, consent: AskedOf<'due'>): Step {
  const { callId, asked, unclear, turns } = consent;
  const { response } = state;
  if (response.kind === 'active' && asksFor(response.request) === callId) {
    const { items: itemIds } = response;
    // Whoever speaks already, and is not cut by it, does not answer it.
    const said = state.userTurn.kind === 'silent' ? 'undisturbed' : 'disturbed';
    return become(state, { consent: { kind: 'asking', callId, asked, unclear, turns, itemIds, said } });
  }
  const isUnderWay = isAskedOf(state, callId) || isOwed(state, callId);
  return isUnderWay || state.userTurn.kind !== 'silent' ? stay(state) : putQuestion(state, consent);
}

/** Waits until the question was played, or cut. */
function followAsking(state: SessionState, consent: AskedOf<'asking'>): Step {
  const { callId, asked, unclear, turns } = consent;
  const { response } = state;
  const isItsOwn = 'responseId' in response && asksFor(response.request) === callId;
  const itemIds = isItsOwn ? response.items : consent.itemIds;
  // What is to be said anew was not said whole, also where it is cut before that.
  const hasFailed = response.kind === 'retrying' && asksFor(response.request) === callId;
  const isCut = isItsOwn && response.kind === 'cancelling';
  const said = isCut || hasFailed ? 'disturbed' : consent.said;
  const isPlaying = state.playout.parts.some((part) => itemIds.includes(part.itemId));
  if (isPlaying || isAskedOf(state, callId)) {
    const isSame = itemIds === consent.itemIds && said === consent.said;
    return isSame ? stay(state) : become(state, { consent: { ...consent, itemIds, said } });
  }
  // The connection broke, or the response failed: it is said anew.
  if (isOwed(state, callId)) return awaitQuestion(state, consent);
  // A voice that is kept back now may have spoken over it.
  const isUndisturbed = said === 'undisturbed' && state.input === 'flowing';
  const heard = isUndisturbed && isHeard(state, itemIds, callId) ? 'whole' : 'in_part';
  return sequence(
    become(state, { consent: { kind: 'listening', callId, asked, unclear, turns, heard } }),
    heard === 'whole' ? forgetUntold : stay,
    (next) => listen(next, callId),
  );
}

/** What was said over the question and never told of, as on a connection that is mute, does not answer it over the next. */
function forgetUntold(state: SessionState): Step {
  return hasKeptTurns(state) ? stay(state) : forgetSound(state);
}

function listen(state: SessionState, callId: string): Step {
  const call = state.tools.calls.get(callId);
  const awaited = call && awaitedOf(call);
  if (call === undefined || awaited === undefined) return stay(state);
  const { approvalId, arguments: values, question } = awaited;
  const ttlMs = confirmationOf(state, call)?.ttlMs ?? 0;
  return sequence(
    startTimer(state, ttlMs),
    notify({
      type: 'approval_requested',
      approvalId,
      by: 'spoken',
      callId,
      tool: call.name,
      ...(call.hosted && { server: call.hosted.server }),
      arguments: values,
      agent: call.agent,
      ttlMs,
      question: question.text,
    }),
  );
}

/** Reads the answer when all that the user said is known. */
function decide(state: SessionState, consent: AskedOf<'listening'>, call: ToolCall): Step {
  const turns = consent.turns.filter(
    ({ itemId, words }) => words === 'lost' || findItem(state.conversation, itemId) !== undefined,
  );
  if (turns.length !== consent.turns.length) {
    return become(state, { consent: { ...consent, turns } });
  }
  const isComplete = turns.length > 0 && !turns.some((turn) => isUnknown(state, turn));
  if (!isComplete || state.userTurn.kind !== 'silent') return stay(state);
  const words = settingsOf(state, call.agent).consentWords;
  const reply = turns.map(({ itemId }) => textOf(state, itemId)).join(' ');
  const isLost = turns.some((turn) => turn.words === 'lost');
  const consented = words === undefined || isLost ? 'unclear' : readConsent(reply, words);
  const read: AskedOf<'listening'> = { ...consent, turns: [] };
  switch (consented) {
    case 'yes':
      return consent.heard === 'whole' ? approve(state, call) : putQuestion(state, read);
    case 'no':
      return reject(state, call, `they said ${JSON.stringify(reply.slice(0, 200))}`);
    case 'nothing':
      return consent.heard === 'whole' ? become(state, { consent: read }) : putQuestion(state, read);
    case 'unclear':
      return consent.unclear + 1 >= mostUnclear
        ? reject(state, call, 'their answer was neither yes nor no')
        : putQuestion(state, { ...read, unclear: consent.unclear + 1 });
  }
}

function reject(state: SessionState, call: ToolCall, reason: string): Step {
  return settleConsent(state, call, { ending: 'rejected', reason }, (next) =>
    refuseCall(next, call, 'tool.not_confirmed', { tool: call.name, reason }),
  );
}

/** The call is settled: the question is not put any more. */
function endConsent(state: SessionState): Step {
  return sequence(
    become(state, { consent: { kind: 'none' } }),
    dropPointless,
    ask({ type: 'timer.cancel', timer: 'consent' }),
  );
}

function startTimer(state: SessionState, delayMs: number): Step {
  return ask({ type: 'timer.start', timer: 'consent', delayMs })(state);
}

function awaitedOf({ phase }: ToolCall): UserConsent | undefined {
  return phase.kind === 'unconfirmed' && phase.awaits.kind === 'user' ? phase.awaits : undefined;
}

function asksFor(request: ReturnType<typeof requestOf>): string | undefined {
  return request?.kind === 'say' ? request.asksFor : undefined;
}

function dropPointless(state: SessionState): Step {
  return dropOwed(state, (request) => !isPointless(state, request));
}

/** A question about a call that was settled while it was on its way: nobody is asked any more. */
function isPointless({ consent }: SessionState, request: ResponseRequest): boolean {
  const callId = asksFor(request);
  return callId !== undefined && (consent.kind === 'none' || consent.callId !== callId);
}

/** Whether the server was asked for such a question, and it has not begun. */
function isAskedInVain(state: SessionState): boolean {
  const { response } = state;
  return response.kind === 'requested' && response.fate === 'wanted' && isPointless(state, response.request);
}

function cutQuestion(state: SessionState): Step {
  const { response } = state;
  return response.kind === 'requested'
    ? become(state, { response: { ...response, fate: 'cut' } })
    : stay(state);
}

function isOwed({ owed }: SessionState, callId: string): boolean {
  return owed.some((request) => asksFor(request) === callId);
}

/** Whether the response under way asks for the call, and was not cut. */
function isAskedOf({ response }: SessionState, callId: string): boolean {
  if (asksFor(requestOf(response)) !== callId) return false;
  return response.kind === 'requested' ? response.fate === 'wanted' : response.kind !== 'cancelling';
}

/** Whether the user has heard all that the question says; its closing words may be cut. */
function isHeard(state: SessionState, itemIds: readonly string[], callId: string): boolean {
  const call = state.tools.calls.get(callId);
  const question = call && awaitedOf(call)?.question;
  const items = itemIds.flatMap((itemId) => findItem(state.conversation, itemId) ?? []);
  if (call === undefined || question === undefined || items.length < itemIds.length) return false;
  const words = settingsOf(state, call.agent).consentWords;
  const spoken = itemIds.map((itemId) => textOf(state, itemId)).join(' ');
  const said = spoken.replace(words?.phrases.again ?? '', '');
  const unheard = items.map((item) => (item.kind === 'message' ? (item.heard?.unheard ?? '') : '')).join(' ');
  return (
    said.length >= question.text.length * leastSaid &&
    areRead(question.values ?? [], question.text, said) &&
    mayBeRead(question.text, said, words?.numerals) &&
    unheard.trim().length <= question.closingLength * mostUnheard
  );
}
