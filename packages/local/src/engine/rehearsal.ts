import { setImmediate as nextEvents } from 'node:timers/promises';
import type { IntentIndexCache } from '../brain/index-cache.ts';
import { createIntentBrain } from '../brain/intent-brain.ts';
import type { BrainTool } from '../stages.ts';

/** Numbers, durations, dates and names: what readers of values are made for. */
const sentences = [
  'What time is it in Tokyo?',
  'Please set a timer for ten minutes.',
  'What is two hundred and five times seven?',
  'How is the weather in Rome tomorrow at half past nine?',
  'What time is it right now?',
];

/**
 * Lets a brain that nobody listens to answer a few sentences: the first use of its code takes several times as long as
 * the next, which a user would wait for. It decides and calls nothing.
 */
export async function rehearse(
  tools: readonly BrainTool[],
  indexes: IntentIndexCache,
  now: Date,
): Promise<void> {
  const brain = createIntentBrain({ indexes });
  for (const text of sentences) {
    await brain.respond({ kind: 'user', text }, { tools, toolChoice: 'auto', instructions: '', now });
    await nextEvents();
  }
}
