import type { ConfigEnv } from './interpolate.ts';
import { type ProviderConfig, ProviderConfigSchema } from './provider-config.ts';
import type { ConfigSecret } from './secrets.ts';

/** A key of an entry and the variables it is read from: the first that is set counts. */
interface EnvironmentKey {
  readonly key: string;
  readonly variables: readonly string[];
  readonly standing: 'required' | 'optional';
}

/** A provider that needs no entry in the file: its settings are read from the usual variables. */
interface BuiltIn {
  readonly type: string;
  readonly keys: readonly EnvironmentKey[];
  /** Keys of which one is needed. */
  readonly credentials: readonly Omit<EnvironmentKey, 'standing'>[];
  /** A key that makes credentials needless. */
  readonly freedBy?: string;
}

const builtIns: Readonly<Record<string, BuiltIn>> = {
  local: { type: 'local', keys: [], credentials: [] },
  openai: {
    type: 'openai',
    keys: [
      optional('model', 'OPENAI_REALTIME_MODEL'),
      optional('base_url', 'OPENAI_BASE_URL'),
      optional('organization', 'OPENAI_ORG_ID', 'OPENAI_ORGANIZATION'),
      optional('project', 'OPENAI_PROJECT_ID', 'OPENAI_PROJECT'),
    ],
    credentials: [{ key: 'api_key', variables: ['OPENAI_API_KEY'] }],
    freedBy: 'base_url',
  },
  azure: {
    type: 'azure',
    keys: [
      required('endpoint', 'AZURE_OPENAI_ENDPOINT'),
      required(
        'deployment',
        'AZURE_OPENAI_DEPLOYMENT',
        'AZURE_OPENAI_DEPLOYMENT_NAME',
        'AZURE_OPENAI_REALTIME_DEPLOYMENT',
      ),
      optional('api_version', 'AZURE_OPENAI_API_VERSION', 'OPENAI_API_VERSION'),
    ],
    credentials: [
      { key: 'api_key', variables: ['AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_KEY'] },
      { key: 'token', variables: ['AZURE_OPENAI_AD_TOKEN'] },
    ],
  },
  azure_voice_live: {
    type: 'azure_voice_live',
    keys: [
      required('endpoint', 'AZURE_VOICELIVE_ENDPOINT', 'AZURE_VOICE_LIVE_ENDPOINT'),
      optional('model', 'AZURE_VOICELIVE_MODEL', 'AZURE_VOICE_LIVE_MODEL'),
      optional('api_version', 'AZURE_VOICELIVE_API_VERSION', 'AZURE_VOICE_LIVE_API_VERSION'),
    ],
    credentials: [
      { key: 'api_key', variables: ['AZURE_VOICELIVE_API_KEY', 'AZURE_VOICE_LIVE_API_KEY'] },
      { key: 'token', variables: ['AZURE_VOICELIVE_TOKEN', 'AZURE_VOICE_LIVE_TOKEN'] },
    ],
  },
  gemini: {
    type: 'gemini',
    keys: [
      optional('model', 'GEMINI_LIVE_MODEL'),
      optional('base_url', 'GEMINI_BASE_URL', 'GOOGLE_GEMINI_BASE_URL'),
    ],
    credentials: [{ key: 'api_key', variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'] }],
    freedBy: 'base_url',
  },
};

/** What Azure calls the version of the GA dialect: it is spoken without one. */
const gaVersion = /^(?:v1|latest)$/i;

/** The providers that are there without an entry. */
export const builtInProviderNames: readonly string[] = Object.keys(builtIns);

/** A built-in provider as the environment describes it, or what is missing there. */
export type BuiltInProvider =
  | { readonly ok: true; readonly config: ProviderConfig; readonly secrets: readonly ConfigSecret[] }
  | {
      readonly ok: false;
      /** The variables that are not set, each with what may stand for it. */
      readonly missing: readonly string[];
    };

/** Reads the provider of this name from the environment; undefined when there is none of this name. Pure. */
export function readBuiltInProvider(name: string, env: ConfigEnv): BuiltInProvider | undefined {
  const builtIn = Object.hasOwn(builtIns, name) ? builtIns[name] : undefined;
  if (builtIn === undefined) return undefined;
  const { type, keys, credentials, freedBy } = builtIn;
  const found = keys.map((each) => ({ ...each, set: firstSet(each.variables, env) }));
  const credential = credentials
    .map((each) => ({ ...each, set: firstSet(each.variables, env) }))
    .find(({ set }) => set !== undefined);
  const isFree = found.some(({ key, set }) => key === freedBy && set !== undefined);
  const missing = found
    .filter(({ standing, set }) => standing === 'required' && set === undefined)
    .map(({ variables: [first = ''] }) => first);
  if (credential === undefined && credentials.length > 0 && !isFree) missing.push(alternatives(credentials));
  if (missing.length > 0) return { ok: false, missing };
  const values = [...found, ...(credential ? [credential] : [])].flatMap(({ key, set }) =>
    set === undefined || (key === 'api_version' && gaVersion.test(set.value))
      ? []
      : [[key, set.value] as const],
  );
  return {
    ok: true,
    config: ProviderConfigSchema.parse({ type, ...Object.fromEntries(values) }),
    secrets: credential?.set === undefined ? [] : [credential.set],
  };
}

/** The built-in providers that the environment describes in full. */
export function availableBuiltIns(env: ConfigEnv): {
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  readonly secrets: readonly ConfigSecret[];
} {
  const available = builtInProviderNames.flatMap((name) => {
    const read = readBuiltInProvider(name, env);
    return read?.ok ? [{ name, ...read }] : [];
  });
  return {
    providers: Object.fromEntries(available.map(({ name, config }) => [name, config])),
    secrets: available.flatMap(({ secrets }) => secrets),
  };
}

function required(key: string, ...variables: readonly string[]): EnvironmentKey {
  return { key, variables, standing: 'required' };
}

function optional(key: string, ...variables: readonly string[]): EnvironmentKey {
  return { key, variables, standing: 'optional' };
}

function alternatives(credentials: BuiltIn['credentials']): string {
  const [first = '', ...others] = credentials.map(({ variables: [name = ''] }) => name);
  return others.length === 0 ? first : `${first} (or ${others.join(' or ')})`;
}

/** A variable that is set to nothing counts as not set. */
function firstSet(variables: readonly string[], env: ConfigEnv): ConfigSecret | undefined {
  for (const name of variables) {
    const value = Object.hasOwn(env, name) ? env[name]?.trim() : undefined;
    if (value !== undefined && value !== '') return { name, value };
  }
  return undefined;
}
