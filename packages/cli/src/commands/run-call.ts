import { join } from 'node:path';
import { AntiphonError, isAntiphonError } from '@antiphon/core';
import { type Antiphon, openJsonlSessionLog, type Session, sessionError } from '@antiphon/runtime';
import type { ApproveCall, AskClient } from '@antiphon/tools';
import { exitCodes } from '../exit-codes.ts';
import { showFailure } from '../render/failure.ts';
import type { RunView } from '../render/view.ts';

import { makeDirectory } from '../run/make-directory.ts';
import type { PlannedTurn } from '../run/turn-plan.ts';
import { UnplannedTurns } from '../run/unplanned-turns.ts';
import { UsageLog } from '../run/usage-log.ts';
import { commandLog } from './command-log.ts';
import { type CommandContext, isOn, textOption } from './context.ts';

/** Whoever sits before the command, as the tools of a session see them. */
export interface SessionAnswers {
  /** Agrees to calls of tools; undefined where nobody does. */
  readonly approve: ApproveCall | undefined;
  /** Answers calls of client tools; undefined where nobody does. */
  readonly clientTools: AskClient | undefined;
}

/** A call to hold. */
export interface CallPlan extends SessionAnswers {
  readonly callId: string;
  /** What is typed into it, one after the other. */
  readonly texts: readonly string[];
  readonly directory: string;
}

/** @throws AntiphonError `cli.usage` for files: the sound of a call flows elsewhere. */
export function textsForCall(turns: readonly PlannedTurn[]): readonly string[] {
  return turns.map((turn) => {
    if (turn.kind === 'text') return turn.text;
    const problem = `a call has its own sound: leave ${turn.path} out, or type with --text`;
    throw new AntiphonError('cli.usage', { problem, command: 'run' });
  });
}

/**
 * Joins a call and runs the agent in it: until it is over, or until the last of the texts is answered; then, and on an
 * interrupt, the call goes on without us.
 */
export async function holdCall(context: CommandContext, antiphon: Antiphon, view: RunView, plan: CallPlan) {
  const { signal } = context;
  makeDirectory(plan.directory);
  view.loading('joining the call …');
  const turns = new UnplannedTurns(view, { input: 'call' });
  const usage = new UsageLog();
  const early: Parameters<UnplannedTurns['take']>[] = [];
  let take = (...told: Parameters<UnplannedTurns['take']>): void => void early.push(told);
  const session = await joinCall(context, antiphon, { ...plan, onNotice: (...told) => take(...told) });
  view.started(session);
  // What the user says may come with the answer that the call is joined.
  take = (notice, atMs) => {
    view.notice(notice);
    usage.take(notice);
    turns.take(notice, atMs);
  };
  for (const told of early) take(...told);
  const leave = (reason: string) => session.close({ mode: 'cancel', call: 'leave', reason });
  const interrupt = (): void => void leave('interrupted');
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  if (plan.texts.length > 0) {
    await typeAll(session, turns, plan.texts);
    await leave('done');
  }
  const outcome = await session.closed;
  signal.removeEventListener('abort', interrupt);
  const error = sessionError(outcome, session.providerName);
  const status = signal.aborted ? 'interrupted' : error === undefined ? 'completed' : 'failed';
  view.summary(
    {
      type: 'summary',
      session_id: session.id,
      agent: session.agentName,
      provider: session.providerName,
      call_id: plan.callId,
      turns: turns.records,
      usage: usage.summary(session.usage),
      status,
      ...(isAntiphonError(error) && { error: error.toJSON() }),
    },
    plan.directory,
  );
  if (signal.aborted) return exitCodes.interrupted;
  if (error === undefined) return exitCodes.done;
  return showFailure(error, context.console, { json: false, debug: isOn(context.words, 'debug') });
}

function joinCall(
  { words, signal }: CommandContext,
  antiphon: Antiphon,
  plan: CallPlan & { readonly onNotice: UnplannedTurns['take'] },
): Promise<Session> {
  const agent = textOption(words, 'agent');
  const provider = textOption(words, 'provider');
  const log = openJsonlSessionLog(join(plan.directory, 'session.jsonl'), {
    redact: (line) => antiphon.redact(line),
    logger: commandLog(words, 'warn').logger,
  });
  const { approve, clientTools } = plan;
  return antiphon.startSession({
    callId: plan.callId,
    onNotice: plan.onNotice,
    log,
    ...(approve && { approve }),
    ...(clientTools && { clientTools }),
    ...(agent !== undefined && { agent }),
    ...(provider !== undefined && { provider }),
    signal,
  });
}

/** Each text is typed when the one before is answered; none any more once the call is over. */
async function typeAll(session: Session, turns: UnplannedTurns, texts: readonly string[]): Promise<void> {
  let isOver = false;
  session.observe('closed', () => {
    isOver = true;
  });
  for (const text of texts) {
    await settled(session);
    if (isOver) return;
    turns.expectText();
    session.sendText(text);
  }
  await settled(session);
}

/** Settles when nothing is owed, or when the session is over. */
function settled(session: Session): Promise<void> {
  return new Promise((resolve) => {
    const stop = session.observeAll(({ type }) => {
      if (type !== 'closed' && !(type === 'settled' && session.settled)) return;
      stop();
      resolve();
    });
    if (!session.settled) return;
    stop();
    resolve();
  });
}
