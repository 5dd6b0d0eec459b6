import type { SessionUpdate } from '../protocol/session-config.ts';
import type { ToolCall } from './regions/tool-calls.ts';
import type { AgentSettings, ToolPolicy } from './settings.ts';
import type { SessionState } from './state.ts';

/** Stands for an agent nobody has declared: it says what the model says and has no tools. */
const unknownAgent: AgentSettings = {
  session: { type: 'realtime' },
  turnTaking: 'server_answers',
  interruptible: true,
  tools: [],
  handoffs: {},
  greeting: undefined,
  idle: undefined,
  deadAir: undefined,
  resumeFalseInterruption: false,
  guards: { input: false, output: false },
};

/** The agent in charge. */
export function agentOf(state: SessionState): AgentSettings {
  return settingsOf(state, state.agent);
}

/** The agent of a name. */
export function settingsOf(state: SessionState, name: string): AgentSettings {
  const { agents } = state.settings;
  return (Object.hasOwn(agents, name) ? agents[name] : undefined) ?? unknownAgent;
}

/** What the agent that made a call declares of its tool; nothing of one that the provider calls itself. */
export function policyOf(state: SessionState, call: ToolCall): ToolPolicy | undefined {
  if (call.hosted !== undefined) return undefined;
  return settingsOf(state, call.agent).tools.find((tool) => tool.name === call.name);
}

/** The session object of the agent in charge for a new connection of the current provider. */
export function openingSession(state: SessionState): SessionUpdate {
  const session = withInstructions(state, agentOf(state).session);
  const voice = state.settings.providers[state.dial.provider]?.voice;
  if (voice === undefined || session.audio?.output?.voice !== undefined) return session;
  return { ...session, audio: { ...session.audio, output: { ...session.audio?.output, voice } } };
}

/** The session object of the agent in charge for a connection in use: its voice cannot be changed any more. */
export function changedSession(state: SessionState): SessionUpdate {
  const session = withInstructions(state, agentOf(state).session);
  if (session.audio?.output === undefined) return session;
  const { voice: _unchangeable, ...output } = session.audio.output;
  return { ...session, audio: { ...session.audio, output } };
}

/** The values of `{{name}}` are put in; names without a value stay as they are. */
export function renderInstructions(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{\s*([A-Za-z_]\w{0,63})\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

function withInstructions(state: SessionState, session: SessionUpdate): SessionUpdate {
  // The same object where nothing is put in: what is made of it is made once for all sessions.
  if (session.instructions === undefined || !session.instructions.includes('{{')) return session;
  return { ...session, instructions: renderInstructions(session.instructions, state.variables) };
}
