import type { BrainTool, Embedder } from '../stages.ts';
import { createToolIndex, type ToolIndex } from './tool-index.ts';

/** Compiled tool sets, shared by the sessions of an engine so that none repeats the work. */
export interface IntentIndexCache {
  /** The index of a tool set; made at the first request for equal tools. */
  indexOf(tools: readonly BrainTool[]): ToolIndex;
  /** Compiles the tools and computes the embeddings of their examples ahead of the first request. */
  prepare(tools: readonly BrainTool[], signal?: AbortSignal): Promise<void>;
}

const maxToolSets = 64;

/** @param embedder used for all tool sets; the cache does not close it. */
export function createIntentIndexCache(embedder?: Embedder): IntentIndexCache {
  const byContent = new Map<string, ToolIndex>();
  const indexOf = (tools: readonly BrainTool[]): ToolIndex => {
    const key = JSON.stringify(
      tools.map((tool) => [tool.name, tool.description, tool.parameters, tool.intents, tool.effects]),
    );
    const index = byContent.get(key) ?? createToolIndex(tools, embedder);
    byContent.delete(key);
    byContent.set(key, index);
    const [oldest] = byContent.keys();
    if (byContent.size > maxToolSets && oldest !== undefined) byContent.delete(oldest);
    return index;
  };
  return { indexOf, prepare: (tools, signal) => indexOf(tools).prepare(signal) };
}
