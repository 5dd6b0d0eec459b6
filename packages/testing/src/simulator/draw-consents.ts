import type { ConsentWords, SessionSettings } from '@antiphon/core';
import type { Prng } from './prng.ts';
import type { Profile } from './profile.ts';
import type { Agent } from './stage.ts';

/** The words of the user are `u7 please`, `u7 yes`, `u7 no`: the number says which turn it is. */
const words: ConsentWords = {
  yes: ['yes'],
  no: ['no'],
  unclear: ['hm'],
  conditions: ['but'],
  filler: ['please', 'typed', ...Array.from({ length: 200 }, (_, at) => `u${at}`)],
  phrases: {
    closing: 'shall I?',
    again: 'Yes or no?',
    true: 'yes',
    false: 'no',
    nothing: 'nothing',
    and: 'and',
  },
};

/** The settings with tools whose calls somebody has to agree to, where the profile wants them. */
export function withConsents(settings: SessionSettings, random: Prng, profile: Profile): SessionSettings {
  const isSpoken = profile.levels.spoken_consents !== 'off';
  if (profile.levels.consents === 'off' && !isSpoken) return settings;
  const agents = Object.entries(settings.agents).map(([name, agent]) => {
    const tools = agent.tools.map((tool) => withConfirm(tool, random));
    const asking = { ...agent, tools, consentWords: words };
    return [name, isSpoken ? withSpoken(asking) : asking] as const;
  });
  return { ...settings, agents: Object.fromEntries(agents) };
}

/** The user is asked, and what they say is left to us: a server that answers by itself would take the yes for a turn. */
function withSpoken(agent: Agent): Agent {
  const { session } = agent;
  const detection = session.audio?.input?.turn_detection;
  const tools = agent.tools.map((tool) =>
    tool.confirm === undefined ? tool : { ...tool, confirm: { by: 'spoken' as const, ttlMs: 9_000 } },
  );
  if (detection === null || detection === undefined || agent.turnTaking === 'manual')
    return { ...agent, tools };
  const input = { ...session.audio?.input, turn_detection: { ...detection, create_response: false } };
  return {
    ...agent,
    tools,
    turnTaking: 'server_commits',
    session: { ...session, audio: { ...session.audio, input } },
  };
}

function withConfirm(tool: Agent['tools'][number], random: Prng): Agent['tools'][number] {
  const by = random.pick(['spoken', 'spoken', 'app', 'none'] as const);
  const ttlMs = random.pick([1_500, 4_000, 9_000]);
  return by === 'none' ? tool : { ...tool, confirm: { by, ttlMs } };
}
