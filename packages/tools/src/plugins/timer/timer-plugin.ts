import { z } from 'zod';
import { definePlugin, type Plugin } from '../../define-plugin.ts';
import { defineTool, type ToolContext } from '../../define-tool.ts';
import { ToolError } from '../../tool-error.ts';
import { durationText } from './duration-text.ts';
import { type RunningTimer, SessionTimers, type TimerClock } from './session-timers.ts';
import { cancelIntents, listIntents, setIntents } from './timer-intents.ts';

const maxSeconds = 24 * 60 * 60;

/** What {@link timerPlugin} may be given. */
export interface TimerPluginOptions {
  /** Time and timers; the system's when absent, which never keep the process alive. */
  readonly clock?: TimerClock;
}

const systemClock: TimerClock = {
  nowMs: () => performance.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/**
 * The plugin `@antiphon/tools/timer`: timers of a session, which say so when they end. They are cleared when the
 * session or the plugin closes.
 */
export function timerPlugin({ clock = systemClock }: TimerPluginOptions = {}): Plugin<unknown> {
  return definePlugin({
    name: 'timer',
    setup(context) {
      const timers = new SessionTimers(clock);
      context.onClose(() => timers.clear());
      context.tool(setTimer(timers));
      context.tool(listTimers(timers));
      context.tool(cancelTimer(timers));
    },
  });
}

function setTimer(timers: SessionTimers) {
  return defineTool({
    name: 'set_timer',
    description: 'Sets a timer. When the time is over, the agent says so.',
    input: z.object({
      duration_seconds: z.number().int().min(1).max(maxSeconds).describe('Length of the timer in seconds'),
      label: z.string().min(1).max(60).optional().describe('What the timer is for, such as pasta'),
    }),
    effects: 'none',
    intents: setIntents,
    execute: ({ duration_seconds, label }, context) => {
      const timer = timers.add(context.session, {
        durationMs: duration_seconds * 1000,
        label,
        onEnd: announce(context),
      });
      if (timer === undefined) throw new ToolError('There are too many timers already; cancel one first.');
      return {
        ...describe(timer),
        summary: sentence(`${titleOf(timer)} is set for ${durationText(timer.durationMs)}`),
      };
    },
  });
}

/** The timer belongs to the session, so it may speak after the call that set it has ended. */
function announce(context: ToolContext): (timer: RunningTimer) => void {
  return (timer) => context.say(sentence(`${titleOf(timer)} for ${durationText(timer.durationMs)} is done.`));
}

function listTimers(timers: SessionTimers) {
  return defineTool({
    name: 'list_timers',
    description: 'Tells which timers are running and how much time is left.',
    input: z.object({}),
    effects: 'none',
    intents: listIntents,
    execute: (_, { session }) => {
      const running = timers.of(session).map((timer) => ({
        ...describe(timer),
        left_seconds: Math.ceil(timers.leftMs(timer) / 1000),
        left: durationText(timers.leftMs(timer)),
      }));
      const parts = timers
        .of(session)
        .map((timer) => `${titleOf(timer)} has ${durationText(timers.leftMs(timer))} left`);
      return {
        timers: running,
        summary: parts.length === 0 ? 'No timer is running' : sentence(parts.join(', ')),
      };
    },
  });
}

function cancelTimer(timers: SessionTimers) {
  return defineTool({
    name: 'cancel_timer',
    description: 'Cancels a running timer: the one with the given label, the only one, or all of them.',
    input: z.object({
      label: z
        .string()
        .min(1)
        .max(60)
        .optional()
        .describe('Label of the timer, or "all"; leave out when there is one'),
    }),
    effects: 'none',
    intents: cancelIntents,
    execute: ({ label }, { session }) => {
      const running = timers.of(session);
      const chosen = chooseTimers(running, label);
      for (const timer of chosen) timers.cancel(session, timer);
      return { cancelled: chosen.map(describe), summary: cancelSummary(chosen) };
    },
  });
}

function chooseTimers(running: readonly RunningTimer[], label: string | undefined): readonly RunningTimer[] {
  if (running.length === 0) throw new ToolError('No timer is running.');
  const wanted = label?.toLowerCase().trim();
  if (wanted === 'all' || wanted === 'all timers' || wanted === 'every timer') return running;
  const titles = running.map((timer) => `${titleOf(timer)} (${durationText(timer.durationMs)})`).join(', ');
  if (wanted === undefined) {
    if (running.length === 1) return running;
    throw new ToolError(`There are ${running.length} timers, which one? ${titles}.`, {
      data: { timers: running.map(describe) },
    });
  }
  const matching = running.filter(
    (timer) => timer.label?.toLowerCase() === wanted || durationText(timer.durationMs) === wanted,
  );
  if (matching.length === 0) throw new ToolError(`There is no timer called ${label}; there is ${titles}.`);
  return matching;
}

function cancelSummary(cancelled: readonly RunningTimer[]): string {
  const [only] = cancelled;
  return only !== undefined && cancelled.length === 1
    ? sentence(`${titleOf(only)} for ${durationText(only.durationMs)} is cancelled`)
    : `${cancelled.length} timers are cancelled`;
}

function titleOf({ label }: RunningTimer): string {
  return label === undefined ? 'the timer' : `the ${label} timer`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function describe({ id, label, durationMs }: RunningTimer) {
  return {
    id,
    label: label ?? null,
    duration_seconds: durationMs / 1000,
    duration: durationText(durationMs),
  };
}
