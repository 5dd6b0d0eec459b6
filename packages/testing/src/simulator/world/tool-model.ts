import type { Effect, JsonObject, ToolOutcome } from '@antiphon/core';
import type { Task } from '../event-queue.ts';
import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { isCalm, later, type Stage } from '../stage.ts';
import { ToolTalk } from './tool-talk.ts';

type ToolStart = Extract<Effect, { readonly type: 'tool.start' }>;

type ToolCheck = Extract<Effect, { readonly type: 'tool.check' }>;

/** One run of a tool. */
export interface ToolRun {
  readonly callId: string;
  readonly name: string;
  readonly startedAtMs: number;
  /** Whether it ends soon after it is told to. */
  readonly obeys: boolean;
  cancelled: boolean;
  outcome: ToolOutcome | undefined;
  ending: Task | undefined;
}

/** The tool host: runs what the session starts and answers each run once. */
export class ToolModel {
  /** Every run, in order. */
  readonly runs: ToolRun[] = [];
  readonly #stage: Stage;
  readonly #random: Prng;
  readonly #talk: ToolTalk;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#random = stage.random.fork('tools');
    this.#talk = new ToolTalk(stage);
  }

  start({ callId, name, argumentsJson, agent }: ToolStart): void {
    const { profile, settings } = this.#stage;
    const stubborn = this.#random.chance(likelihood(profile, 'stubborn_tools', 0.2, 0.6));
    const run: ToolRun = {
      callId,
      name,
      startedAtMs: this.#stage.queue.nowMs,
      obeys: !stubborn,
      cancelled: false,
      outcome: undefined,
      ending: undefined,
    };
    this.runs.push(run);
    const known = settings.agents[agent]?.tools.some((tool) => tool.name === name) ?? false;
    const status = this.#drawStatus(known, argumentsJson);
    this.#endAfter(run, this.#drawDelay(status), status);
    if (stubborn && known) this.#saySomething(run);
    if (known) this.#talk.begin({ callId, name, agent });
  }

  /** Looks at a call that somebody has to agree to. */
  check({ callId, name, argumentsJson, agent }: ToolCheck): void {
    const { settings, dispatch } = this.#stage;
    const known = settings.agents[agent]?.tools.some((tool) => tool.name === name) ?? false;
    const { approver, question } = this.#talk.manners(questionFor(callId));
    later(this.#stage, 0, () => {
      const isSound = known && argumentsJson.endsWith('}');
      dispatch({
        type: 'tool.checked',
        callId,
        approver,
        check: isSound
          ? {
              kind: 'sound',
              arguments: JSON.parse(argumentsJson) as JsonObject,
              ...(question !== undefined && { question }),
            }
          : { kind: 'ended', outcome: outcomeOf(callId, 'rejected') },
      });
    });
  }

  cancel(callId: string): void {
    const run = this.runs.findLast((one) => one.callId === callId);
    if (run === undefined || run.outcome !== undefined) return;
    run.cancelled = true;
    // A result that is ready already is told, not thrown away.
    if (this.#random.chance(0.15)) return this.#endAfter(run, this.#random.int(0, 5), 'completed');
    this.#endAfter(run, run.obeys ? this.#random.int(0, 20) : this.#random.int(200, 2_000), 'cancelled');
  }

  get running(): readonly ToolRun[] {
    return this.runs.filter((run) => run.outcome === undefined);
  }

  /** The process is gone, and what ran in it. */
  vanish(): void {
    this.#talk.vanish();
    for (const run of this.running) {
      this.#stage.queue.cancel(run.ending);
      run.outcome = outcomeOf(run.callId, 'cancelled');
    }
  }

  #endAfter(run: ToolRun, delayMs: number, status: ToolOutcome['status']): void {
    this.#stage.queue.cancel(run.ending);
    run.ending = this.#stage.queue.after(delayMs, () => {
      run.outcome = outcomeOf(run.callId, status);
      this.#talk.end(run.callId, status === 'completed' ? 'answered' : 'cancelled');
      this.#stage.dispatch({ type: 'tool.settled', callId: run.callId, outcome: run.outcome });
    });
  }

  #drawStatus(known: boolean, argumentsJson: string): ToolOutcome['status'] {
    if (!known || !argumentsJson.endsWith('}')) return 'rejected';
    const failing = likelihood(this.#stage.profile, 'failing_tools', 0.15, 0.5);
    return this.#random.chance(failing) ? this.#random.pick(['failed', 'timed_out']) : 'completed';
  }

  #drawDelay(status: ToolOutcome['status']): number {
    if (status === 'rejected') return 0;
    if (status === 'timed_out') return this.#random.int(4_000, 9_000);
    const slow = this.#random.chance(likelihood(this.#stage.profile, 'slow_tools', 0.25, 0.7));
    return slow ? this.#random.int(1_000, 9_000) : this.#random.int(0, 400);
  }

  /** Some tools talk, even after they were told to stop. */
  #saySomething(run: ToolRun): void {
    if (!this.#random.chance(0.3)) return;
    later(this.#stage, this.#random.int(100, 4_000), () => {
      if (isCalm(this.#stage)) return;
      this.#stage.dispatch({ type: 'agent.say', text: `note of ${run.callId}` });
    });
  }
}

/** What the user is asked about a call. */
function questionFor(callId: string) {
  return { text: `Run ${callId}, shall I?`, closingLength: 0 };
}

function outcomeOf(callId: string, status: ToolOutcome['status']): ToolOutcome {
  const output = { result: `${status} ${callId}` };
  return { status, arguments: {}, output, outputText: JSON.stringify(output), elapsedMs: 1 };
}
