import type { JsonObject } from '../json.ts';
import type { ConfigNode } from './config-node.ts';
import type { ConfigEnv } from './interpolate.ts';
import type { ConfigPath } from './problem.ts';

/** What the checks across the file are given. The file may still have problems of shape: every check reads warily. */
export interface CheckContext {
  readonly root: ConfigNode;
  /** The value of `root` with variables replaced, without defaults. */
  readonly value: JsonObject;
  /** The text of the file. */
  readonly source: string;
  /** False for a text whose variables are missing or malformed: it has been reported and says nothing. */
  readonly isSettled: (path: ConfigPath) => boolean;
  /** The providers whose settings must be complete. */
  readonly usedProviders: ReadonlySet<string>;
  /** What built-in providers are read from. */
  readonly env: ConfigEnv;
}
