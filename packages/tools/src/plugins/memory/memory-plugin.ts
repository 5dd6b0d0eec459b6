import { resolve } from 'node:path';
import type { KeyValueStore } from '@antiphon/core';
import { z } from 'zod';
import { answeredError } from '../../answered-error.ts';
import { definePlugin, type Plugin } from '../../define-plugin.ts';
import { defineTool, type ToolSession } from '../../define-tool.ts';
import { ToolError } from '../../tool-error.ts';
import { CallerMemory, isAbout, type Memory } from './caller-memory.ts';
import { fileKeyValueStore } from './file-key-value-store.ts';
import { forgetIntents, recallIntents, rememberIntents } from './memory-intents.ts';

/** What {@link memoryPlugin} may be given. */
export interface MemoryPluginOptions {
  /** Where memories are kept; in the folder of the config when absent. */
  readonly store?: KeyValueStore;
  /** Where a relative folder of the config starts; the working folder when absent. */
  readonly baseDir?: string;
  readonly now?: () => Date;
}

const MemoryConfig = z.strictObject({
  folder: z
    .string()
    .min(1)
    .default('.antiphon/memory')
    .describe('Where memories are kept, one file a caller.'),
  keys: z
    .array(z.string().min(1))
    .min(1)
    .default(['id'])
    .describe(
      'The values of the caller that tell callers apart, such as tenant and id; all have to be there.',
    ),
  max_entries: z
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .describe('Memories of one caller; the oldest goes first.'),
});

type Config = z.infer<typeof MemoryConfig>;

const maxRecalled = 20;
const about = z.string().min(1).max(200);

/**
 * The plugin `@antiphon/tools/memory`: what a caller asked to be remembered, from one conversation to the next. Callers are
 * told apart by values that the application gives (`caller` of a session), never by what the model says.
 */
export function memoryPlugin(options: MemoryPluginOptions = {}): Plugin<Config> {
  return definePlugin({
    name: 'memory',
    config: MemoryConfig,
    setup(context, { folder, keys, max_entries: maxEntries }) {
      const { store, baseDir = '.', now = () => new Date() } = options;
      const memory = new CallerMemory({
        store: store ?? fileKeyValueStore(resolve(baseDir, folder)),
        maxEntries,
        now,
      });
      const keyOf = ({ caller }: ToolSession): string => callerKey(keys, caller);
      context.tool(rememberTool(memory, keyOf));
      context.tool(recallTool(memory, keyOf));
      context.tool(forgetTool(memory, keyOf));
    },
  });
}

type KeyOf = (session: ToolSession) => string;

/** @throws {ToolError} `tool.caller_missing` */
function callerKey(keys: readonly string[], caller: ToolSession['caller']): string {
  return JSON.stringify(
    keys.map((name) => {
      const value = Object.hasOwn(caller, name) ? caller[name] : undefined;
      if (value === undefined || value === '') throw answeredError('tool.caller_missing', { name });
      return [name, value];
    }),
  );
}

function rememberTool(memory: CallerMemory, keyOf: KeyOf) {
  return defineTool({
    name: 'remember',
    description:
      'Remembers a fact about the user for later conversations. Use it when they ask for it, or agree to it.',
    input: z.object({ fact: z.string().min(1).max(300).describe('The fact, in one sentence') }),
    effects: 'external',
    idempotent: true,
    intents: rememberIntents,
    execute: async ({ fact }, { session }) => {
      await memory.add(keyOf(session), fact);
      return { remembered: fact };
    },
  });
}

function recallTool(memory: CallerMemory, keyOf: KeyOf) {
  return defineTool({
    name: 'recall',
    description: 'Tells what the user asked to be remembered in this and earlier conversations.',
    input: z.object({ about: about.optional().describe('What it is about; leave out for everything') }),
    effects: 'none',
    idempotent: true,
    intents: recallIntents,
    execute: async ({ about: words }, { session }) => {
      const all = await memory.all(keyOf(session));
      const found = words === undefined ? all : all.filter(({ text }) => isAbout(text, words));
      const memories = found.slice(0, maxRecalled);
      return {
        memories: memories.map(({ text, at }) => ({ text, at })),
        of: all.length,
        summary: recalled(memories, words),
      };
    },
  });
}

function forgetTool(memory: CallerMemory, keyOf: KeyOf) {
  return defineTool({
    name: 'forget',
    description:
      'Forgets what the user had asked to be remembered: all that is about something, or everything.',
    input: z.object({ about: about.optional().describe('What it is about; leave out to forget everything') }),
    effects: 'external',
    idempotent: true,
    intents: forgetIntents,
    execute: async ({ about: words }, { session }) => {
      const gone = await memory.forget(keyOf(session), words);
      if (gone.length === 0)
        throw new ToolError(`Nothing is remembered${words === undefined ? '' : ` about ${words}`}.`);
      return {
        forgotten: gone.map(({ text }) => text),
        summary: words === undefined ? 'I have forgotten everything.' : `I have forgotten: ${listed(gone)}.`,
      };
    },
  });
}

function recalled(memories: readonly Memory[], words: string | undefined): string {
  if (memories.length > 0) return `You asked me to remember: ${listed(memories)}.`;
  return words === undefined ? 'I remember nothing about you.' : `I remember nothing about ${words}.`;
}

function listed(memories: readonly Memory[]): string {
  return memories.map(({ text }) => text.replace(/[.!?\s]+$/, '')).join('; ');
}
