import {
  type AfterCall,
  type BeforeCall,
  type Clock,
  type HistoryItem,
  type JsonObject,
  type JsonValue,
  type Logger,
  type SessionOutcome,
  type SessionUsage,
  thrownText,
} from '@antiphon/core';
import {
  createToolHost,
  fillPhaseArguments,
  type SessionFacts,
  type SessionHooks,
  type ToolRegistry,
} from '@antiphon/tools';
import type { SessionParts } from './session-parts.ts';

/** How long what comes before a conversation may take, in milliseconds: the caller waits. */
const beforeMs = 5_000;
/** How long what comes after a conversation may take, in milliseconds. */
const afterMs = 30_000;

type Values = Readonly<Record<string, string>>;

/** What the phases of a session work with. */
export interface PhaseParts {
  readonly hooks: readonly SessionHooks[];
  readonly registry: ToolRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the phases of the sessions of a runtime work with. */
export function phasesOf({ program, clock, logger }: SessionParts): PhaseParts {
  const { hooks, registry } = program.tools;
  return { hooks, registry, clock, logger };
}

/** The session that a phase belongs to. */
export interface PhaseSession {
  readonly id: string;
  readonly agent: string;
  readonly caller: Values;
}

/** What is known of a conversation that is over. */
export interface EndedConversation {
  readonly outcome: SessionOutcome;
  readonly history: readonly HistoryItem[];
  readonly usage: SessionUsage;
  readonly seconds: number;
  /** The values of the instructions, as they were in the end. */
  readonly variables: Values;
}

/** What was found before a conversation. */
export interface FoundFacts {
  readonly variables: Values;
  readonly caller: Values;
}

/** What the hooks of the plugins and the calls of the agent find before a conversation. Never rejects; takes 5 s at most. */
export async function beforeConversation(
  parts: PhaseParts,
  session: PhaseSession,
  {
    calls,
    variables,
    resumed,
    signal,
  }: {
    readonly calls: readonly BeforeCall[];
    /** Of the file and the application: what arguments are filled from. */
    readonly variables: Values;
    readonly resumed: boolean;
    readonly signal: AbortSignal | undefined;
  },
): Promise<FoundFacts> {
  const starts = parts.hooks.flatMap(({ plugin, starts: own }) => own.map((start) => ({ plugin, start })));
  if (starts.length === 0 && calls.length === 0) return { variables: {}, caller: {} };
  const given: FoundFacts[] = starts.map(() => ({ variables: {}, caller: {} }));
  const called: Record<string, string> = {};
  await withinMs(beforeMs, parts, signal, async (limit) => {
    const told = { ...session, resumed, signal: limit };
    await Promise.all(
      starts.map(async ({ plugin, start }, index) => {
        given[index] = factsOf(await hook(plugin, parts.logger, limit, () => start(told)));
      }),
    );
    const found = merged(given);
    const caller = { ...found.caller, ...session.caller };
    const host = phaseHost(parts, { ...session, caller }, calls);
    for (const call of calls) {
      const values = { ...variables, ...found.variables, ...called };
      const output = await callTool(host, call, { ...session, caller }, { values, signal: limit, ...parts });
      if (limit.aborted) break;
      Object.assign(called, variablesOf(output, call.variables));
    }
    host.close();
  });
  const { variables: found, caller } = merged(given);
  return { variables: { ...found, ...called }, caller };
}

/** Tells the hooks of the plugins of a conversation that is over, and makes the calls of its agent. Never rejects; takes 30 s at most. */
export async function afterConversation(
  parts: PhaseParts,
  session: PhaseSession,
  { calls, ended }: { readonly calls: readonly AfterCall[]; readonly ended: EndedConversation },
): Promise<void> {
  const ends = parts.hooks.flatMap(({ plugin, ends: own }) => own.map((end) => ({ plugin, end })));
  if (ends.length === 0 && calls.length === 0) return;
  const { outcome, history, usage, seconds } = ended;
  const transcript = transcriptOf(history);
  await withinMs(afterMs, parts, undefined, async (limit) => {
    const told = { ...session, signal: limit, outcome, transcript, history, usage, seconds };
    const hooks = ends.map(({ plugin, end }) => hook(plugin, parts.logger, limit, () => end(told)));
    const values = {
      ...ended.variables,
      transcript,
      session_id: session.id,
      agent: session.agent,
      outcome: outcome.status,
      seconds,
    };
    const host = phaseHost(parts, session, calls);
    for (const call of calls) {
      if (!limit.aborted) await callTool(host, call, session, { values, signal: limit, ...parts });
    }
    await Promise.all(hooks);
    host.close();
  });
}

/** What was said, one line each; of the agent what was heard. */
export function transcriptOf(history: readonly HistoryItem[]): string {
  return history
    .flatMap((item) => {
      if (item.kind !== 'message' || item.role === 'system') return [];
      const text = (item.heard?.text ?? item.text ?? '').trim();
      return text === '' ? [] : [`${item.role}: ${text}`];
    })
    .join('\n');
}

/** What the file says is called here, so nobody is asked to agree. */
function phaseHost(
  { registry, clock, logger }: PhaseParts,
  { caller }: PhaseSession,
  calls: readonly { readonly tool: string }[],
) {
  const agentTools = [...new Set(calls.map(({ tool }) => tool))];
  return createToolHost({ registry, agentTools, clock, logger, caller, approve: () => true });
}

/** The output of a call; undefined for one that did not complete, which is logged. */
async function callTool(
  host: ReturnType<typeof phaseHost>,
  { tool, arguments: args }: { readonly tool: string; readonly arguments: JsonObject },
  { id, agent, caller }: PhaseSession,
  {
    values,
    signal,
    logger,
  }: { readonly values: JsonObject; readonly signal: AbortSignal; readonly logger: Logger },
): Promise<JsonValue | undefined> {
  const argumentsJson = JSON.stringify(fillPhaseArguments(args, values, caller));
  const request = { callId: `phase_${tool}`, name: tool, argumentsJson, sessionId: id, agentName: agent };
  const { status, output } = await host.call(request, signal);
  if (status === 'completed') return output;
  const code = (output as JsonObject | null)?.['code'] ?? null;
  logger.warn('a call of the agent file did not complete', { sessionId: id, tool, status, code });
  return undefined;
}

/** What a hook gives; undefined when it fails or its time is over. */
function hook<Given>(
  plugin: string,
  logger: Logger,
  limit: AbortSignal,
  run: () => Given | Promise<Given>,
): Promise<Given | undefined> {
  return new Promise((resolve) => {
    const settle = (given: Given | undefined): void => {
      limit.removeEventListener('abort', onAbort);
      resolve(given);
    };
    const failed = (error: unknown): void => {
      logger.error('a hook of a plugin failed', { plugin, error: thrownText(error) });
      settle(undefined);
    };
    const onAbort = (): void => failed(limit.reason);
    limit.addEventListener('abort', onAbort, { once: true });
    Promise.resolve()
      .then(run)
      .then(settle, (error: unknown) => limit.aborted || failed(error));
  });
}

/** Runs `work`, which ends when its signal is aborted: when its time is over, or `outer` is. */
async function withinMs(
  limitMs: number,
  { clock }: PhaseParts,
  outer: AbortSignal | undefined,
  work: (limit: AbortSignal) => Promise<void>,
): Promise<void> {
  const limit = new AbortController();
  const stop = clock.setTimer(limitMs, () => limit.abort(new Error(`it took longer than ${limitMs} ms`)));
  const onAbort = (): void => limit.abort(outer?.reason);
  outer?.addEventListener('abort', onAbort, { once: true });
  await work(limit.signal);
  stop();
  outer?.removeEventListener('abort', onAbort);
}

/** What several hooks gave; the later ones have the last word. */
function merged(given: readonly FoundFacts[]): FoundFacts {
  return {
    variables: Object.assign({}, ...given.map(({ variables }) => variables)) as Values,
    caller: Object.assign({}, ...given.map(({ caller }) => caller)) as Values,
  };
}

/** What of a hook's answer can be used. */
function factsOf(facts: unknown): FoundFacts {
  const { variables, caller } = (facts ?? {}) as SessionFacts;
  return { variables: textsOf(variables), caller: textsOf(caller) };
}

function textsOf(values: unknown): Values {
  if (typeof values !== 'object' || values === null) return {};
  return Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value === 'string'));
}

/** The variables that a result gives, by the paths of their parts. */
function variablesOf(output: JsonValue | undefined, paths: Values): Values {
  if (output === undefined) return {};
  return Object.fromEntries(
    Object.entries(paths).flatMap(([name, path]) => {
      const value = partOf(output, path);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The part of a result at `path`, as text; undefined for what is not there. */
function partOf(output: JsonValue, path: string): string | undefined {
  const keys = path === '' ? [] : path.split('.');
  const value = keys.reduce<JsonValue | undefined>((inside, key) => {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, key)) return undefined;
    return (inside as JsonObject)[key];
  }, output);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
