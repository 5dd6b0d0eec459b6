import { parseAgentsFile, pricesOfModel, pricesOfProvider } from '@antiphon/core';
import { describe, expect, it } from 'vitest';

const providers = `providers:
  fast: { type: openai, model: gpt-realtime, base_url: "ws://127.0.0.1:9/v1" }
  deployed: { type: azure, endpoint: "https://x.openai.azure.com", deployment: my-realtime, api_key: k }
  other: { type: openai_compatible, base_url: "ws://127.0.0.1:9/v1" }
`;

function parsed(prices: string) {
  return parseAgentsFile(`version: 1\n${providers}${prices}agents: { a: { instructions: x } }\n`, {
    file: 'agents.yaml',
    env: {},
  });
}

function sound(prices: string) {
  const result = parsed(prices);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

const kind = (input?: number, cached?: number, output?: number) => ({ input, cached, output });

describe('prices', () => {
  it('of a provider are those of its entry, else those of its model', () => {
    const file = sound(`prices:
  gpt-realtime: { text: { input: 4, cached: 0.4, output: 16 }, audio: { input: 32, output: 64 } }
  my-realtime: { minute: 0.06 }
  other: { image: { input: 5 } }
`);
    expect(pricesOfProvider(file, 'fast')).toEqual({
      text: kind(4, 0.4, 16),
      audio: kind(32, undefined, 64),
      image: kind(),
      minute: undefined,
    });
    expect(pricesOfProvider(file, 'deployed')).toMatchObject({ minute: 0.06 });
    expect(pricesOfProvider(file, 'other')).toMatchObject({ image: kind(5) });
    const both = sound('prices: { gpt-realtime: { minute: 1 }, fast: { minute: 2 } }\n');
    expect(pricesOfProvider(both, 'fast')).toMatchObject({ minute: 2 });
  });

  it('are not known where the file does not say them, and nothing where the model runs here', () => {
    const file = sound('');
    expect(pricesOfProvider(file, 'fast')).toBeUndefined();
    expect(pricesOfProvider(file, 'constructor')).toBeUndefined();
    expect(pricesOfModel(file, 'toString')).toBeUndefined();
    expect(pricesOfProvider(file, 'local')).toMatchObject({ text: kind(0, 0, 0), audio: kind(0, 0, 0) });
  });

  it('of the model that writes down the user stand by its name', () => {
    const file = sound('prices: { whisper-1: { minute: 0.006 } }\n');
    expect(pricesOfModel(file, 'whisper-1')).toMatchObject({ minute: 0.006 });
    expect(pricesOfModel(file, undefined)).toBeUndefined();
  });

  it.each([
    ['a negative price', '{ m: { minute: -1 } }', 'config.wrong_value'],
    ['a text', '{ m: { text: { input: free } } }', 'config.wrong_type'],
    ['a kind that there is not', '{ m: { video: { input: 1 } } }', 'config.unknown_key'],
    ['a direction that there is not', '{ m: { text: { in: 1 } } }', 'config.unknown_key'],
  ])('are refused: %s', (_name, prices, code) => {
    const result = parsed(`prices: ${prices}\n`);
    expect(result.ok ? [] : result.problems.map((problem) => `${problem.line} ${problem.code}`)).toEqual([
      `6 ${code}`,
    ]);
  });
});
