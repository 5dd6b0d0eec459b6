import type { Logger } from '@antiphon/core';
import type { CollectedTools, Plugin, Tool } from '@antiphon/tools';
import type { LoadedProvider } from '../providers/plugin-provider.ts';

/** The text of an agent file and its name, which places in errors carry and plugin paths are relative to. */
export interface AgentFileText {
  readonly file: string;
  readonly text: string;
}

/** What may be taken over of a program that runs. */
export interface FormerProgram {
  readonly tools: CollectedTools;
  readonly providerPlugins: ReadonlyMap<string, LoadedProvider>;
}

/** What {@link loadProgram} takes. */
export interface LoadProgramOptions extends AgentFileText {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Plugins and tools of the application, beside those of the file. */
  readonly plugins: readonly (Plugin | Tool)[];
  /** The providers that will be used, when that is known: only their variables are needed. */
  readonly usedProviders: readonly string[] | undefined;
  readonly logger: Logger;
  /** The program that runs: what of it has not changed is taken over. */
  readonly former?: FormerProgram;
}
