import type { SessionEvent, SessionSettings } from '@antiphon/core';
import type { Agent } from './stage.ts';

type Agents = SessionSettings['agents'];
type Revision = Extract<SessionEvent, { readonly type: 'agents.revised' }>;

/** The agents as a session has them that was told of a revision: what it says of their tools and voices does not count. */
export function withRevision(agents: Agents, { agents: revisions }: Revision): Agents {
  const revised = (name: string, agent: Agent): Agent => {
    const revision = revisions[name];
    if (revision === undefined) return agent;
    const { idle, deadAir, instructions = agent.session.instructions } = revision;
    const isTold = instructions !== undefined && agent.session.instructions !== undefined;
    const session = isTold ? { ...agent.session, instructions } : agent.session;
    return { ...agent, idle, deadAir, session };
  };
  return Object.fromEntries(Object.entries(agents).map(([name, agent]) => [name, revised(name, agent)]));
}

/** The one agent that declares a function; undefined where none does, or several. */
export function ownerOf(agents: Agents, name: string): string | undefined {
  const owners = Object.entries(agents).filter(
    ([, { tools, handoffs }]) => Object.hasOwn(handoffs, name) || tools.some((tool) => tool.name === name),
  );
  return owners.length === 1 ? owners[0]?.[0] : undefined;
}
