import {
  AntiphonError,
  capabilitiesOf,
  type Provider,
  type ProviderConfig,
  type SettingPath,
} from '@antiphon/core';
import type { LoadedProvider } from './plugin-provider.ts';

/** How long the hosted services let a session last. */
const defaultSessionLimitMs = {
  openai: 60 * 60_000,
  azure: 30 * 60_000,
  azure_voice_live: 30 * 60_000,
  openai_compatible: undefined,
  plugin: undefined,
  gemini: 10 * 60_000,
} as const;

/** Makes the provider of one entry of the agent file; loads what it needs only then. */
export type ProviderFactory = (name: string, config: ProviderConfig) => Promise<Provider>;

/** A provider that was made, and how many programs have it. */
interface Made {
  readonly provider: Promise<Provider>;
  /** Set when it has been made. */
  ready?: Provider;
  holders: number;
}

/** The providers of the agent file, each made when it is first asked for and shared by all sessions. */
export class ProviderPool {
  readonly #configs: ReadonlyMap<string, ProviderConfig>;
  readonly #create: ProviderFactory;
  readonly #made = new Map<string, Made>();
  readonly #given: ReadonlyMap<string, Provider>;
  readonly #plugins: ReadonlyMap<string, LoadedProvider>;

  /**
   * @param given providers of the application, which take the place of an entry with their name.
   * @param plugins what the entries with `use` name.
   */
  constructor(
    configs: ReadonlyMap<string, ProviderConfig>,
    create: ProviderFactory,
    given: ReadonlyMap<string, Provider>,
    plugins: ReadonlyMap<string, LoadedProvider> = new Map(),
  ) {
    this.#plugins = plugins;
    this.#configs = configs;
    this.#create = create;
    this.#given = given;
    for (const [name, provider] of given) {
      this.#made.set(name, { provider: Promise.resolve(provider), ready: provider, holders: 1 });
    }
  }

  /** Rejects with AntiphonError `provider.unknown`, and what making a provider throws; the next call tries again. */
  get(name: string): Promise<Provider> {
    const known = this.#made.get(name);
    if (known !== undefined) return known.provider;
    const config = this.#configs.get(name);
    if (config === undefined) {
      return Promise.reject(new AntiphonError('provider.unknown', { name, available: this.#names() }));
    }
    const provider = this.#create(name, config);
    const made: Made = { provider, holders: 1 };
    this.#made.set(name, made);
    provider.then(
      (ready) => void (made.ready = ready),
      () => this.#made.delete(name),
    );
    return provider;
  }

  /** A provider that has been made; undefined for others, which {@link get} makes. */
  made(name: string): Provider | undefined {
    return this.#made.get(name)?.ready;
  }

  /** The voice that agents without one get from this provider. */
  voiceOf(name: string): string | undefined {
    return this.#configs.get(name)?.voice;
  }

  /** The call that sessions of this provider join, where its entry names one. */
  callIdOf(name: string): string | undefined {
    const config = this.#configs.get(name);
    return config !== undefined && 'call_id' in config && !this.#given.has(name) ? config.call_id : undefined;
  }

  /** After how long the provider's server ends a session; undefined when it does not. */
  sessionLimitMsOf(name: string): number | undefined {
    const given = this.#given.get(name);
    if (given !== undefined) return given.traits?.sessionLimitMs;
    const config = this.#configs.get(name);
    if (config === undefined || config.type === 'local') return undefined;
    return config.session_limit_ms ?? defaultSessionLimitMs[config.type];
  }

  /** Whether it is one of ours behind a network: making it touches nothing but this process. */
  isHosted(name: string): boolean {
    const type = this.#given.has(name) ? undefined : this.#configs.get(name)?.type;
    return type !== undefined && type !== 'local' && type !== 'plugin';
  }

  /** Whether a connection keeps the settings it was made with. */
  hasFixedSettings(name: string): boolean {
    const given = this.#given.get(name);
    if (given !== undefined) return given.traits?.settings === 'fixed';
    const isFixed = this.#plugins.get(name)?.definition.settings === 'fixed';
    return isFixed || this.#configs.get(name)?.type === 'gemini';
  }

  /** The settings that the provider does not take. */
  rejectedSettingsOf(name: string): readonly SettingPath[] | undefined {
    const given = this.#given.get(name);
    if (given !== undefined) return given.traits?.rejectsSettings;
    const config = this.#configs.get(name);
    return config && capabilitiesOf(config).rejectsSettings;
  }

  async close(): Promise<void> {
    const left = [...this.#made.values()].filter((each) => --each.holders === 0);
    this.#made.clear();
    const made = await Promise.allSettled(left.map(({ provider }) => provider));
    await Promise.all(
      made.flatMap((result) => (result.status === 'fulfilled' ? [result.value.close()] : [])),
    );
  }

  /** Takes over from the pool of the program before what has not changed; each closes it, and the last one does. */
  takeOver(former: ProviderPool): void {
    for (const [name, made] of former.#made) {
      if (!this.#isSame(name, former)) continue;
      made.holders += 1;
      this.#made.set(name, made);
    }
  }

  /** Whether an entry means what it meant to the program before. */
  #isSame(name: string, former: ProviderPool): boolean {
    if (this.#given.has(name)) return this.#given.get(name) === former.#given.get(name);
    const isEqual = JSON.stringify(this.#configs.get(name)) === JSON.stringify(former.#configs.get(name));
    return isEqual && this.#plugins.get(name)?.sourceKey === former.#plugins.get(name)?.sourceKey;
  }

  #names(): string {
    return [...new Set([...this.#configs.keys(), ...this.#made.keys()])].join(', ');
  }
}
