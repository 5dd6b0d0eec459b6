import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of the process over the `.env` file of `folder`, where there is one. */
export function readEnvironment(folder: string, processEnv: Environment): Environment {
  return { ...readDotEnv(join(folder, '.env')), ...processEnv };
}

function readDotEnv(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8')) as Environment;
  } catch {
    return {};
  }
}
