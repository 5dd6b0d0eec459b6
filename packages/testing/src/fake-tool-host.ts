import type {
  Clock,
  JsonValue,
  ToolCallListener,
  ToolCallRequest,
  ToolHost,
  ToolOutcome,
  ToolSpec,
} from '@antiphon/core';
import { waitFor } from './array-source.ts';

/** What a scripted tool does. */
export interface ScriptedOutcome {
  /** What the tool returns; null unless told. */
  readonly output?: JsonValue;
  /** `completed` unless told. */
  readonly status?: ToolOutcome['status'];
  /** Time it takes on the host's clock; 0 unless told. */
  readonly afterMs?: number;
  /** Said by way of the listener as the tool starts. */
  readonly says?: string;
}

/** A script: the same each time, or by the call. */
export type ToolScript = ScriptedOutcome | ((request: ToolCallRequest) => ScriptedOutcome);

/** What {@link fakeToolHost} is made of. */
export interface FakeToolHostOptions {
  /** By the tool's name. */
  readonly tools: Readonly<Record<string, ToolScript>>;
  /** Specs that are not the defaults of {@link toolSpec}. */
  readonly specs?: readonly ToolSpec[];
  /** Needed by scripts that take time. */
  readonly clock?: Clock;
}

/** A tool host that follows a script and remembers its calls. */
export interface FakeToolHost extends ToolHost {
  readonly calls: readonly ToolCallRequest[];
}

/** A spec with defaults for all but the name. */
export function toolSpec(name: string, members: Partial<ToolSpec> = {}): ToolSpec {
  return {
    name,
    description: `The ${name} tool.`,
    parameters: { type: 'object', properties: {} },
    timeoutMs: 10_000,
    onInterrupt: 'keep',
    start: 'now',
    reply: 'now',
    confirm: 'none',
    effects: 'none',
    idempotentBy: [],
    intents: [],
    ...members,
  };
}

/** Makes a tool host whose tools end as scripted, or `cancelled` when aborted before. */
export function fakeToolHost(options: FakeToolHostOptions): FakeToolHost {
  const calls: ToolCallRequest[] = [];
  const given = new Map(options.specs?.map((spec) => [spec.name, spec]));
  return {
    specs: Object.keys(options.tools).map((name) => given.get(name) ?? toolSpec(name)),
    calls,
    async call(request, signal, listener) {
      calls.push(request);
      const script = options.tools[request.name];
      if (script === undefined) {
        return outcomeOf(request, {
          status: 'rejected',
          output: { error: `There is no tool '${request.name}'.` },
        });
      }
      const outcome = typeof script === 'function' ? script(request) : script;
      return await perform(request, outcome, { signal, listener, clock: options.clock });
    },
  };
}

interface Surroundings {
  readonly signal: AbortSignal;
  readonly listener: ToolCallListener | undefined;
  readonly clock: Clock | undefined;
}

async function perform(
  request: ToolCallRequest,
  outcome: ScriptedOutcome,
  { signal, listener, clock }: Surroundings,
): Promise<ToolOutcome> {
  if (outcome.says !== undefined) {
    listener?.say?.(outcome.says);
  }
  if (outcome.afterMs !== undefined) {
    if (clock === undefined) {
      throw new Error(`the script of the tool '${request.name}' takes time: give fakeToolHost a clock`);
    }
    await waitFor(outcome.afterMs, clock, signal);
  }
  return outcomeOf(request, signal.aborted ? { ...outcome, status: 'cancelled' } : outcome);
}

function outcomeOf(
  request: ToolCallRequest,
  { output = null, status = 'completed', afterMs = 0 }: ScriptedOutcome,
): ToolOutcome {
  return {
    status,
    arguments: parsed(request.argumentsJson),
    output,
    outputText: typeof output === 'string' ? output : JSON.stringify(output),
    elapsedMs: afterMs,
  };
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
