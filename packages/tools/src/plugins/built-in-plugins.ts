import type { Plugin } from '../define-plugin.ts';

/** Loads a built-in plugin. `baseDir` is the folder where its relative paths start. */
type LoadBuiltIn = (baseDir: string) => Promise<Plugin>;

/** The plugins that come with this package, by what follows `@antiphon/tools/`; each is imported when it is used. */
export const builtInPlugins: ReadonlyMap<string, LoadBuiltIn> = new Map<string, LoadBuiltIn>([
  [
    'calculator',
    async () => (await import('./calculator/calculator-plugin.ts')).calculatorPlugin() as Plugin,
  ],
  ['clock', async () => (await import('./clock/clock-plugin.ts')).clockPlugin()],
  ['dtmf', async () => (await import('./call/dtmf-plugin.ts')).dtmfPlugin() as Plugin],
  ['end-call', async () => (await import('./call/end-call-plugin.ts')).endCallPlugin() as Plugin],
  ['fetch', async () => (await import('./fetch/fetch-plugin.ts')).fetchPlugin() as Plugin],
  [
    'knowledge',
    async (baseDir) =>
      (await import('./knowledge/knowledge-plugin.ts')).knowledgePlugin({ baseDir }) as Plugin,
  ],
  [
    'memory',
    async (baseDir) => (await import('./memory/memory-plugin.ts')).memoryPlugin({ baseDir }) as Plugin,
  ],
  ['note', async () => (await import('./call/note-plugin.ts')).notePlugin() as Plugin],
  ['timer', async () => (await import('./timer/timer-plugin.ts')).timerPlugin()],
  ['transfer', async () => (await import('./call/transfer-plugin.ts')).transferPlugin() as Plugin],
]);
