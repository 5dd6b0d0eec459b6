import { describe, expect, it } from 'vitest';
import { azureUrl, realtimeUrl, voiceLiveUrl } from '../src/providers/addresses.ts';

describe('realtimeUrl', () => {
  it.each([
    [undefined, 'wss://api.openai.com/v1/realtime?model=m'],
    ['ws://127.0.0.1:9000/v1', 'ws://127.0.0.1:9000/v1/realtime?model=m'],
    ['ws://127.0.0.1:9000/v1/', 'ws://127.0.0.1:9000/v1/realtime?model=m'],
    ['ws://127.0.0.1:9000', 'ws://127.0.0.1:9000/realtime?model=m'],
    ['ws://127.0.0.1:9000/', 'ws://127.0.0.1:9000/realtime?model=m'],
    ['http://localhost:9000/v1', 'ws://localhost:9000/v1/realtime?model=m'],
    ['https://example.com/openai/v1', 'wss://example.com/openai/v1/realtime?model=m'],
    ['wss://example.com/v1/realtime', 'wss://example.com/v1/realtime?model=m'],
    ['wss://example.com/v1/realtime/', 'wss://example.com/v1/realtime?model=m'],
    ['wss://example.com/realtime-v1', 'wss://example.com/realtime-v1/realtime?model=m'],
    ['wss://example.com/v1?tenant=7', 'wss://example.com/v1/realtime?tenant=7&model=m'],
    ['WSS://EXAMPLE.com/v1', 'wss://example.com/v1/realtime?model=m'],
  ])('of %s is %s', (base_url, expected) => {
    expect(realtimeUrl({ model: 'm', base_url }).href).toBe(expected);
  });

  it('encodes the model', () => {
    expect(realtimeUrl({ model: 'a b&c=d', base_url: 'ws://h' }).href).toBe(
      'ws://h/realtime?model=a+b%26c%3Dd',
    );
  });

  it.each([
    '',
    'example.com',
    'example.com/v1',
    'ftp://example.com',
    'file:///etc',
    'ws://',
    '/v1',
    'httpx://h',
  ])('refuses %j', (base_url) => {
    expect(() => realtimeUrl({ model: 'm', base_url })).toThrow(
      expect.objectContaining({ code: 'provider.bad_url', exitCode: 2 }),
    );
  });
});

describe('azureUrl', () => {
  const ga = 'wss://r.openai.azure.com/openai/v1/realtime?model=d';

  it.each([
    'https://r.openai.azure.com',
    'https://r.openai.azure.com/',
    'wss://r.openai.azure.com',
    'wss://R.openai.azure.com//',
    'https://r.openai.azure.com/openai',
    'https://r.openai.azure.com/openai/',
    'https://r.openai.azure.com/openai/v1',
    'https://r.openai.azure.com/openai/v1/',
    'https://r.openai.azure.com/openai/v1/realtime',
    'https://r.openai.azure.com/openai/realtime?api-version=2024-10-01-preview&deployment=other',
    'https://r.openai.azure.com/openai/deployments/other/chat/completions?api-version=2024-06-01',
    'https://r.openai.azure.com/#keys',
  ])('takes %s', (endpoint) => {
    expect(azureUrl({ endpoint, deployment: 'd' }).href).toBe(ga);
  });

  it('asks for the preview dialect by its version', () => {
    const config = { endpoint: 'https://r.openai.azure.com/', deployment: 'my realtime' };
    expect(azureUrl({ ...config, api_version: '2024-10-01-preview' }).href).toBe(
      'wss://r.openai.azure.com/openai/realtime?api-version=2024-10-01-preview&deployment=my+realtime',
    );
  });

  it('keeps the path of what stands before the resource, its port and its query', () => {
    const config = { endpoint: 'http://127.0.0.1:9000/team-a/openai/v1/?tenant=7', deployment: 'd' };
    expect(azureUrl(config).href).toBe('ws://127.0.0.1:9000/team-a/openai/v1/realtime?tenant=7&model=d');
  });

  it.each(['r.openai.azure.com', '', 'ftp://r', 'https://'])('refuses %j', (endpoint) => {
    expect(() => azureUrl({ endpoint, deployment: 'd' })).toThrow(
      expect.objectContaining({ code: 'provider.bad_url' }),
    );
  });

  it('shows no key of a refused address', () => {
    expect(() => azureUrl({ endpoint: 'ftp://me:secret-1@r/x?key=secret-2', deployment: 'd' })).toThrow(
      expect.objectContaining({ message: '"ftp://r/x?…" is not the address of a Realtime server' }),
    );
  });
});

describe('voiceLiveUrl', () => {
  it.each([
    'https://r.services.ai.azure.com',
    'wss://r.services.ai.azure.com/voice-live/',
    'https://r.services.ai.azure.com/voice-live/realtime?api-version=1&model=other',
  ])('of %s', (endpoint) => {
    expect(voiceLiveUrl({ endpoint, model: 'm', api_version: '2025-10-01' }).href).toBe(
      'wss://r.services.ai.azure.com/voice-live/realtime?api-version=2025-10-01&model=m',
    );
  });
});
