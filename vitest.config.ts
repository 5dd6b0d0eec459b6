import { defineConfig } from 'vitest/config';

const ownTempFolder = './test/support/own-temp-folder.ts';
const fromSource = { conditions: ['@antiphon/source'] };

export default defineConfig({
  test: {
    projects: [
      {
        // Pure code and scenarios, run from the sources.
        resolve: fromSource,
        ssr: { resolve: fromSource },
        test: {
          name: 'unit',
          globalSetup: ownTempFolder,
          include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/*.e2e.test.ts'],
          // Half of their time was loading the same modules for each file anew; none of them keeps anything of a test.
          isolate: false,
          // Nothing here waits: a test that takes long on a busy machine has still not failed.
          testTimeout: 60_000,
        },
      },
      {
        // Real processes, workers and sockets, run from what was built.
        test: {
          name: 'e2e',
          globalSetup: ownTempFolder,
          include: ['packages/*/test/**/*.e2e.test.ts', 'test/**/*.e2e.test.ts'],
          // A fresh process for each file would load the same modules for each; none of them keeps anything of a test.
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Half of their time is waiting; more than two files at once would make the other half late for each other.
          maxWorkers: 2,
          // What was built runs as it is; transforming each bundle anew cost more than most tests that use it.
          server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
        },
      },
    ],
  },
});
