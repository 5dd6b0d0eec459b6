import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createIntentIndexCache } from '../../src/brain/index-cache.ts';
import { loadUseLite } from '../../src/embedding/use-lite.ts';
import type { Embedder } from '../../src/stages.ts';
import { measureAccuracy } from './accuracy.ts';
import { bareTools, devTools } from './dev-tools.ts';

describe('the development set, with sentence embeddings', () => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = await loadUseLite();
  });
  afterAll(() => embedder.close());

  test('with patterns', async () => {
    const accuracy = await measureAccuracy(devTools, createIntentIndexCache(embedder));
    expect(accuracy.rightTool).toBeGreaterThanOrEqual(0.92);
    expect(accuracy.rightCall).toBeGreaterThanOrEqual(0.92);
    expect(accuracy.rejected).toBeGreaterThanOrEqual(11 / 12);
  });

  test('without any intents', async () => {
    const accuracy = await measureAccuracy(bareTools, createIntentIndexCache(embedder));
    expect(accuracy.rightTool).toBeGreaterThanOrEqual(0.85);
    expect(accuracy.rejected).toBeGreaterThanOrEqual(11 / 12);
  });
});
