import type { AgentConfig, ToolSpec } from '@antiphon/core';

/** The name of the function that hands the conversation over to an agent. */
export function handoffName(agent: string): string {
  return `transfer_to_${agent.replaceAll(/[^a-zA-Z0-9_-]/g, '_')}`.slice(0, 64);
}

/**
 * What the model is told of the agents it may hand over to: one function each. The session itself answers their calls;
 * no tool host is asked.
 */
export function handoffSpecs(
  { handoffs }: Pick<AgentConfig, 'handoffs'>,
  agents: Readonly<Record<string, AgentConfig>>,
): readonly ToolSpec[] {
  return handoffs.map((agent) => {
    const about = agents[agent]?.description;
    const words = agent.replaceAll(/[_-]+/g, ' ');
    return {
      name: handoffName(agent),
      description: `Hands the conversation over to the agent "${words}".${about === undefined ? '' : ` ${about}`}`,
      parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
      timeoutMs: 10_000,
      onInterrupt: 'keep',
      start: 'now',
      reply: 'now',
      confirm: 'none',
      effects: 'none',
      idempotentBy: [],
      intents: [
        {
          match: [
            `[please] (transfer|connect|put|hand) me [through|over] to [the] ${words} [agent|department|please]`,
            `[i (want|would like) to] (speak|talk) (to|with) [the] ${words} [agent|department|please]`,
          ],
          reply: `You are talking to ${words} now.`,
        },
      ],
    };
  });
}

/** The agents of a session: the one that begins, and those it leads to. */
export function reachableAgents(
  first: string,
  agents: Readonly<Record<string, AgentConfig>>,
): Readonly<Record<string, AgentConfig>> {
  const reached: Record<string, AgentConfig> = {};
  const waiting = [first];
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const agent = Object.hasOwn(agents, name) ? agents[name] : undefined;
    if (agent === undefined || Object.hasOwn(reached, name)) continue;
    reached[name] = agent;
    waiting.push(...agent.handoffs);
  }
  return reached;
}
