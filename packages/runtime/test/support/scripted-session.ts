import type { AudioSink, JsonValue, SessionLog, SessionLogRecord, SessionNotice } from '@antiphon/core';
import {
  RecordingSink,
  ScriptedProvider,
  type ScriptedProviderOptions,
  SequentialIds,
  settlePromises,
  VirtualClock,
} from '@antiphon/testing';
import { defineTool, type Plugin, type Tool } from '@antiphon/tools';
import { onTestFinished } from 'vitest';
import type { Antiphon } from '../../src/antiphon.ts';
import { createAntiphon } from '../../src/create-antiphon.ts';
import type { Session } from '../../src/session/session.ts';
import type { StartSessionOptions } from '../../src/session/session-options.ts';
import { type RecordingLogger, recordingLogger } from './recording-logger.ts';

/** A log in memory. */
export class MemoryLog implements SessionLog {
  readonly records: SessionLogRecord[] = [];
  closes = 0;

  append(record: SessionLogRecord): void {
    this.records.push(record);
  }

  async close(): Promise<void> {
    this.closes += 1;
  }
}

/** What a scripted Antiphon is made of. */
export interface ScriptedOptions {
  /** Tools by name, with what they return; a function is called for it. */
  readonly tools?: Readonly<Record<string, JsonValue | Tool['execute']>>;
  readonly plugins?: readonly Plugin[];
  /** Lines of the agent beside its instructions and tools. */
  readonly agent?: string;
  readonly provider?: Omit<ScriptedProviderOptions, 'name'>;
}

/** Everything a test of a session may want to look at. */
export interface Scripted {
  readonly antiphon: Antiphon;
  readonly provider: ScriptedProvider;
  readonly clock: VirtualClock;
  readonly logger: RecordingLogger;
}

export async function scriptedAntiphon(options: ScriptedOptions = {}): Promise<Scripted> {
  const { tools = {}, plugins = [], agent = '' } = options;
  const clock = new VirtualClock();
  const logger = recordingLogger();
  const provider = new ScriptedProvider({ name: 'scripted', ...options.provider });
  const given = Object.entries(tools).map(([name, result]) => scriptedTool(name, result));
  const text = `version: 1
default_agent: a
providers: { scripted: { type: local } }
agents:
  a: { provider: scripted, instructions: Help., tools: ["*"]${agent} }
  b: { provider: scripted, instructions: Help otherwise. }
`;
  const antiphon = await createAntiphon({
    config: { file: 'agents.yaml', text: given.length > 0 ? text : text.replace('"*"', '') },
    plugins: [...plugins, ...given],
    providers: { scripted: provider },
    env: {},
    clock,
    logger,
    ids: new SequentialIds(),
  });
  onTestFinished(() => antiphon.close());
  return { antiphon, provider, clock, logger };
}

/** A session that is ready, with what its observers were told. */
export async function startScripted(
  options: ScriptedOptions & Pick<StartSessionOptions, 'source' | 'sink' | 'signal'> = {},
) {
  const scripted = await scriptedAntiphon(options);
  const log = new MemoryLog();
  const sink: AudioSink = options.sink ?? new RecordingSink({ sampleRateHz: 24_000 });
  const session = await scripted.antiphon.startSession({
    sink,
    log,
    ...(options.source && { source: options.source }),
    ...(options.signal && { signal: options.signal }),
  });
  const notices: SessionNotice[] = [];
  session.observeAll((notice) => notices.push(notice));
  return { ...scripted, session, sink, log, notices, turn: turnOf(session, scripted) };
}

/** Types a turn; `answer` says what the server does about it. Settles when nothing moves any more. */
function turnOf(session: Session, { provider }: Scripted) {
  return async (text: string, answer: () => void): Promise<void> => {
    session.sendText(text);
    await settlePromises();
    const asked = provider.server.of('response.create').length;
    answer();
    await settlePromises();
    await settlePromises();
    const more = provider.server.of('response.create').length;
    if (more > asked) {
      provider.server.speak({ responseId: `resp_end_${more}`, itemId: `item_end_${more}`, text: 'There.' });
      await settlePromises();
    }
  };
}

function scriptedTool(name: string, result: JsonValue | Tool['execute']): Tool {
  return defineTool({
    name,
    description: `The ${name} tool.`,
    input: { type: 'object', properties: { city: { type: 'string' } } },
    timeoutMs: 5_000,
    execute: typeof result === 'function' ? (input, context) => result(input, context) : () => result,
  });
}
