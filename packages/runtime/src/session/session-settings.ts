import {
  type AgentConfig,
  type AgentSettings,
  type AgentsFile,
  type ConsentWords,
  defaultConfirmMs,
  defaultLimits,
  defaultReconnect,
  defaultTimeouts,
  type Guard,
  hostedConfirmation,
  hostedServersOf,
  type PriorItem,
  type ProviderChoice,
  type SessionLimits,
  type SessionSettings,
  type SessionUpdate,
  type ToolPolicy,
  type ToolSpec,
} from '@antiphon/core';
import { createSessionCodec } from '../audio/session-codec.ts';
import { handoffName } from './handoff-tools.ts';
import { agentPlaces, type LocateSetting } from './setting-places.ts';
import { formatsOf, sessionUpdate, successiveSessions, withFormats } from './wire-session.ts';

const defaultHistoryItems = 500;
const defaultResponseRetries = 2;
const msPerMinute = 60_000;

/** An agent of a session: what the file says of it, and what it was given. */
export interface PlannedAgent {
  readonly agent: AgentConfig;
  /** Its tools, the functions that hand over included. */
  readonly tools: readonly ToolSpec[];
  readonly guards: readonly Guard[];
  /** The words with which its user agrees to calls; absent where none is to be asked, or can be. */
  readonly consentWords?: ConsentWords | undefined;
}

/** What a session is made of. */
export interface SessionPlan {
  readonly sessionId: string;
  readonly agentName: string;
  /** The agent that begins and those it leads to, by name. */
  readonly agents: Readonly<Record<string, PlannedAgent>>;
  readonly providers: readonly ProviderChoice[];
  /** Values of the application for the slots of the instructions. */
  readonly variables: Readonly<Record<string, string>>;
  /** The conversation that this one goes on with. */
  readonly history?: readonly PriorItem[];
  readonly seed: number;
  /** The tools that the agent file declares, and where things stand in it; without it no place is told. */
  readonly file?: { readonly tools: AgentsFile['tools']; readonly locate: LocateSetting };
}

/** The settings of a session, from the agent file. Pure. */
export function sessionSettings(plan: SessionPlan): SessionSettings {
  const first = plan.agents[plan.agentName]?.agent;
  const defaults = Object.values(plan.agents).map(({ agent }) => agent.variables);
  const sessions = wireSessions(plan);
  const formats = formatsOf(sessions[plan.agentName] ?? { type: 'realtime' });
  return {
    sessionId: plan.sessionId,
    agentName: plan.agentName,
    agents: Object.fromEntries(
      Object.entries(plan.agents).map(([name, planned]) => {
        const session = sessions[name] ?? { type: 'realtime' };
        return [name, agentSettings(name, planned, session, plan)];
      }),
    ),
    providers: plan.providers,
    outputBytesPerMs: createSessionCodec(formats.input, formats.output).outputBytesPerMs,
    responseRetries: defaultResponseRetries,
    fallback: first?.fallback ?? undefined,
    historyItems: defaultHistoryItems,
    variables: Object.assign({}, ...defaults, plan.variables) as Readonly<Record<string, string>>,
    ...(plan.history !== undefined && plan.history.length > 0 && { history: plan.history }),
    limits: sessionLimits(first),
    reconnect: defaultReconnect,
    timeouts: defaultTimeouts,
    seed: plan.seed,
  };
}

/** The session objects of all agents: they share the formats of the first, and can follow each other. */
function wireSessions({
  agentName,
  agents,
  providers,
}: SessionPlan): Readonly<Record<string, SessionUpdate>> {
  const own = Object.fromEntries(
    Object.entries(agents).map(([name, { agent, tools }]) => [name, sessionUpdate(agent, tools)]),
  );
  const leftOut = providers.flatMap(({ leavesOut = [] }) => leavesOut);
  const formats = formatsOf(own[agentName] ?? { type: 'realtime' }, leftOut);
  return successiveSessions(
    Object.fromEntries(Object.entries(own).map(([name, session]) => [name, withFormats(session, formats)])),
  );
}

/** What the session is told of one agent. */
function agentSettings(
  name: string,
  { agent, tools, guards, consentWords }: PlannedAgent,
  session: SessionUpdate,
  { providers, file }: SessionPlan,
): AgentSettings {
  const { idle, dead_air: deadAir, greeting, turn_detection: detection } = agent;
  return {
    session,
    turnTaking: turnTaking(agent, providers[0]?.leavesOut ?? []),
    interruptible: detection === null || !('interrupt_response' in detection) || detection.interrupt_response,
    tools: tools.map(toolPolicy),
    handoffs: Object.fromEntries(agent.handoffs.map((name) => [handoffName(name), name])),
    greeting,
    idle: idle && { afterMs: idle.after_ms, say: idle.say, times: idle.times, lastly: idle.then },
    deadAir: deadAir && { afterMs: deadAir.after_ms, say: deadAir.say },
    resumeFalseInterruption: agent.resume_false_interruption,
    guards: {
      input: guards.some(({ on }) => on === 'input'),
      output: guards.some(({ on }) => on === 'output'),
    },
    ...hostedServers(agent),
    ...(consentWords && { consentWords }),
    ...(file && { places: agentPlaces(name, { session, config: agent }, file, file.locate) }),
  };
}

/** Who is asked for calls of the provider's, by the label of the server. */
function hostedServers(agent: AgentConfig): Pick<AgentSettings, 'hosted'> {
  const servers = hostedServersOf(agent).map((server) => {
    const confirm = hostedConfirmation(server);
    return [server.server_label, confirm === undefined ? {} : { confirm }] as const;
  });
  return servers.length === 0 ? {} : { hosted: Object.fromEntries(servers) };
}

/** @param leftOut settings that the server is not sent: one that cannot be told to wait answers by itself. */
function turnTaking(
  { turn_detection: detection }: AgentConfig,
  leftOut: readonly string[],
): AgentSettings['turnTaking'] {
  if (detection === null || detection.type === 'local_vad' || detection.type === 'push_to_talk')
    return 'manual';
  const answers = detection.create_response || leftOut.includes('audio.input.turn_detection.create_response');
  return answers ? 'server_answers' : 'server_commits';
}

function sessionLimits(agent: AgentConfig | undefined): SessionLimits {
  const limits = agent?.limits;
  const minutes = limits?.session_minutes;
  return {
    sessionMs: minutes === undefined ? undefined : minutes * msPerMinute,
    toolCalls: limits?.tool_calls,
    tokens: limits?.tokens,
    responsesWithoutUser: limits?.responses_without_user ?? defaultLimits.responsesWithoutUser,
    toolCallsPerTurn: limits?.tool_calls_per_turn ?? defaultLimits.toolCallsPerTurn,
    wrapUp: limits?.wrap_up,
  };
}

function toolPolicy(spec: ToolSpec): ToolPolicy {
  const {
    name,
    onInterrupt,
    start,
    reply,
    idempotent = false,
    recording,
    filler,
    background,
    staleAfterMs,
  } = spec;
  const { confirm, confirmMs } = spec;
  return {
    name,
    onInterrupt,
    start,
    reply,
    idempotent,
    ...(recording && { recording }),
    filler: filler && { afterMs: filler.afterMs, say: filler.say },
    ...(background === true && { background }),
    ...(staleAfterMs !== undefined && { staleAfterMs }),
    ...(confirm !== 'none' && { confirm: { by: confirm, ttlMs: confirmMs ?? defaultConfirmMs[confirm] } }),
  };
}
