import {
  type AgentConfig,
  type AgentSettings,
  defaultLimits,
  defaultReconnect,
  defaultTimeouts,
  type Guard,
  type PriorItem,
  type ProviderChoice,
  type SessionLimits,
  type SessionSettings,
  type SessionUpdate,
  type ToolPolicy,
  type ToolSpec,
} from '@antiphon/core';
import type { WireFormat } from '../audio/session-codec.ts';
import { handoffName } from './handoff-tools.ts';

/** The audio format of both directions. */
export const sessionFormat: WireFormat & { readonly rate: 24_000 } = { type: 'audio/pcm', rate: 24_000 };

/** The transcription model asked for when the agent file names none. */
const defaultTranscriptionModel = 'gpt-4o-mini-transcribe';
const defaultHistoryItems = 500;
const defaultResponseRetries = 2;
const msPerMinute = 60_000;

/** An agent of a session: what the file says of it, and what it was given. */
export interface PlannedAgent {
  readonly agent: AgentConfig;
  /** Its tools, the functions that hand over included. */
  readonly tools: readonly ToolSpec[];
  readonly guards: readonly Guard[];
}

/** What a session is made of. */
export interface SessionPlan {
  readonly sessionId: string;
  readonly agentName: string;
  /** The agent that begins and those it leads to, by name. */
  readonly agents: Readonly<Record<string, PlannedAgent>>;
  readonly providers: readonly ProviderChoice[];
  readonly outputBytesPerMs: number;
  /** Values of the application for the slots of the instructions. */
  readonly variables: Readonly<Record<string, string>>;
  /** The conversation that this one goes on with. */
  readonly history?: readonly PriorItem[];
  readonly seed: number;
}

/** The settings of a session, from the agent file. Pure. */
export function sessionSettings(plan: SessionPlan): SessionSettings {
  const first = plan.agents[plan.agentName]?.agent;
  const defaults = Object.values(plan.agents).map(({ agent }) => agent.variables);
  return {
    sessionId: plan.sessionId,
    agentName: plan.agentName,
    agents: Object.fromEntries(
      Object.entries(plan.agents).map(([name, agent]) => [name, agentSettings(agent)]),
    ),
    providers: plan.providers,
    outputBytesPerMs: plan.outputBytesPerMs,
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

/** What the session is told of one agent. */
export function agentSettings({ agent, tools, guards }: PlannedAgent): AgentSettings {
  const { idle, dead_air: deadAir, greeting, turn_detection: detection } = agent;
  return {
    session: sessionUpdate(agent, tools),
    turnTaking: turnTaking(agent),
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
  };
}

/** The session object of the wire. A member that the file leaves open is left out: null and defaults are the server's. */
export function sessionUpdate(agent: AgentConfig, tools: readonly ToolSpec[]): SessionUpdate {
  return {
    type: 'realtime',
    output_modalities: [...agent.output_modalities],
    instructions: agent.instructions,
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      name,
      description,
      parameters,
    })),
    tool_choice: agent.tool_choice,
    ...(agent.parallel_tool_calls !== undefined && { parallel_tool_calls: agent.parallel_tool_calls }),
    ...(agent.max_output_tokens !== undefined && { max_output_tokens: agent.max_output_tokens }),
    ...(agent.reasoning !== undefined && { reasoning: agent.reasoning }),
    audio: {
      input: {
        format: sessionFormat,
        turn_detection: wireTurnDetection(agent),
        transcription: transcription(agent),
        ...(agent.noise_reduction !== undefined && { noise_reduction: agent.noise_reduction }),
      },
      output: {
        format: sessionFormat,
        ...(agent.voice !== undefined && { voice: agent.voice }),
        ...(agent.speed !== undefined && { speed: agent.speed }),
      },
    },
  };
}

/** What the user says is written down unless the file says no: a conversation without its questions is no record. */
function transcription({ transcription: asked }: AgentConfig) {
  if (asked === null) return null;
  return { ...asked, model: asked?.model ?? defaultTranscriptionModel };
}

/** Turns that are found on this side are none of the server's business. */
function wireTurnDetection({ turn_detection: detection }: AgentConfig) {
  return detection?.type === 'local_vad' || detection?.type === 'push_to_talk' ? null : detection;
}

function turnTaking(agent: AgentConfig): AgentSettings['turnTaking'] {
  const detection = wireTurnDetection(agent);
  if (detection === null) return 'manual';
  return detection.create_response ? 'server_answers' : 'server_commits';
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
  const { name, onInterrupt, start, reply, idempotent = false, filler } = spec;
  return {
    name,
    onInterrupt,
    start,
    reply,
    idempotent,
    filler: filler && { afterMs: filler.afterMs, say: filler.say },
  };
}
