import type { PriorItem, SessionSettings, ToolHost } from '@antiphon/core';
import { planSession, type SessionParts, seedOf } from './session-parts.ts';

/** What is asked of a new session. */
export interface SessionChoice {
  readonly agentName: string;
  readonly providerNames: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly history: readonly PriorItem[];
  readonly toolHost: ToolHost | undefined;
  /** The call to join. */
  readonly callId?: string | undefined;
}

/**
 * Gives new sessions their settings. What the agent file says does not change while it is loaded, so that most of the
 * settings are made once for an agent and its providers: a caller waits for the making of them.
 */
export class SessionPlanner {
  readonly #parts: SessionParts;
  readonly #made = new Map<string, SessionSettings>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** @throws AntiphonError `session.unknown_agent` */
  plan(choice: SessionChoice): SessionSettings {
    const { variables, history, toolHost, callId } = choice;
    if (toolHost !== undefined || callId !== undefined) return planSession(this.#parts, choice);
    const made = this.template(choice);
    const sessionId = this.#parts.ids.nextId('sess');
    return {
      ...made,
      sessionId,
      variables: { ...made.variables, ...variables },
      ...(history.length > 0 && { history }),
      seed: seedOf(sessionId),
    };
  }

  /** What the sessions of an agent and its providers have in common. @throws AntiphonError `session.unknown_agent` */
  template({
    agentName,
    providerNames,
  }: Pick<SessionChoice, 'agentName' | 'providerNames'>): SessionSettings {
    const key = `${agentName}\n${providerNames.join('\n')}`;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const parts = { ...this.#parts, ids: { nextId: () => 'template' } };
    const choice = { agentName, providerNames, variables: {}, history: [], toolHost: undefined };
    const made = planSession(parts, choice);
    this.#made.set(key, made);
    return made;
  }
}
