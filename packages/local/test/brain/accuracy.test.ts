import { describe, expect, test } from 'vitest';
import { createIntentIndexCache } from '../../src/brain/index-cache.ts';
import { measureAccuracy } from './accuracy.ts';
import { bareTools, devTools } from './dev-tools.ts';

describe('the development set, by words only', () => {
  test('with patterns', async () => {
    const accuracy = await measureAccuracy(devTools, createIntentIndexCache());
    expect(accuracy.rightTool).toBeGreaterThanOrEqual(0.9);
    expect(accuracy.rightCall).toBeGreaterThanOrEqual(0.9);
    expect(accuracy.rejected).toBeGreaterThanOrEqual(11 / 12);
  });

  test('without any intents: names, descriptions and schemas are all there is', async () => {
    const accuracy = await measureAccuracy(bareTools, createIntentIndexCache());
    expect(accuracy.rightTool).toBeGreaterThanOrEqual(0.85);
    expect(accuracy.rightCall).toBeGreaterThanOrEqual(0.82);
    expect(accuracy.rejected).toBeGreaterThanOrEqual(11 / 12);
  });
});
