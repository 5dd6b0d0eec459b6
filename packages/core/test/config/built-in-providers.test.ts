import { describe, expect, test } from 'vitest';
import { builtInProviderNames, readBuiltInProvider } from '../../src/config/built-in-providers.ts';
import { parseAgentsFile } from '../../src/config/parse-agents-file.ts';

const azure = {
  AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com/',
  AZURE_OPENAI_DEPLOYMENT: 'my-realtime',
  AZURE_OPENAI_API_KEY: 'azure-key-1',
};

describe('a built-in provider', () => {
  test.each<[string, string, Record<string, string>, object]>([
    [
      'openai',
      'openai',
      { OPENAI_API_KEY: 'sk-1' },
      { type: 'openai', api_key: 'sk-1', model: 'gpt-realtime' },
    ],
    [
      'openai with all of its variables',
      'openai',
      {
        OPENAI_API_KEY: 'sk-1',
        OPENAI_BASE_URL: 'https://h/v1',
        OPENAI_ORG_ID: 'org-1',
        OPENAI_PROJECT_ID: 'proj-1',
        OPENAI_REALTIME_MODEL: 'gpt-realtime-mini',
      },
      {
        base_url: 'https://h/v1',
        organization: 'org-1',
        project: 'proj-1',
        model: 'gpt-realtime-mini',
      },
    ],
    [
      'openai by the other names',
      'openai',
      { OPENAI_API_KEY: 'sk-1', OPENAI_ORGANIZATION: 'org-2', OPENAI_PROJECT: 'proj-2' },
      { organization: 'org-2', project: 'proj-2' },
    ],
    [
      'a server that wants no key',
      'openai',
      { OPENAI_BASE_URL: 'ws://127.0.0.1:1' },
      { base_url: 'ws://127.0.0.1:1' },
    ],
    [
      'gemini at another address',
      'gemini',
      { GEMINI_API_KEY: 'g-1', GEMINI_BASE_URL: 'https://h', GEMINI_LIVE_MODEL: 'm' },
      { type: 'gemini', api_key: 'g-1', base_url: 'https://h', model: 'm' },
    ],
    [
      'gemini of a server that wants no key, by the name of its SDK',
      'gemini',
      { GOOGLE_GEMINI_BASE_URL: 'ws://127.0.0.1:1' },
      { type: 'gemini', base_url: 'ws://127.0.0.1:1' },
    ],
    [
      'azure',
      'azure',
      azure,
      {
        type: 'azure',
        endpoint: 'https://r.openai.azure.com/',
        deployment: 'my-realtime',
        api_key: 'azure-key-1',
      },
    ],
    [
      'azure in the preview dialect',
      'azure',
      { ...azure, AZURE_OPENAI_API_VERSION: '2024-10-01-preview' },
      { api_version: '2024-10-01-preview' },
    ],
    [
      'azure by the version of its SDK',
      'azure',
      { ...azure, OPENAI_API_VERSION: '2024-12-17' },
      { api_version: '2024-12-17' },
    ],
    [
      'azure with a token',
      'azure',
      { ...azure, AZURE_OPENAI_API_KEY: '', AZURE_OPENAI_AD_TOKEN: 'ey.J' },
      { token: 'ey.J' },
    ],
    [
      'azure_voice_live',
      'azure_voice_live',
      { AZURE_VOICELIVE_ENDPOINT: 'https://r', AZURE_VOICELIVE_API_KEY: 'k' },
      { type: 'azure_voice_live', model: 'gpt-realtime', api_version: '2025-10-01' },
    ],
    ['local', 'local', {}, { type: 'local' }],
  ])('%s is read from the environment', (_, name, env, expected) => {
    const read = readBuiltInProvider(name, env);
    expect(read?.ok && read.config).toMatchObject(expected);
  });

  test.each<[string, Record<string, string>, string[]]>([
    ['openai', {}, ['OPENAI_API_KEY']],
    ['openai', { OPENAI_API_KEY: ' ' }, ['OPENAI_API_KEY']],
    [
      'azure',
      {},
      ['AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_DEPLOYMENT', 'AZURE_OPENAI_API_KEY (or AZURE_OPENAI_AD_TOKEN)'],
    ],
    ['azure', { ...azure, AZURE_OPENAI_DEPLOYMENT: '' }, ['AZURE_OPENAI_DEPLOYMENT']],
    [
      'azure_voice_live',
      { AZURE_VOICELIVE_ENDPOINT: 'https://r' },
      ['AZURE_VOICELIVE_API_KEY (or AZURE_VOICELIVE_TOKEN)'],
    ],
  ])('%s names what is missing', (name, env, missing) => {
    expect(readBuiltInProvider(name, env)).toEqual({ ok: false, missing });
  });

  test.each(['v1', 'latest'])('takes the version %s of Azure for the GA dialect', (version) => {
    const read = readBuiltInProvider('azure', { ...azure, AZURE_OPENAI_API_VERSION: version });
    expect(read?.ok && read.config).not.toHaveProperty('api_version');
  });

  test('is none by another name', () => {
    expect(readBuiltInProvider('cloud', {})).toBeUndefined();
    expect(readBuiltInProvider('__proto__', {})).toBeUndefined();
    expect(builtInProviderNames).toContain('azure');
  });
});

describe('an agent file', () => {
  const text = 'version: 1\nagents:\n  a:\n    provider: azure\n';

  test('may name a built-in provider', () => {
    const parsed = parseAgentsFile(text, { file: 'agents.yaml', env: azure });
    expect(parsed.ok && parsed.value.providers['azure']).toMatchObject({ deployment: 'my-realtime' });
    expect(parsed.ok && parsed.secrets).toEqual([{ name: 'AZURE_OPENAI_API_KEY', value: 'azure-key-1' }]);
  });

  test('may declare another by its name', () => {
    const own = `${text}providers: { azure: { type: openai, base_url: "ws://h" } }\n`;
    const parsed = parseAgentsFile(own, { file: 'agents.yaml', env: azure });
    expect(parsed.ok && parsed.value.providers['azure']).toMatchObject({ type: 'openai' });
  });

  test('is told which variables are missing, and where they are needed', () => {
    const parsed = parseAgentsFile(text, { file: 'agents.yaml', env: {} });
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([
      {
        line: 4,
        column: 15,
        message: expect.stringContaining('AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT'),
      },
    ]);
  });

  test('needs none of them when another provider is used', () => {
    const parsed = parseAgentsFile(text, { file: 'agents.yaml', env: {}, usedProviders: ['local'] });
    expect(parsed.ok).toBe(true);
  });

  test('is told the name that was meant in its capabilities', () => {
    const compatible = `version: 1
agents: { a: { provider: p } }
providers:
  p:
    type: openai_compatible
    base_url: ws://h
    capabilities: { rejects_settings: [audio.output.sped], never_sends: [session.create] }
`;
    const parsed = parseAgentsFile(compatible, { file: 'agents.yaml', env: {} });
    expect(parsed.ok ? [] : parsed.problems.map(({ hint }) => hint)).toEqual([
      'Did you mean "audio.output.speed"?',
      'Did you mean "session.created"?',
    ]);
  });
});
