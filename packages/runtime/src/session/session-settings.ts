import {
  type AgentConfig,
  defaultTimeouts,
  type SessionSettings,
  type SessionUpdate,
  type ToolPolicy,
  type ToolSpec,
} from '@antiphon/core';
import type { WireFormat } from '../audio/session-codec.ts';

/** The audio format of both directions. */
export const sessionFormat: WireFormat & { readonly rate: 24_000 } = { type: 'audio/pcm', rate: 24_000 };

/** The transcription model asked for when the agent file names none. */
const defaultTranscriptionModel = 'gpt-4o-mini-transcribe';
const defaultHistoryItems = 500;
const defaultResponseRetries = 2;

/** What a session is made of. */
export interface SessionPlan {
  readonly sessionId: string;
  readonly agentName: string;
  readonly agent: AgentConfig;
  /** The voice of the provider, for agents that name none. */
  readonly providerVoice: string | undefined;
  readonly tools: readonly ToolSpec[];
  readonly outputBytesPerMs: number;
}

/** The settings of a session, from the agent file. Pure. */
export function sessionSettings(plan: SessionPlan): SessionSettings {
  const { agent } = plan;
  return {
    sessionId: plan.sessionId,
    agentName: plan.agentName,
    session: sessionUpdate(plan),
    turnTaking: turnTaking(agent),
    interruptible: agent.turn_detection === null || agent.turn_detection.interrupt_response,
    outputBytesPerMs: plan.outputBytesPerMs,
    tools: plan.tools.map(toolPolicy),
    greeting: agent.greeting?.say,
    responseRetries: defaultResponseRetries,
    historyItems: defaultHistoryItems,
    timeouts: defaultTimeouts,
  };
}

/** The session object of the wire. A member that the file leaves open is left out: null and defaults are the server's. */
export function sessionUpdate({ agent, providerVoice, tools }: SessionPlan): SessionUpdate {
  const voice = agent.voice ?? providerVoice;
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
        turn_detection: agent.turn_detection,
        transcription: transcription(agent),
        ...(agent.noise_reduction !== undefined && { noise_reduction: agent.noise_reduction }),
      },
      output: {
        format: sessionFormat,
        ...(voice !== undefined && { voice }),
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

function turnTaking({ turn_detection: detection }: AgentConfig): SessionSettings['turnTaking'] {
  if (detection === null) return 'manual';
  return detection.create_response ? 'server_answers' : 'server_commits';
}

function toolPolicy({ name, onInterrupt, start, reply }: ToolSpec): ToolPolicy {
  return { name, onInterrupt, start, reply };
}
