import { isDeepStrictEqual } from 'node:util';
import type { IntentIndexCache } from '../../src/brain/index-cache.ts';
import { createIntentBrain } from '../../src/brain/intent-brain.ts';
import type { BrainCall, BrainContext, BrainTool } from '../../src/stages.ts';
import { devRequests, offTopic } from './dev-set.ts';

/** Shares in [0, 1] over the development set. */
export interface Accuracy {
  readonly rightTool: number;
  readonly rightCall: number;
  /** Requests off the topic that were turned away. */
  readonly rejected: number;
}

const now = new Date(2026, 10, 24, 14, 0, 0);

/** Runs the development set, each request in a conversation of its own; questions of consent are answered yes. */
export async function measureAccuracy(
  tools: readonly BrainTool[],
  indexes: IntentIndexCache,
): Promise<Accuracy> {
  const context: BrainContext = { tools, toolChoice: 'auto', instructions: '', now };
  const ask = async (text: string): Promise<readonly BrainCall[]> => {
    const brain = createIntentBrain({ indexes });
    const reply = await brain.respond({ kind: 'user', text }, context);
    if (reply.kind === 'call') return reply.calls;
    if (!reply.text.startsWith('Shall I')) return [];
    const second = await brain.respond({ kind: 'user', text: 'Yes.' }, context);
    return second.kind === 'call' ? second.calls : [];
  };
  let rightTool = 0;
  let rightCall = 0;
  for (const request of devRequests) {
    const [call] = await ask(request.text);
    if (call?.name !== request.tool) continue;
    rightTool += 1;
    const isRight = Object.entries(request.arguments).every(([name, value]) =>
      isDeepStrictEqual(call.arguments[name], value),
    );
    if (isRight) rightCall += 1;
  }
  let rejected = 0;
  for (const text of offTopic) if ((await ask(text)).length === 0) rejected += 1;
  return {
    rightTool: rightTool / devRequests.length,
    rightCall: rightCall / devRequests.length,
    rejected: rejected / offTopic.length,
  };
}
