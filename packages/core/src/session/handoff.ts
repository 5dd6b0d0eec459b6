import type { SessionUpdate } from '../protocol/session-config.ts';
import { agentOf, settingsOf } from './agents.ts';
import type { AgentRevision, AgentSettings } from './settings.ts';
import type { SessionState } from './state.ts';
import { alter, notify, type Step, sequence, stay } from './step.ts';
import { renewConnection, updateSession } from './succession.ts';

/**
 * Another agent takes over: its instructions and tools hold from the next response on. What cannot be changed on a
 * connection in use, like the voice, comes with another connection; so does all of it where the server changes nothing.
 */
export function handOver(state: SessionState, agent: string): Step {
  const from = state.agent;
  if (agent === from || !Object.hasOwn(state.settings.agents, agent)) return stay(state);
  const isFixed =
    keepsSettings(state) ||
    needsOtherConnection(settingsOf(state, from).session, settingsOf(state, agent).session);
  return sequence(notify({ type: 'agent_changed', agent, from })(alter(state, { agent })), (next) =>
    isFixed ? renewConnection(next, 'handoff') : updateSession(next),
  );
}

/** Voice and tracing hold as long as a connection, and what was once told can be changed but not taken back. */
function needsOtherConnection(from: SessionUpdate, to: SessionUpdate): boolean {
  const fixed = ({ audio, tracing }: SessionUpdate) => JSON.stringify([audio?.output?.voice, tracing]);
  const [before, after] = [from.audio?.input?.turn_detection, to.audio?.input?.turn_detection];
  return (
    fixed(from) !== fixed(to) ||
    lacksMember(to, from) ||
    lacksMember(to.audio?.input, from.audio?.input) ||
    lacksMember(to.audio?.output, from.audio?.output) ||
    (before?.type === after?.type && lacksMember(after, before))
  );
}

function lacksMember(to: object | null | undefined, from: object | null | undefined): boolean {
  const stated = new Map(Object.entries(to ?? {}));
  return Object.entries(from ?? {}).some(
    ([name, value]) => value !== undefined && stated.get(name) === undefined,
  );
}

/** Values of the instructions' template have changed: the model is told at once. */
export function setVariables(state: SessionState, values: Readonly<Record<string, string>>): Step {
  const variables = { ...state.variables, ...values };
  const changed: SessionState = alter(state, { variables });
  const isUsed = agentOf(state).session.instructions?.includes('{{') === true;
  if (!isUsed) return stay(changed);
  return keepsSettings(changed) ? renewConnection(changed, 'reseat') : updateSession(changed);
}

/**
 * The agent file says something else of agents of this session. Instructions that were once told can be changed and not taken
 * back, and an agent that had none keeps none; another voice comes with another connection.
 */
export function reviseAgents(state: SessionState, revisions: Readonly<Record<string, AgentRevision>>): Step {
  const agents = Object.fromEntries(
    Object.entries(state.settings.agents).map(([name, agent]) => {
      const revision = Object.hasOwn(revisions, name) ? revisions[name] : undefined;
      return [name, revision === undefined ? agent : revised(agent, revision)];
    }),
  );
  const changed = alter(state, { settings: { ...state.settings, agents } });
  const [before, after] = [agentOf(state).session, agentOf(changed).session];
  const isTold = before.instructions !== after.instructions;
  const updated = isTold && !keepsSettings(changed) ? updateSession(changed) : stay(changed);
  const isRenewed = voiceOf(before) !== voiceOf(after) || (isTold && keepsSettings(changed));
  return isRenewed ? sequence(updated, (next) => renewConnection(next, 'reseat')) : updated;
}

function revised(agent: AgentSettings, revision: AgentRevision): AgentSettings {
  const { instructions, voice, idle, deadAir } = revision;
  const { session } = agent;
  const isTold = instructions !== undefined && session.instructions !== undefined;
  const speaks = voice !== undefined && session.audio?.output?.voice !== undefined;
  return {
    ...agent,
    idle,
    deadAir,
    session: {
      ...session,
      ...(isTold && { instructions }),
      ...(speaks && { audio: { ...session.audio, output: { ...session.audio?.output, voice } } }),
    },
  };
}

function voiceOf({ audio }: SessionUpdate): string | undefined {
  return JSON.stringify(audio?.output?.voice);
}

function keepsSettings({ settings, dial }: SessionState): boolean {
  return settings.providers[dial.provider]?.settings === 'fixed';
}
