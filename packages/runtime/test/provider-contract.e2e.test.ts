import { readFileSync } from 'node:fs';
import { decodeWav, floatToInt16, resample } from '@antiphon/audio';
import {
  type ClientEvent,
  type JsonObject,
  type Provider,
  parseAgentsFile,
  type Transport,
} from '@antiphon/core';
import { createLocalProvider } from '@antiphon/local';
import {
  type ContractCheck,
  hostedProviderSubject,
  type ProviderSubject,
  providerContract,
  toolSpec,
} from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { createProviderFactory } from '../src/providers/provider-factory.ts';
import { randomIds } from '../src/system/random-ids.ts';
import { systemClock } from '../src/system/system-clock.ts';
import { geminiSubject } from './support/gemini-subject.ts';
import { recordingLogger } from './support/recording-logger.ts';

/** The provider of an entry of an agent file. */
function providerOf(entry: JsonObject): Promise<Provider> {
  const file = { version: 1, providers: { p: entry }, agents: { a: { provider: 'p' } } };
  const parsed = parseAgentsFile(JSON.stringify(file), { file: 'agents.yaml', env: {} });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  const create = createProviderFactory({
    clock: systemClock,
    ids: randomIds,
    logger: recordingLogger(),
    tokenSources: {},
    plugins: new Map(),
    secrets: [],
  });
  const config = parsed.value.providers['p'];
  if (config === undefined) throw new Error('the file has no provider p');
  return create('p', config);
}

const http = (origin: string): string => origin.replace(/^ws/, 'http');

const hosted: Readonly<Record<string, (origin: string, key: string) => JsonObject>> = {
  openai: (origin, key) => ({ type: 'openai', base_url: `${origin}/v1`, api_key: key }),
  azure: (origin, key) => ({ type: 'azure', endpoint: http(origin), deployment: 'd', api_key: key }),
  'azure with a token': (origin, key) => ({
    type: 'azure',
    endpoint: http(origin),
    deployment: 'd',
    token: key,
  }),
  'azure preview of 2024-10': (origin, key) => ({
    type: 'azure',
    endpoint: http(origin),
    deployment: 'd',
    api_key: key,
    api_version: '2024-10-01-preview',
  }),
  'azure preview of 2025-04': (origin, key) => ({
    type: 'azure',
    endpoint: http(origin),
    deployment: 'd',
    api_key: key,
    api_version: '2025-04-01-preview',
  }),
  'azure voice live': (origin, key) => ({ type: 'azure_voice_live', endpoint: http(origin), api_key: key }),
  'openai compatible': (origin, key) => ({
    type: 'openai_compatible',
    base_url: `${origin}/v1`,
    api_key: key,
  }),
  'openai compatible of the beta dialect': (origin, key) => ({
    type: 'openai_compatible',
    base_url: `${origin}/v1`,
    api_key: key,
    dialect: 'beta',
  }),
  'openai compatible that tells and takes little': (origin, key) => ({
    type: 'openai_compatible',
    base_url: `${origin}/v1`,
    api_key: key,
    capabilities: {
      rejects_settings: ['tool_choice', 'audio.output.voice'],
      never_sends: ['conversation.item.added', 'conversation.item.done', 'input_audio_buffer.committed'],
    },
  }),
};

describe.each(Object.entries(hosted))('the contract of a provider is kept by %s', (_name, entryAt) => {
  const subject = hostedProviderSubject({
    create: (origin, key) => providerOf(entryAt(origin, key)),
    takes: [{ type: 'session.update', session: { voice: { name: 'en-US-Ava', type: 'azure-standard' } } }],
  });

  it.each([...providerContract(subject)])('$name', ({ run }) => run());
});

describe('the contract of a provider is kept by Gemini Live', () => {
  const subject = geminiSubject((origin, key) =>
    providerOf({ type: 'gemini', base_url: origin, api_key: key }),
  );

  it.each([...providerContract(subject)])('$name', ({ run }) => run());
});

describe('the contract of a provider is kept by the offline engine', () => {
  const wav = decodeWav(
    readFileSync(new URL('../../../examples/questions/1-time-in-tokyo.wav', import.meta.url)),
  );
  const spoken = resample(wav.samples, { fromHz: wav.sampleRateHz, toHz: 24_000 });
  const greet = toolSpec('greet', {
    intents: [{ match: ['greet {name}'], reply: '{{result.words}}' }],
    parameters: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  });
  const subject: ProviderSubject = {
    question: { text: 'What can you do?', answer: /\w/ },
    toolQuestion: { text: 'Greet Ada', tool: greet, output: { words: 'Hello, Ada.' }, answer: /Hello, Ada/ },
    speech: { samples: floatToInt16(spoken), answer: /\w/ },
    open: async () => ({
      provider: createLocalProvider({ clock: systemClock, ids: randomIds }),
      close: async () => {},
    }),
  };

  it.each([...providerContract(subject)])('$name', ({ run }) => run());
});

/** A provider whose transports are changed on their way. */
function broken(change: (provider: Provider) => Provider): ProviderSubject {
  return hostedProviderSubject({
    create: async (origin, key) =>
      change(await providerOf({ type: 'openai', base_url: `${origin}/v1`, api_key: key })),
  });
}

describe('the contract of a provider is broken by one that', () => {
  it.each<[string, string, (provider: Provider) => Provider, RegExp]>([
    [
      'does not say that its connection ended',
      'tells of a connection that cannot be made, and throws nothing',
      (provider) => ({
        ...provider,
        connect: (request, handlers) => provider.connect(request, { ...handlers, onClose: () => {} }),
      }),
      /was ended 0 times/,
    ],
    [
      'shows its key',
      'tells of a connection that cannot be made, and throws nothing',
      (provider) => ({
        ...provider,
        connect: (request, handlers) =>
          provider.connect(request, {
            ...handlers,
            onClose: (close) => handlers.onClose({ ...close, reason: 'sk-contract-5f2c8a91d7' }),
          }),
      }),
      /1 of the secrets/,
    ],
    [
      'loses the beginning of a response',
      'answers a typed question',
      (provider) => ({
        ...provider,
        connect: (request, handlers) =>
          provider.connect(request, {
            ...handlers,
            onMessage: (message) => {
              if (message.kind !== 'event' || message.event.type !== 'response.created')
                handlers.onMessage(message);
            },
          }),
      }),
      /begins with response\.output_item\.added/,
    ],
    [
      'sends what the server does not take',
      'introduces its session first, and agrees to the settings',
      (provider) => ({
        ...provider,
        connect: (request, handlers) => {
          const transport = provider.connect(request, handlers);
          return around(transport, (event) =>
            event.type === 'session.update'
              ? ({ ...event, session: { ...event.session, colour: 1 } } as never)
              : event,
          );
        },
      }),
      /Unknown parameter: 'session\.colour'/,
    ],
    [
      'leaves its connections open',
      'tells nothing and holds nothing after the close',
      (provider) => ({
        ...provider,
        connect: (request, handlers) => {
          const transport = provider.connect(request, handlers);
          return {
            ...around(transport),
            close: () => handlers.onClose({ code: 1000, reason: '' }),
          };
        },
      }),
      /left open after the close|came after the close/,
    ],
  ])('%s', async (_what, name, change, fault) => {
    const check = providerContract(broken(change)).find((each: ContractCheck) => each.name === name);
    await expect(check?.run()).rejects.toThrow(fault);
  });
});

/** A transport of its own around another. */
function around(
  transport: Transport,
  change: (event: ClientEvent) => ClientEvent = (event) => event,
): Transport {
  return {
    get bufferedBytes() {
      return transport.bufferedBytes;
    },
    send: (event) => transport.send(change(event)),
    sendAudio: (audio) => transport.sendAudio(audio),
    close: (code, reason) => transport.close(code, reason),
  };
}
