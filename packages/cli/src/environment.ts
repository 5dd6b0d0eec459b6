import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of the process over the `.env` file of `folder`, where there is one. */
export function readEnvironment(folder: string, processEnv: Environment): Environment {
  return { ...readDotEnv(join(folder, '.env')), ...processEnv };
}

const proxyNames = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'] as const;

/**
 * The variables of proxies that `env` has and the process has not, in either case of letters: what makes connections
 * looks for them in the environment of the process.
 */
export function missingProxies(env: Environment, processEnv: Environment): Readonly<Record<string, string>> {
  const missing: Record<string, string> = {};
  for (const name of proxyNames) {
    const spellings = [name, name.toUpperCase()];
    if (spellings.some((spelling) => processEnv[spelling] !== undefined)) continue;
    for (const spelling of spellings) {
      const value = env[spelling];
      if (value !== undefined) missing[spelling] = value;
    }
  }
  return missing;
}

function readDotEnv(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8')) as Environment;
  } catch {
    return {};
  }
}
