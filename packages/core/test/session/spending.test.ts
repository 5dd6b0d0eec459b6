import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type AgentSettings,
  defaultLimits,
  type JsonObject,
  type ModelPrices,
  type ProviderChoice,
  readServerEvent,
  UsageSchema,
  usageOf,
} from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readable } from '../../src/protocol/readable.ts';
import { costOfSeconds, costOfTokens, freePrices, isFree } from '../../src/session/prices.ts';
import { sumOf, tokenCountsOf, totalTokensOf } from '../../src/session/token-counts.ts';
import { asked, notices, SessionDriver, sent } from './session-driver.ts';

const kind = (text = 0, audio = 0, image = 0, other = 0) => ({ text, audio, image, other });
const none = kind();

/** Dollars per million tokens; every price is another one, so that no two can be taken for each other. */
const prices: ModelPrices = {
  text: { input: 4, cached: 0.4, output: 16 },
  audio: { input: 32, cached: 0.5, output: 64 },
  image: { input: 5, cached: undefined, output: undefined },
  minute: undefined,
};

describe('tokenCountsOf', () => {
  it.each([
    [
      'GA, with a cache by kind',
      {
        total_tokens: 300,
        input_tokens: 200,
        output_tokens: 100,
        input_token_details: {
          text_tokens: 120,
          audio_tokens: 70,
          image_tokens: 10,
          cached_tokens: 96,
          cached_tokens_details: { text_tokens: 64, audio_tokens: 32, image_tokens: 0 },
        },
        output_token_details: { text_tokens: 20, audio_tokens: 80 },
      },
      { input: kind(56, 38, 10), cached: kind(64, 32), output: kind(20, 80) },
    ],
    [
      'the first preview: cached tokens of no told kind are text first',
      {
        total_tokens: 130,
        input_tokens: 100,
        output_tokens: 30,
        input_token_details: { text_tokens: 40, audio_tokens: 60, cached_tokens: 50 },
        output_token_details: { text_tokens: 10, audio_tokens: 20 },
      },
      { input: kind(0, 50), cached: kind(40, 10), output: kind(10, 20) },
    ],
    [
      'Azure Voice Live: thought is text',
      {
        total_tokens: 60,
        input_tokens: 10,
        output_tokens: 50,
        input_token_details: { text_tokens: 10, audio_tokens: 0 },
        output_token_details: { text_tokens: 10, audio_tokens: 15, reasoning_tokens: 25 },
      },
      { input: kind(10), cached: none, output: kind(35, 15) },
    ],
    [
      'thought that is in the text already',
      { total_tokens: 10, output_tokens: 10, output_token_details: { text_tokens: 10, reasoning_tokens: 4 } },
      { input: none, cached: none, output: kind(10) },
    ],
    [
      'totals without details',
      { total_tokens: 30, input_tokens: 20, output_tokens: 10 },
      { input: kind(0, 0, 0, 20), cached: none, output: kind(0, 0, 0, 10) },
    ],
    ['a total alone', { total_tokens: 30 }, { input: kind(0, 0, 0, 30), cached: none, output: none }],
    [
      'no total',
      { input_tokens: 5, output_tokens: 2, input_token_details: { text_tokens: 5 } },
      { input: kind(5), cached: none, output: kind(0, 0, 0, 2) },
    ],
    [
      'kinds without totals',
      {
        input_token_details: { text_tokens: 5, cached_tokens: 2 },
        output_token_details: { audio_tokens: 9 },
      },
      { input: kind(3), cached: kind(2), output: kind(0, 9) },
    ],
    [
      'totals below their kinds',
      { total_tokens: 1, input_tokens: 1, input_token_details: { text_tokens: 2, image_tokens: 3 } },
      { input: kind(2, 0, 3), cached: none, output: none },
    ],
    [
      'more cached than read',
      { input_tokens: 5, input_token_details: { text_tokens: 5, cached_tokens: 9 } },
      { input: none, cached: kind(5), output: none },
    ],
    [
      'nulls and texts where numbers belong',
      { total_tokens: 'many', input_tokens: 4, output_tokens: null, input_token_details: null },
      { input: kind(0, 0, 0, 4), cached: none, output: none },
    ],
  ])('%s', (_name, wire, expected) => {
    const read = readable(UsageSchema, wire);
    if (!read.ok) throw new Error(read.problem);
    const usage = read.value;
    const counts = tokenCountsOf(usage);
    expect(counts).toEqual(expected);
    expect(sumOf(counts)).toBe(totalTokensOf(usage));
  });
});

describe('costs', () => {
  it.each([
    ['text read', { input: kind(1_000_000) }, 4],
    ['a single cached token', { cached: kind(1) }, 0.0000004],
    ['sound out of the cache', { cached: kind(0, 2_000_000) }, 1],
    ['images out of the cache, at the price of others', { cached: kind(0, 0, 1_000_000) }, 5],
    ['speech', { output: kind(0, 250_000) }, 16],
    ['a kind nobody told, at the dearest', { output: kind(0, 0, 0, 1_000) }, 0.064],
    ['all of it', { input: kind(56, 38, 10), cached: kind(64, 32), output: kind(20, 80) }, 0.0069716],
  ])('%s', (_name, counts, usd) => {
    const whole = { input: none, cached: none, output: none, ...counts };
    expect(costOfTokens(whole, prices)).toEqual({ nanoUsd: Math.round(usd * 1e9), unpricedTokens: 0 });
  });

  it('says which tokens have no price', () => {
    const counts = { input: kind(10), cached: none, output: kind(0, 0, 7) };
    expect(costOfTokens(counts, prices)).toEqual({ nanoUsd: 40_000, unpricedTokens: 7 });
    expect(costOfTokens(counts, undefined)).toEqual({ nanoUsd: undefined, unpricedTokens: 17 });
    expect(costOfTokens(counts, { ...freePrices, minute: 1 })).toEqual({ nanoUsd: 0, unpricedTokens: 0 });
  });

  it('adds up without losing anything: a million times a price that binary numbers cannot hold', () => {
    const one = costOfTokens(
      { input: kind(3), cached: none, output: none },
      { ...prices, text: { ...prices.text, input: 0.1 } },
    );
    expect(one.nanoUsd).toBe(300);
    let sum = 0;
    for (let at = 0; at < 1_000_000; at += 1) sum += one.nanoUsd ?? 0;
    expect(sum / 1e9).toBe(0.3);
  });

  it('counts minutes by the second', () => {
    expect(costOfSeconds(90, { ...prices, minute: 0.06 })).toBe(90_000_000);
    expect(costOfSeconds(90, prices)).toBeUndefined();
  });

  it('knows what is free', () => {
    expect(isFree(freePrices)).toBe(true);
    expect(isFree({ ...freePrices, minute: 0.01 })).toBe(false);
    expect(isFree(prices)).toBe(false);
  });
});

const provider = { name: 'p', voice: undefined, sessionLimitMs: undefined };
const spoken = {
  total_tokens: 150,
  input_tokens: 50,
  output_tokens: 100,
  input_token_details: { text_tokens: 50, audio_tokens: 0, cached_tokens: 0 },
  output_token_details: { text_tokens: 0, audio_tokens: 100 },
};
/** 50 · $4 + 100 · $64, for a million each. */
const spokenUsd = 0.0066;

function priced(usd?: number) {
  const limits = { ...defaultLimits, wrapUp: 'We have to stop.', ...(usd !== undefined && { usd }) };
  return new SessionDriver({ providers: [{ ...provider, prices }], limits }).ready();
}

/** A session whose user is written down by a model with these prices. */
function writing(providers: readonly ProviderChoice[], transcriptionPrices: ModelPrices): SessionDriver {
  const session = new SessionDriver({ providers });
  const { settings } = session.state;
  const concierge = { ...settings.agents['concierge'], transcriptionPrices } as AgentSettings;
  session.state = { ...session.state, settings: { ...settings, agents: { concierge } } };
  return session.ready();
}

/** What the server says, read from the wire. */
function told(session: SessionDriver, event: JsonObject) {
  const message = readServerEvent(event);
  if (message.kind !== 'event') throw new Error(`no event: ${JSON.stringify(message)}`);
  return session.server(message.event as never);
}

function answer(session: SessionDriver, id: string, usage: unknown = spoken) {
  session.created(id);
  return told(session, {
    type: 'response.done',
    response: { id, status: 'completed', output: [], usage } as JsonObject,
  });
}

describe('what a session spends', () => {
  it('is told for each response, with the sum', () => {
    const session = priced();
    expect(notices(answer(session, 'r1'), 'usage')).toEqual([
      {
        type: 'usage',
        of: 'response',
        id: 'r1',
        tokens: { input: kind(50), cached: none, output: kind(0, 100) },
        seconds: undefined,
        usd: spokenUsd,
        total: expect.objectContaining({ usd: spokenUsd }),
      },
    ]);
    expect(notices(answer(session, 'r2'), 'usage')).toMatchObject([
      { usd: spokenUsd, total: { responses: { output: kind(0, 200) }, usd: 2 * spokenUsd } },
    ]);
    expect(usageOf(session.state)).toMatchObject({ usd: 2 * spokenUsd, unpricedTokens: 0 });
  });

  it.each([
    ['no usage at all', undefined],
    ['null', null],
    ['an empty object', {}],
    ['nonsense', 'none'],
  ])('is not told by a server that sends %s', (_name, usage) => {
    const session = priced(0.001);
    session.created('r1');
    const effects = told(session, {
      type: 'response.done',
      response: { id: 'r1', status: 'completed', output: [], ...(usage !== undefined && { usage }) },
    } as JsonObject);
    expect(notices(effects, 'usage')).toEqual([]);
    expect(notices(effects, 'response_done')).toMatchObject([{ status: 'completed' }]);
    expect(usageOf(session.state).usd).toBeUndefined();
  });

  it('counts kinds without totals, against the limit of tokens as well', () => {
    const session = priced();
    session.created('r1');
    const { input_token_details, output_token_details } = spoken;
    const usage = { input_token_details, output_token_details };
    const effects = told(session, {
      type: 'response.done',
      response: { id: 'r1', status: 'completed', output: [], usage },
    });
    expect(notices(effects, 'usage')).toMatchObject([{ id: 'r1', usd: spokenUsd }]);
    expect(session.state.usage.tokens).toBe(spoken.total_tokens);
  });

  it('counts a response that is told twice once', () => {
    const session = priced();
    answer(session, 'r1');
    expect(notices(session.done('r1', 'completed', { usage: spoken }), 'usage')).toEqual([]);
  });

  it('counts a response whose end is told after another has superseded it', () => {
    const session = priced();
    session.created('r1');
    session.created('r2');
    expect(notices(session.done('r1', 'completed', { usage: spoken }), 'usage')).toMatchObject([
      { id: 'r1' },
    ]);
    expect(notices(session.done('r2', 'completed', { usage: spoken }), 'usage')).toMatchObject([
      { id: 'r2' },
    ]);
  });

  it('counts what is told beside the response', () => {
    const session = priced();
    session.created('r1');
    const response = {
      id: 'r1',
      status: 'completed',
      output: [],
      usage: { total_tokens: 0, input_tokens: 0, output_tokens: 0 },
    };
    expect(notices(told(session, { type: 'response.done', response, usage: spoken }), 'usage')).toMatchObject(
      [{ usd: spokenUsd }],
    );
  });

  it('counts tokens without a price apart', () => {
    const session = new SessionDriver({ providers: [provider] }).ready();
    expect(notices(answer(session, 'r1'), 'usage')).toMatchObject([
      { usd: undefined, total: { usd: undefined, unpricedTokens: 150 } },
    ]);
  });

  it('includes writing down the user, by the sound or by tokens, each turn once', () => {
    const written = { ...freePrices, text: { input: 1, cached: undefined, output: 5 }, minute: 0.006 };
    const session = writing([{ ...provider, prices }], written);
    const completed = (item_id: string, usage: unknown) =>
      told(session, {
        type: 'conversation.item.input_audio_transcription.completed',
        item_id,
        content_index: 0,
        transcript: 'Hello.',
        usage,
      } as JsonObject);
    session.spoken('u1');
    expect(notices(completed('u1', { type: 'duration', seconds: 3.5 }), 'usage')).toMatchObject([
      { of: 'transcription', id: 'u1', seconds: 3.5, usd: 0.00035 },
    ]);
    expect(notices(completed('u1', { type: 'duration', seconds: 3.5 }), 'usage')).toEqual([]);
    const tokens = { type: 'tokens', total_tokens: 14, input_tokens: 10, output_tokens: 4 };
    const details = { input_token_details: { text_tokens: 0, audio_tokens: 10 } };
    expect(notices(completed('u2', { ...tokens, ...details }), 'usage')).toMatchObject([
      { tokens: { input: kind(0, 10), output: kind(0, 0, 0, 4) }, usd: 0.00002, total: { usd: 0.00037 } },
    ]);
    expect(notices(completed('u3', undefined), 'usage')).toEqual([]);
  });

  it('is free where the provider is', () => {
    const session = writing([{ ...provider, prices: freePrices }], { ...prices, minute: 1 });
    session.spoken('u1');
    const usage = { type: 'duration', seconds: 60 };
    const at = { item_id: 'u1', content_index: 0, transcript: 'Hi.', usage };
    const type = 'conversation.item.input_audio_transcription.completed';
    expect(notices(told(session, { type, ...at }), 'usage')).toMatchObject([{ usd: undefined }]);
    expect(notices(answer(session, 'r1'), 'usage')).toMatchObject([{ usd: 0 }]);
  });
});

describe('limits.usd', () => {
  it('is near at four fifths; when it is reached last words are said and the session ends', () => {
    const session = priced(0.02);
    expect(notices(answer(session, 'r1'), 'limit')).toEqual([]);
    expect(notices(answer(session, 'r2'), 'limit')).toEqual([]);
    // 0.0198 of 0.02.
    expect(notices(answer(session, 'r3'), 'limit')).toEqual([
      { type: 'limit', limit: 'usd', reached: false },
    ]);
    const reached = answer(session, 'r4');
    expect(notices(reached, 'limit')).toEqual([{ type: 'limit', limit: 'usd', reached: true }]);
    expect(sent(reached)).toEqual(['response.create']);
    session.created('r5');
    const over = session.done('r5', 'completed', { usage: spoken });
    expect(notices(over, 'closed')).toMatchObject([
      { outcome: { status: 'completed', reason: 'the limit of usd was reached' } },
    ]);
  });

  it('is reached by exactly its sum', () => {
    const session = priced(3 * spokenUsd);
    answer(session, 'r1');
    answer(session, 'r2');
    expect(notices(answer(session, 'r3'), 'limit')).toMatchObject([{ reached: true }]);
  });
});

describe('a provider that bills minutes', () => {
  const byMinute = { ...freePrices, minute: 0.06 };
  const metered = (usd?: number) =>
    new SessionDriver({
      providers: [{ ...provider, prices: byMinute }],
      limits: { ...defaultLimits, ...(usd !== undefined && { usd }) },
    });

  it('counts the seconds of its connection, each when it begins', () => {
    const session = metered().ready();
    expect(usageOf(session.state)).toMatchObject({ connectedSeconds: 1, usd: 0.001 });
    for (let second = 1; second < 90; second += 1) {
      expect(session.fired('meter')).toContainEqual({ type: 'timer.start', timer: 'meter', delayMs: 1000 });
    }
    expect(usageOf(session.state)).toMatchObject({ connectedSeconds: 90, usd: 0.09 });
  });

  it('counts none without a connection', () => {
    const session = metered().ready();
    expect(session.lost()).toContainEqual({ type: 'timer.cancel', timer: 'meter' });
    expect(asked(session.fired('meter'))).toEqual([]);
    expect(usageOf(session.state).connectedSeconds).toBe(1);
  });

  it('ends the session by its cost', () => {
    const session = metered(0.005).ready();
    for (let second = 1; second < 4; second += 1) session.fired('meter');
    expect(session.state.usage.warned).toEqual(['usd']);
    expect(notices(session.fired('meter'), 'closed')).toMatchObject([{ outcome: { status: 'completed' } }]);
  });
});

const recordings = fileURLToPath(new URL('../../../../../shared/data/recordings/', import.meta.url));

describe.skipIf(!existsSync(recordings))('recorded sessions', () => {
  it.each([
    ['openai-ga-server-vad-turn', [{ input: kind(14, 27), cached: none, output: kind(28, 136) }]],
    [
      'azure-ga-tool-call-round',
      [
        { input: kind(63), cached: none, output: kind(22) },
        { input: kind(32), cached: kind(64), output: kind(13) },
      ],
    ],
    ['azure-voice-live-beta-server-vad-turn', [{ input: kind(14, 30), cached: none, output: kind(27, 72) }]],
    [
      'xai-session-resumption-after-drop',
      [
        { input: kind(13), cached: none, output: expect.anything() },
        { input: kind(10), cached: none, output: kind(13, 185) },
      ],
    ],
  ])('%s', (name, expected) => {
    const recording = parse(readFileSync(`${recordings}${name}.yaml`, 'utf8')) as {
      readonly interactions: readonly {
        readonly direction?: string;
        readonly data?: { readonly type: string };
      }[];
    };
    const session = priced();
    const bills = recording.interactions.flatMap(({ direction, data }) =>
      direction === 'received' && data?.['type'] === 'response.done'
        ? notices(told(session, data), 'usage')
        : [],
    );
    expect(bills.map(({ tokens }) => tokens)).toEqual(expected);
  });
});

describe('what a tool took of other models', () => {
  const counts = { text: 100, audio: 0, image: 0, other: 0 };
  const none = { text: 0, audio: 0, image: 0, other: 0 };
  const used = {
    responses: { input: counts, cached: none, output: counts },
    transcription: { input: none, cached: none, output: none },
    transcriptionSeconds: 0,
    connectedSeconds: 0,
    usd: 0.25,
    unpricedTokens: 0,
  };

  it('counts as the own of the session, and against its limits', () => {
    const limits = { ...defaultLimits, tokens: 250, usd: 1 };
    const session = new SessionDriver({ limits }).ready();
    const effects = session.on({ type: 'tool.spent', callId: 'call_1', usage: used });
    expect(notices(effects, 'usage')).toMatchObject([
      { of: 'tool', id: 'call_1', usd: 0.25, total: { usd: 0.25 } },
    ]);
    expect(notices(effects, 'limit')).toMatchObject([{ limit: 'tokens', reached: false }]);
    const again = session.on({ type: 'tool.spent', callId: 'call_2', usage: used });
    expect(notices(again, 'usage')).toMatchObject([
      { total: { usd: 0.5, responses: { input: { text: 200 } } } },
    ]);
    expect(notices(again, 'limit')).toMatchObject([{ limit: 'tokens', reached: true }]);
  });

  it('that is nothing is not told', () => {
    const session = new SessionDriver().ready();
    const nothing = { ...used, responses: used.transcription, usd: undefined };
    expect(session.on({ type: 'tool.spent', callId: 'call_1', usage: nothing })).toEqual([]);
  });
});
