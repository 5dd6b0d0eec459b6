import type { Provider, ProviderConfig, TransportClose } from '@antiphon/core';
import { ScriptedProvider } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { defineProvider, type ProviderDefinition } from '../src/providers/define-provider.ts';
import { createOpenAiProvider } from '../src/providers/openai-provider.ts';
import { createPluginProvider } from '../src/providers/plugin-provider.ts';
import { createProviderFactory } from '../src/providers/provider-factory.ts';
import { ProviderPool } from '../src/providers/provider-pool.ts';
import { randomIds } from '../src/system/random-ids.ts';
import { systemClock } from '../src/system/system-clock.ts';
import { recordingLogger } from './support/recording-logger.ts';

describe('createOpenAiProvider', () => {
  const config = { type: 'openai', model: 'm', headers: {} } as const;

  it('needs a key for OpenAI itself, and none for another server', () => {
    expect(() => createOpenAiProvider('mine', config)).toThrow(
      expect.objectContaining({ code: 'provider.key_missing', message: 'provider "mine" has no api_key' }),
    );
    expect(createOpenAiProvider('mine', { ...config, base_url: 'ws://127.0.0.1:1' }).name).toBe('mine');
    expect(createOpenAiProvider('mine', { ...config, api_key: 'k' }).name).toBe('mine');
  });
});

describe('createProviderFactory', () => {
  const create = createProviderFactory({
    clock: systemClock,
    ids: randomIds,
    logger: recordingLogger(),
    tokenSources: {},
    plugins: new Map(),
    secrets: [],
  });

  it.each([
    ['azure', { endpoint: 'https://x.example', deployment: 'd', api_key: 'k', headers: {} }],
    [
      'azure_voice_live',
      { endpoint: 'https://x.example', model: 'm', api_version: '1', token: 't', headers: {} },
    ],
    [
      'openai_compatible',
      {
        base_url: 'ws://127.0.0.1:1',
        dialect: 'beta',
        capabilities: { rejects_settings: [], rejects_events: [], never_sends: [] },
        headers: {},
      },
    ],
  ])('makes a provider of the type %s', async (type, settings) => {
    const provider = await create('cloud', { type, ...settings } as ProviderConfig);
    expect(provider.name).toBe('cloud');
    await provider.close();
  });

  it('makes the provider of a server', async () => {
    const provider = await create('mine', {
      type: 'openai',
      model: 'm',
      base_url: 'ws://127.0.0.1:1',
      headers: {},
    });
    expect(provider.name).toBe('mine');
    await provider.close();
  });
});

describe('what a pool knows of a provider before it is made', () => {
  const entry: ProviderConfig = {
    type: 'plugin',
    use: './p.ts',
    config: {},
    capabilities: { rejects_settings: ['audio.output.speed'], rejects_events: [], never_sends: [] },
    session_limit_ms: 5_000,
  };
  const definition = defineProvider({
    name: 'p',
    settings: 'fixed',
    create: () => new ScriptedProvider(),
  }) as ProviderDefinition;
  const traits = {
    sessionLimitMs: 7_000,
    rejectsSettings: ['audio.output.voice'],
    settings: 'fixed',
  } as const;
  const given = Object.assign(new ScriptedProvider(), { traits });
  const pool = new ProviderPool(
    new Map([
      ['of_others', entry],
      ['given', entry],
    ]),
    async () => new ScriptedProvider(),
    new Map([
      ['given', given],
      ['plain', new ScriptedProvider()],
    ]),
    new Map([['of_others', { definition, config: {}, use: './p.ts', sourceKey: '' }]]),
  );

  it.each([
    ['of_others', 5_000, ['audio.output.speed'], true],
    ['given', 7_000, ['audio.output.voice'], true],
    ['plain', undefined, undefined, false],
    ['unknown', undefined, undefined, false],
  ])('%s', (name, limitMs, rejected, isFixed) => {
    expect(pool.sessionLimitMsOf(name)).toBe(limitMs);
    expect(pool.rejectedSettingsOf(name)).toEqual(rejected);
    expect(pool.hasFixedSettings(name)).toBe(isFixed);
  });
});

describe('a provider of others', () => {
  const parts = {
    clock: systemClock,
    ids: randomIds,
    logger: recordingLogger(),
    secrets: [{ name: 'KEY', value: 'secret-81' }],
  };
  const request = { sessionId: 's', agentName: 'a', tools: [] };
  const make = (create: () => unknown) => {
    const definition = defineProvider({ name: 'p', create: create as () => Provider }) as ProviderDefinition;
    return createPluginProvider('acme', {
      ...parts,
      plugins: new Map([['acme', { definition, config: {}, use: './p.ts', sourceKey: '' }]]),
    });
  };

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('no secret-81 here');
      },
      'provider "acme" could not be made: no [secret:KEY] here',
    ],
    [
      'gives nothing',
      () => undefined,
      'provider "acme" could not be made: what its create() gave has no connect() and close()',
    ],
  ])('that %s is named', async (_what, create, message) => {
    await expect(make(create)).rejects.toMatchObject({ code: 'provider.create_failed', message });
  });

  it('that throws as it connects has made no connection', async () => {
    const provider = await make(() => ({
      name: 'p',
      connect: () => {
        throw new Error('secret-81 is wrong');
      },
      close: async () => {},
    }));
    const closes: TransportClose[] = [];
    const transport = provider.connect(request, {
      onOpen: () => {},
      onMessage: () => {},
      onClose: (close) => closes.push(close),
    });
    transport.send({ type: 'response.create' });
    transport.close(1000, '');
    expect(closes).toEqual([]);
    await Promise.resolve();
    expect(closes).toMatchObject([{ code: 1006, error: { message: '[secret:KEY] is wrong' } }]);
  });
});

describe('ProviderPool', () => {
  const local: ProviderConfig = { type: 'local', voice: 'slt' };

  it('makes a provider when it is first asked for, once', async () => {
    const made: string[] = [];
    const pool = new ProviderPool(
      new Map([
        ['a', local],
        ['b', local],
      ]),
      async (name) => {
        made.push(name);
        return new ScriptedProvider({ name });
      },
      new Map(),
    );
    const [first, second] = await Promise.all([pool.get('a'), pool.get('a')]);
    expect(first).toBe(second);
    expect(made).toEqual(['a']);
    await pool.close();
    expect((first as ScriptedProvider).closes).toBe(1);
    await pool.close();
    expect((first as ScriptedProvider).closes).toBe(1);
  });

  it('prefers the provider of the application', async () => {
    const given = new ScriptedProvider({ name: 'a' });
    const pool = new ProviderPool(
      new Map([['a', local]]),
      () => Promise.reject(new Error('not asked')),
      new Map([['a', given]]),
    );
    expect(await pool.get('a')).toBe(given);
  });

  it('names the providers there are', async () => {
    const given = new Map([['own', new ScriptedProvider()]]);
    const pool = new ProviderPool(new Map([['a', local]]), async () => new ScriptedProvider(), given);
    await expect(pool.get('b')).rejects.toMatchObject({
      code: 'provider.unknown',
      message: 'there is no provider named "b"; the providers are: a, own',
    });
    await expect(pool.get('__proto__')).rejects.toMatchObject({ code: 'provider.unknown' });
  });

  it('tries again after a failure, and closes what was made', async () => {
    let attempts = 0;
    const provider = new ScriptedProvider();
    const pool = new ProviderPool(
      new Map([['a', local]]),
      async () => {
        attempts += 1;
        if (attempts === 1) throw new Error('not yet');
        return provider;
      },
      new Map(),
    );
    await expect(pool.get('a')).rejects.toThrow('not yet');
    expect(await pool.get('a')).toBe(provider);
    await pool.close();
    expect(provider.closes).toBe(1);
  });

  it('knows the voice of an entry', () => {
    const pool = new ProviderPool(new Map([['a', local]]), async () => new ScriptedProvider(), new Map());
    expect([pool.voiceOf('a'), pool.voiceOf('b')]).toEqual(['slt', undefined]);
  });
});
