import { agentOf, settingsOf } from './agents.ts';
import type { SessionState } from './state.ts';
import { notify, type Step, sequence, stay } from './step.ts';
import { prepareSuccessor, updateSession } from './succession.ts';

/**
 * Another agent takes over: its instructions and tools hold from the next response on. A voice cannot be changed on a
 * connection that has spoken, so an agent with another voice comes with another connection; so does every agent where the
 * server cannot change settings at all.
 */
export function handOver(state: SessionState, agent: string): Step {
  const from = state.agent;
  if (agent === from || !Object.hasOwn(state.settings.agents, agent)) return stay(state);
  const voiceOf = (name: string) => JSON.stringify(settingsOf(state, name).session.audio?.output?.voice);
  const hasOtherVoice = voiceOf(agent) !== voiceOf(from);
  return sequence(notify({ type: 'agent_changed', agent, from })({ ...state, agent }), (next) =>
    hasOtherVoice || keepsSettings(next) ? prepareSuccessor(next, 'handoff') : updateSession(next),
  );
}

/** Values of the instructions' template have changed: the model is told at once. */
export function setVariables(state: SessionState, values: Readonly<Record<string, string>>): Step {
  const variables = { ...state.variables, ...values };
  const changed: SessionState = { ...state, variables };
  const isUsed = agentOf(state).session.instructions?.includes('{{') === true;
  if (!isUsed) return stay(changed);
  return keepsSettings(changed) ? prepareSuccessor(changed, 'reseat') : updateSession(changed);
}

function keepsSettings({ settings, dial }: SessionState): boolean {
  return settings.providers[dial.provider]?.settings === 'fixed';
}
