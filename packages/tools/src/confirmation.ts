import { defaultConfirmMs } from '@antiphon/core';
import type { ToolSettings } from './define-tool.ts';

/** Who must agree to each call of a tool, and how they are asked. */
export interface Confirmation {
  readonly by: 'spoken' | 'app';
  /** Milliseconds for which the answer is waited for. */
  readonly ttlMs: number;
  /** What the user is asked; undefined for the description and all arguments. */
  readonly say: string | undefined;
}

const leastMs = 1_000;
const mostMs = 600_000;

/** Who must agree, with the defaults; undefined for nobody. */
export function confirmationOf({ confirm = 'none' }: ToolSettings): Confirmation | undefined {
  if (confirm === 'none') return undefined;
  if (typeof confirm === 'string') return { by: confirm, ttlMs: defaultConfirmMs[confirm], say: undefined };
  const { by, ttlMs = defaultConfirmMs[by], say } = confirm;
  return { by, ttlMs, say };
}

/** What is wrong with a setting, also where types could have been bypassed; undefined for nothing. */
export function confirmProblem(confirm: unknown): string | undefined {
  const by = ['spoken', 'app'];
  if (confirm === undefined || confirm === 'none' || by.includes(confirm as string)) return undefined;
  if (typeof confirm !== 'object' || confirm === null) {
    return `is ${JSON.stringify(confirm)}, not one of none, spoken, app`;
  }
  const { ttlMs, say, ...told } = confirm as Record<string, unknown>;
  if (!by.includes(told['by'] as string)) return 'is not { by: "spoken" or "app" }';
  if (ttlMs !== undefined && !(typeof ttlMs === 'number' && ttlMs >= leastMs && ttlMs <= mostMs)) {
    return `has ttlMs ${JSON.stringify(ttlMs)}, not a number of milliseconds from ${leastMs} to ${mostMs}`;
  }
  if (say !== undefined && (typeof say !== 'string' || say.trim() === '')) return 'has no text in say';
  return say !== undefined && told['by'] === 'app' ? 'has say, but the user is not asked' : undefined;
}

/** The fields that what is said names. */
export function questionSlots(confirm: ToolSettings['confirm']): readonly string[] {
  const say = typeof confirm === 'object' ? confirm.say : undefined;
  return typeof say === 'string'
    ? [...say.matchAll(/\{\{([^{}]*)\}\}/g)].map(([, slot = '']) => slot.trim())
    : [];
}
