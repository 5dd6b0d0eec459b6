import {
  activityOf,
  hasBackgroundCalls,
  hasRunningCalls,
  isAtRest,
  isCutOff,
  isSettled,
} from './activity.ts';
import { playAnnouncement } from './announcement.ts';
import { dropWhenDraining, expireApproval, takeApproval, takeCheck } from './approvals.ts';
import { giveUpWaiting, grantOwed, retryResponse } from './arbiter.ts';
import { reportSoFar } from './background-calls.ts';
import { noteResponse } from './begun-response.ts';
import { putToClient, settleClientCall } from './client-calls.ts';
import { expireConsent, followConsent } from './consent.ts';
import { dial, dialNow } from './dialing.ts';
import type { TimerId } from './effects.ts';
import type { ConnectionEvent, SessionEvent } from './events.ts';
import { tripGuard } from './guards.ts';
import { handOver, reviseAgents, setVariables } from './handoff.ts';
import { holdInput } from './input-hold.ts';
import { cutIn, interrupt, noteCut } from './interruption.ts';
import { closeSession, endSession } from './lifecycle.ts';
import { passLimit, startLimits } from './limits.ts';
import { oweSpeech } from './owed.ts';
import { completeFlush, dropAudio, isPlaying, progressPlayout, receiveAudio } from './playout.ts';
import { recordPriorItems } from './prior-items.ts';
import { allowRecording, pauseRecording, resumeRecording } from './recording.ts';
import { endWatchedPlayout, isRemote, watchRemotePlayout } from './remote-call.ts';
import { isProtected, isWanted, noteProgress, supersedeResponse, watchProgress } from './response.ts';
import { resumeSession } from './resume.ts';
import { applyServerEvent, applySuccessorEvent, openSuccessor } from './server-event.ts';
import { breakDeadAir, passIdle, watchSilence } from './silence.ts';
import { passMeter, spendOnTool, watchMeter } from './spending.ts';
import { noteOverdue } from './stale-calls.ts';
import type { SessionState } from './state.ts';
import { alter, become, count, follow, notify, type Rule, type Step, sequence, stay } from './step.ts';
import {
  endOutage,
  giveUpConnecting,
  leave,
  loseConnection,
  loseSuccessor,
  prepareSuccessor,
  rollOver,
} from './succession.ts';
import { forceTakeOver, takeOverWhenQuiet } from './take-over.ts';
import {
  fillSilence,
  followUpBatches,
  interruptCalls,
  releaseUndeclared,
  settleCall,
  startWaiting,
  tellProgress,
} from './tool-calls.ts';
import { typeTurn, typeUnsent } from './typed-turn.ts';
import { commitTurn, dropSpeech, giveUpTurn, sendDueCommit, startLocalSpeech } from './user-turn.ts';

/**
 * The session: what becomes of it by an event, and what is asked for in answer. Pure and synchronous; total over all
 * states and events. What comes from a connection that is neither in use nor being made, and anything after the end,
 * changes nothing.
 */
export function transition(state: SessionState, event: SessionEvent): Step {
  if (state.lifecycle.kind === 'closed') return stay(state);
  if ('epoch' in event && standingOf(state, event.epoch) === 'past') return stay(state);
  const reacted = react(state, event);
  return reacted[0].lifecycle.kind === 'closed' ? reacted : settleDown(state, reacted);
}

/** What follows from the state as a whole, whatever the event was. */
const settlingRules: readonly Rule[] = [
  startWaiting,
  dropWhenDraining,
  followConsent,
  followUpBatches,
  moveOver,
  // Its first second may be the one that the budget does not allow: then there is something to say.
  watchMeter,
  grantOwed,
  dropAtLimit,
  releaseInput,
  endOwnTurn,
  finishDraining,
  (state) =>
    state.lifecycle.kind === 'closed' ? stay(state) : sequence(watchSilence(state), watchRemotePlayout),
];

/**
 * A new connection takes over and is sent the texts that waited for it. They cut in, which may end calls: what follows
 * from that is owed before an answer is asked for, or it would be answered twice.
 */
function moveOver(state: SessionState): Step {
  const moved = sequence(takeOverWhenQuiet(state), typeUnsent);
  return moved[0] === state ? moved : sequence(moved, followConsent, followUpBatches);
}

/** A limit that an answer or a second has reached ends what waits for a word of somebody, at once and not with the next event. */
function dropAtLimit(state: SessionState): Step {
  const dropped = dropWhenDraining(state);
  return dropped[0] === state ? dropped : sequence(dropped, followConsent, followUpBatches, grantOwed);
}

/** A turn that we end is committed, and answered. */
function endOwnTurn(state: SessionState): Step {
  const ended = sendDueCommit(state);
  return ended[0] === state ? ended : sequence(ended, grantOwed);
}

/** What follows where nothing is under way: the other rules answer to something that is. */
const restingRules: readonly Rule[] = [watchMeter, watchSilence];

function settleDown(before: SessionState, reacted: Step): Step {
  // A connection is made while nothing is under way, and a caller waits for it.
  if (isAtRest(before) && isAtRest(reacted[0])) {
    const rested = follow(reacted, restingRules);
    if (isAtRest(rested[0])) return rested;
    return sequence(follow(rested, settlingRules), (next) => announceChange(before, next));
  }
  return sequence(follow(reacted, settlingRules), (next) => announceChange(before, next));
}

function standingOf(state: SessionState, epoch: number): 'in_use' | 'being_made' | 'past' {
  if (state.connection.kind === 'ready' && state.connection.epoch === epoch) return 'in_use';
  return 'epoch' in state.successor && state.successor.epoch === epoch ? 'being_made' : 'past';
}

function react(state: SessionState, event: SessionEvent): Step {
  if ('epoch' in event) {
    return standingOf(state, event.epoch) === 'in_use'
      ? onConnection(state, event)
      : onSuccessor(state, event);
  }
  switch (event.type) {
    case 'session.start':
      return start(state);
    case 'session.resume':
      return resumeSession(state);
    case 'session.close':
      return closeSession(state, event.mode, event.reason);
    case 'session.reseat':
      return prepareSuccessor(state, 'reseat');
    case 'user.text':
      return typeTurn(state, event.text);
    case 'user.speech_started':
      return startLocalSpeech(state);
    case 'user.speech_dropped':
      return dropSpeech(state);
    case 'user.commit':
      return commitTurn(state);
    case 'user.interrupt':
      return interrupt(state, 'client');
    case 'agent.say':
      return oweSpeech(state, event.text, event.protected === true ? 'protected' : 'none');
    case 'agent.note':
      return notify({ type: 'note', callId: event.callId, text: event.text })(state);
    case 'agent.handoff':
      return handOver(state, event.agent);
    case 'recording.pause':
      return pauseRecording(state, event.by);
    case 'recording.resume':
      return resumeRecording(state, event.by);
    case 'recording.allow':
      return allowRecording(state, event.by);
    case 'agents.revised':
      return reviseAgents(state, event.agents);
    case 'variables.set':
      return setVariables(state, event.values);
    case 'playout.progress':
      return progressPlayout(state, event);
    case 'playout.flushed':
      return noteCut(completeFlush(state));
    case 'announcement.audio':
      return playAnnouncement(state, event.itemId, event.byteLength);
    case 'announcement.failed':
      return notify({ type: 'warning', code: 'announcement.failed', message: event.reason })(state);
    case 'approval.given':
      return takeApproval(state, event.approvalId, event);
    case 'tool.checked':
      return takeCheck(state, event.callId, event);
    case 'tool.settled':
      return settleCall(state, event.callId, event.outcome);
    case 'tool.progress':
      return tellProgress(state, event.callId, event.value);
    case 'tool.client_called': {
      const { type: _, ...call } = event;
      return putToClient(state, call);
    }
    case 'tool.client_settled':
      return settleClientCall(state, event.callId, event.ending);
    case 'tool.spent':
      return spendOnTool(state, event.callId, event.usage);
    case 'tool.report':
      return reportSoFar(state, event.callId, event.outputText);
    case 'guard.tripped':
      return tripGuard(state, event);
    case 'timer.fired':
      return onTimer(state, event.timer);
  }
}

function start(state: SessionState): Step {
  if (state.lifecycle.kind !== 'new') return stay(state);
  return sequence(
    become(state, { lifecycle: { kind: 'running' } }),
    recordPriorItems,
    (next) => dial(next, 'start'),
    startLimits,
  );
}

function onConnection(state: SessionState, event: ConnectionEvent): Step {
  switch (event.type) {
    case 'transport.opened':
      return stay(state);
    case 'transport.closed':
      return loseConnection(state, event);
    case 'server.event':
      return applyServerEvent(noteLife(state), event.event);
    case 'server.invalid':
      return noteInvalid(state, event.reason);
    case 'server.leaving':
      return leave(state, event.epoch, event.leftMs);
    case 'server.calls_withdrawn':
      return interruptCalls(noteLife(state), new Set(event.callIds));
    case 'server.audio':
      return hear(noteLife(state), event);
  }
}

/** Something came over the connection in use: it is alive. */
function noteLife(state: SessionState): SessionState {
  const { connection } = state;
  if (connection.kind !== 'ready') return state;
  const { kind, epoch, providerSessionId, base, heard, lateAnswers, doubtful, requests, errors } = connection;
  // Written out, since this is done for every event: spread syntax takes several times as long.
  return alter(state, {
    connection: {
      kind,
      epoch,
      providerSessionId,
      base,
      heard: heard + 1,
      lateAnswers,
      doubtful,
      requests,
      errors,
    },
  });
}

function onSuccessor(state: SessionState, event: ConnectionEvent): Step {
  switch (event.type) {
    case 'transport.opened':
      return openSuccessor(state);
    case 'transport.closed':
      return loseSuccessor(state, event);
    case 'server.event':
      return applySuccessorEvent(state, event.event);
    case 'server.invalid':
      return noteInvalid(state, event.reason);
    case 'server.leaving':
      return rollOver(state, event.epoch);
    default:
      return stay(state);
  }
}

function noteInvalid(state: SessionState, reason: string): Step {
  return sequence(
    count('invalidMessages')(state),
    notify({ type: 'warning', code: 'provider.invalid_message', message: reason }),
  );
}

function hear(state: SessionState, audio: Extract<SessionEvent, { type: 'server.audio' }>): Step {
  const { responseId } = audio;
  if (isRemote(state)) return stay(state);
  if (!isWanted(state, responseId) || state.playout.kind === 'flushing') return dropAudio(state);
  return sequence(
    supersedeResponse(state, responseId),
    (next) => noteResponse(next, responseId),
    (next) => noteProgress(next, responseId),
    (next) =>
      isWanted(next, responseId)
        ? receiveAudio(next, {
            responseId,
            itemId: audio.itemId,
            contentIndex: audio.contentIndex,
            byteLength: audio.byteLength,
            origin: 'server',
            epoch: next.connection.epoch,
            speech: isProtected(next) ? 'protected' : 'interruptible',
          })
        : dropAudio(next),
  );
}

function onTimer(state: SessionState, timer: TimerId): Step {
  switch (timer) {
    case 'connect':
      return giveUpConnecting(state);
    case 'backoff':
      return dialNow(state);
    case 'outage':
      return endOutage(state);
    case 'healthy':
      return become(state, { dial: { ...state.dial, attempts: 0 } });
    case 'response':
      return giveUpWaiting(state);
    case 'response.retry':
      return retryResponse(state);
    case 'stall':
      return watchProgress(state);
    case 'commit':
      return giveUpTurn(state);
    case 'idle':
      return passIdle(state);
    case 'dead_air':
      return breakDeadAir(state);
    case 'playout':
      return endWatchedPlayout(state);
    case 'limit':
      return passLimit(state);
    case 'meter':
      return passMeter(state);
    case 'consent':
      return expireConsent(state);
    case 'drain':
      return endDraining(state);
    default:
      return onNumberedTimer(state, timer);
  }
}

function onNumberedTimer(state: SessionState, timer: TimerId): Step {
  const at = timer.indexOf(':');
  const subject = timer.slice(at + 1);
  switch (timer.slice(0, at)) {
    case 'call':
      return releaseUndeclared(state, subject);
    case 'approval':
      return expireApproval(state, subject);
    case 'filler':
      return fillSilence(state, subject);
    case 'stale':
      return noteOverdue(state, subject);
    case 'rollover':
      return rollOver(state, Number(subject));
    case 'rollover.force':
      return forceTakeOver(state, Number(subject));
    default:
      return stay(state);
  }
}

function endDraining(state: SessionState): Step {
  if (state.lifecycle.kind !== 'draining') return stay(state);
  return endSession(state, { status: 'completed', reason: 'drained in part: the time for it was over' });
}

function finishDraining(state: SessionState): Step {
  if (state.lifecycle.kind !== 'draining' || !isOver(state)) return stay(state);
  return endSession(state, { status: 'completed', reason: state.lifecycle.reason });
}

/** A user who has spoken over what must be heard cuts what comes after it, which may end calls. */
function releaseInput(state: SessionState): Step {
  const held = holdInput(state);
  const isReleased = state.input === 'held' && held[0].input === 'flowing';
  return isReleased ? sequence(held, cutIn, followConsent, followUpBatches, grantOwed) : held;
}

/** Without a connection, and with none being made, only what is under way here can still end. */
function isOver(state: SessionState): boolean {
  if (hasBackgroundCalls(state)) return false;
  return isCutOff(state) ? !isPlaying(state) && !hasRunningCalls(state) : isSettled(state);
}

/** Tells the observers what follows from the change as a whole. */
function announceChange(before: SessionState, after: SessionState): Step {
  if (before === after || after.lifecycle.kind === 'closed') return stay(after);
  const activity = activityOf(after);
  return sequence(
    after,
    activity === activityOf(before) ? stay : notify({ type: 'activity', activity }),
    isSettled(after) && !isSettled(before) ? notify({ type: 'settled' }) : stay,
  );
}
