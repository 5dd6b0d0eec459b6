import type { Prng } from '../prng.ts';
import { isCalm } from '../stage.ts';
import type { World } from '../world.ts';
import type { RuleId } from './rules.ts';
import type { Trouble, Troubles } from './troubles.ts';

/** What the ports of one schedule share. */
export interface Bench {
  readonly world: World;
  readonly random: Prng;
  readonly troubles: Troubles;
  /** Something does not hold; throws. */
  readonly fail: (rule: RuleId, message: string) => never;
}

/** The words by which an error is known that a port throws on purpose. */
export const onPurpose = 'on purpose';

/** An error that a port throws on purpose. */
export function plannedError(port: string): Error {
  return new Error(`${port} failed ${onPurpose}`);
}

/** Whether a port gets into trouble now: never when all is to be calm. */
export function strikes(
  { world, random, troubles }: Bench,
  trouble: Trouble,
  low: number,
  high: number,
): boolean {
  const level = troubles[trouble];
  if (level === 'off' || isCalm(world.stage)) return false;
  return random.chance(level === 'low' ? low : high);
}

/** A promise that is settled from outside. */
export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

export function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((settle, refuse) => {
    resolve = settle;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

/** Whether an act of a life that is over still counts. */
export type IsOver = () => boolean;
