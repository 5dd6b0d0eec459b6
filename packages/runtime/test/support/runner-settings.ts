import {
  type AgentSettings,
  defaultLimits,
  defaultReconnect,
  defaultTimeouts,
  type SessionSettings,
} from '@antiphon/core';

/** An agent without tools. */
export function agentSettings(changes: Partial<AgentSettings> = {}): AgentSettings {
  return {
    session: { type: 'realtime', instructions: 'Help.' },
    turnTaking: 'server_answers',
    interruptible: true,
    tools: [],
    handoffs: {},
    greeting: undefined,
    idle: undefined,
    deadAir: undefined,
    resumeFalseInterruption: false,
    guards: { input: false, output: false },
    ...changes,
  };
}

/** A session of the one agent `a`, which dials soon after a loss. */
export function sessionSettings(changes: Partial<SessionSettings> = {}): SessionSettings {
  return {
    sessionId: 'sess_1',
    agentName: 'a',
    agents: { a: agentSettings() },
    providers: [{ name: 'scripted', voice: undefined, sessionLimitMs: undefined }],
    outputBytesPerMs: 48,
    responseRetries: 0,
    fallback: undefined,
    historyItems: 100,
    variables: {},
    limits: defaultLimits,
    reconnect: { ...defaultReconnect, minDelayMs: 100, firstDelayMs: 100 },
    timeouts: defaultTimeouts,
    seed: 1,
    ...changes,
  };
}
