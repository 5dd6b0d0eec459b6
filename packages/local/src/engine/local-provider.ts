import type {
  Clock,
  ConnectRequest,
  IdSource,
  Logger,
  Provider,
  TransportHandlers,
  UserWay,
} from '@antiphon/core';
import type { BrainTool } from '../stages.ts';
import type { SpeechEngineOptions } from '../workers/speech-engine-stages.ts';
import { createDefaultStages } from './default-stages.ts';
import { EngineSession } from './engine-session.ts';
import { type EngineStages, loadVoiceStages, warmUpStages } from './engine-stages.ts';
import { InProcessTransport } from './in-process-transport.ts';
import { createRandomIds } from './wire-ids.ts';

export interface LocalProviderOptions extends SpeechEngineOptions {
  readonly clock: Clock;
  /** Stages in place of the engine's own, one by one; what is replaced is not loaded. */
  readonly stages?: Partial<EngineStages>;
  /** The voice of sessions that ask for none. */
  readonly voice?: string;
  readonly ids?: IdSource;
  readonly logger?: Logger;
  /** What "tomorrow" is relative to; by default the wall time of `clock`. */
  readonly now?: () => Date;
}

/** The offline engine as a provider. */
export interface LocalProvider extends Provider {
  /** Loads the models ahead of the first connection, but those that hear where the user types. Rejects when one cannot be loaded. */
  warmUp(user?: UserWay): Promise<void>;
}

/** The model name that sessions of the engine state. */
const modelName = 'antiphon-local';
const goingAway = 1001;
const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Makes the offline engine. Its models are loaded by the first connection, those that hear by the first sound, and shared by all. */
export function createLocalProvider(options: LocalProviderOptions): LocalProvider {
  const { clock, logger = silentLogger } = options;
  const own = createDefaultStages(options);
  const stages = replaceStages(own, options.stages ?? {});
  const ids = options.ids ?? createRandomIds();
  const now = options.now ?? (() => new Date(clock.wallMs()));
  const open = new Set<InProcessTransport>();

  const connect = (request: ConnectRequest, handlers: TransportHandlers) => {
    const transport: InProcessTransport = new InProcessTransport({
      createPeer: (emit) =>
        new EngineSession({
          stages,
          specs: request.tools,
          model: modelName,
          voice: options.voice ?? 'alloy',
          nextId: (prefix) => ids.nextId(prefix),
          now,
          logger,
          emit,
        }),
      handlers,
      logger,
      onClosed: () => open.delete(transport),
    });
    open.add(transport);
    // What hears is loaded when there is something to hear.
    loadVoiceStages(stages).catch((error: unknown) => {
      logger.error('a model could not be loaded', { error: String(error) });
    });
    return transport;
  };

  return {
    name: 'local',
    connect,
    warmUp: (user = 'speaks') => warmUpStages(stages, now(), user),
    close: async () => {
      for (const transport of open) transport.close(goingAway, 'the engine is shutting down');
      await stages.close();
    },
  };
}

function replaceStages(own: EngineStages, given: Partial<EngineStages>): EngineStages {
  return {
    createDetector: () => given.createDetector?.() ?? own.createDetector(),
    recognizer: () => given.recognizer?.() ?? own.recognizer(),
    synthesizer: () => given.synthesizer?.() ?? own.synthesizer(),
    createBrain: () => given.createBrain?.() ?? own.createBrain(),
    prepareTools: (tools) => prepareTools(own, given, tools),
    close: async () => {
      await Promise.all([own.close(), given.close?.()]);
    },
  };
}

/** Another brain prepares itself, if it needs to. */
async function prepareTools(
  own: EngineStages,
  given: Partial<EngineStages>,
  tools: readonly BrainTool[],
): Promise<void> {
  if (given.createBrain === undefined) await own.prepareTools(tools);
  else await given.prepareTools?.(tools);
}

function ignore(): void {
  // Nobody listens.
}
