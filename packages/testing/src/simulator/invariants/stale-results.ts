import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';

/** What is put behind a result that is no news any more. */
export const staleNote =
  ' [this came late: the user has said something else meanwhile. Do not bring it up unless it is asked for.]';

interface Run {
  readonly startedAtMs: number;
  /** Whether the user has taken a turn since. */
  passed: boolean;
}

/** Whether what comes of a run now is late; undefined where it is a matter of a millisecond. */
function isLate(
  { startedAtMs, passed }: Run,
  staleAfterMs: number | undefined,
  world: World,
): boolean | undefined {
  if (staleAfterMs === undefined) return false;
  const overMs = world.stage.queue.nowMs - startedAtMs - staleAfterMs;
  if (Math.abs(overMs) < 2) return undefined;
  return passed && overMs > 0;
}

/** A result that comes when the user has gone on is given to the model as such, and told as such. */
const lateResultsAreMarked: Invariant = {
  id: 'B04',
  says: 'a result is marked as late when its time is over and the user has taken another turn, and only then',
  watch(world, fail) {
    const runs = new Map<string, Run>();
    /** One that is started anew by another process has its time anew, unless that was over. */
    const start = (callId: string) => {
      const run = runs.get(callId);
      const isOver =
        run && isLate({ ...run, passed: true }, world.ledger.policyOf(callId)?.staleAfterMs, world);
      const { nowMs } = world.stage.queue;
      runs.set(callId, {
        startedAtMs: isOver === true ? (run?.startedAtMs ?? nowMs) : nowMs,
        passed: run?.passed ?? false,
      });
    };
    return {
      effects: ['tool.start', 'tool_settled', 'user_turn'],
      onEffect(effect, { state }) {
        if (effect.type === 'tool.start') start(effect.callId);
        if (effect.type === 'notify' && effect.notice.type === 'user_turn')
          for (const run of runs.values()) run.passed = true;
        if (effect.type !== 'notify' || effect.notice.type !== 'tool_settled') return;
        const { callId, stale } = effect.notice;
        const run = runs.get(callId);
        const expected = run && isLate(run, world.ledger.policyOf(callId)?.staleAfterMs, world);
        // At the end nobody is given a result any more.
        const isOver = state.lifecycle.kind === 'closed';
        if (!isOver && expected !== undefined && expected !== (stale === true))
          fail(
            `the result of ${callId} is told as ${stale === true ? 'late' : 'news'}, it should be ${expected ? 'late' : 'news'}`,
          );
      },
      steps: ['tool.settled'],
      onStep({ event, effects, before }) {
        if (event.type !== 'tool.settled' || before.lifecycle.kind === 'closed') return;
        const isTold = effects.some(
          (effect) =>
            effect.type === 'notify' && effect.notice.type === 'tool_settled' && effect.notice.stale === true,
        );
        for (const effect of effects) {
          if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.create') continue;
          const text = JSON.stringify(effect.event.item);
          if (
            text.includes(event.outcome.outputText.slice(1, -1).replaceAll('"', String.raw`\"`)) &&
            text.includes(staleNote) !== isTold
          )
            fail(`what came of ${event.callId} is ${isTold ? 'not ' : ''}given to the model as late`);
        }
      },
    };
  },
};

export const staleInvariants: readonly Invariant[] = [lateResultsAreMarked];
