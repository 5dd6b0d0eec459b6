import type { Plugin } from '../define-plugin.ts';

/** The plugins that come with this package, by what follows `@antiphon/tools/`; each is imported when it is used. */
export const builtInPlugins: ReadonlyMap<string, () => Promise<Plugin>> = new Map([
  [
    'calculator',
    async () => (await import('./calculator/calculator-plugin.ts')).calculatorPlugin() as Plugin,
  ],
  ['clock', async () => (await import('./clock/clock-plugin.ts')).clockPlugin()],
  ['timer', async () => (await import('./timer/timer-plugin.ts')).timerPlugin()],
]);
