import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolCallListener, ToolOutcome } from '@antiphon/core';
import type { CollectedTools, SessionToolHost, UseEntry } from '@antiphon/tools';
import { memoryLogger } from './host.ts';

// Through require, so that Node loads the package: workers run what was built.
const require = createRequire(import.meta.url);
const { collectTools, createToolHost } = require('@antiphon/tools') as typeof import('@antiphon/tools');

/** A plugin that runs apart, and a session that calls it. */
export interface IsolatedTools {
  readonly tools: CollectedTools;
  readonly host: SessionToolHost;
  readonly log: ReturnType<typeof memoryLogger>;
  call(
    tool: string,
    input?: object,
    options?: { readonly signal?: AbortSignal; readonly listener?: ToolCallListener },
  ): Promise<ToolOutcome>;
}

const clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs: number, fire: () => void) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A folder for plugins, and all that was loaded from it: {@link clear} ends it. */
export class PluginFolder {
  #open: { close(): Promise<void> | void }[] = [];
  #path: string | undefined;

  /** Writes files and loads the first of them. */
  async load(files: Readonly<Record<string, string>>, entry: Omit<UseEntry, 'use'>): Promise<IsolatedTools> {
    this.#path ??= await mkdtemp(join(tmpdir(), 'antiphon-isolation-'));
    const path = this.#path;
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    const log = memoryLogger();
    const plugins = [{ use: `./${Object.keys(files)[0]}`, ...entry }];
    const tools = await collectTools({ baseDir: path, logger: log, plugins, cacheDir: join(path, 'cache') });
    const host = createToolHost({
      registry: tools.registry,
      agentTools: ['*'],
      clock,
      logger: log,
      caller: { id: 'anna' },
    });
    this.#open.push(tools, host);
    let calls = 0;
    return {
      tools,
      host,
      log,
      call: (tool, input = {}, { signal = new AbortController().signal, listener = {} } = {}) => {
        calls += 1;
        const request = { callId: `call_${calls}`, name: tool, argumentsJson: JSON.stringify(input) };
        return host.call({ ...request, sessionId: 'sess_1', agentName: 'desk' }, signal, listener);
      },
    };
  }

  async clear(): Promise<void> {
    for (const one of this.#open) await one.close();
    this.#open = [];
    if (this.#path !== undefined) await rm(this.#path, { recursive: true, force: true });
    this.#path = undefined;
  }
}
