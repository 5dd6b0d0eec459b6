import type { AgentConfig, SessionSettings, SessionUpdate } from '@antiphon/core';

/** An agent as one can be that does not hear the user itself: what is found on this side is found by the server. */
export function agentOnCall(agent: AgentConfig): AgentConfig {
  const { turn_detection: detection } = agent;
  if (detection?.type !== 'local_vad') return agent;
  const { threshold, prefix_padding_ms, silence_duration_ms, interrupt_response } = detection;
  return {
    ...agent,
    turn_detection: {
      type: 'server_vad',
      threshold,
      prefix_padding_ms,
      silence_duration_ms,
      create_response: true,
      interrupt_response,
    },
  };
}

/** The settings of a session that joins a call: what needs the sound of the conversation, or another connection, is left out. */
export function settingsOnCall(settings: SessionSettings, callId: string): SessionSettings {
  return {
    ...settings,
    callId,
    fallback: undefined,
    providers: settings.providers.slice(0, 1).map((choice) => ({ ...choice, sessionLimitMs: undefined })),
    agents: Object.fromEntries(
      Object.entries(settings.agents).map(([name, agent]) => [
        name,
        { ...agent, resumeFalseInterruption: false, session: withoutFormats(agent.session) },
      ]),
    ),
  };
}

/** The formats of a call are agreed upon by those between whom the sound flows. */
function withoutFormats(session: SessionUpdate): SessionUpdate {
  const { format: _in, ...input } = session.audio?.input ?? {};
  const { format: _out, ...output } = session.audio?.output ?? {};
  return { ...session, audio: { input, output } };
}
