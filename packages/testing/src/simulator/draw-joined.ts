import type { SessionSettings } from '@antiphon/core';
import type { Agent } from './stage.ts';

/** The settings of a session that joins a call, as the runtime makes them: turns are found by the server, and it has one provider and one voice. */
export function onCall(settings: SessionSettings): SessionSettings {
  return {
    ...settings,
    callId: 'rtc_1',
    fallback: undefined,
    providers: settings.providers.slice(0, 1).map((choice) => ({ ...choice, sessionLimitMs: undefined })),
    agents: Object.fromEntries(
      Object.entries(settings.agents).map(([name, agent]) => [name, agentOnCall(agent)]),
    ),
  };
}

function agentOnCall(agent: Agent): Agent {
  const joined = { ...agent, resumeFalseInterruption: false };
  if (agent.turnTaking !== 'manual') return joined;
  const detection = {
    type: 'server_vad' as const,
    silence_duration_ms: 500,
    create_response: true,
    interrupt_response: agent.interruptible,
  };
  const input = { ...agent.session.audio?.input, turn_detection: detection };
  return {
    ...joined,
    turnTaking: 'server_answers',
    session: { ...agent.session, audio: { ...agent.session.audio, input } },
  };
}
