import type { SessionSettings } from '@antiphon/core';
import type { Prng } from './prng.ts';
import { likelihood, type Profile } from './profile.ts';
import type { Agent } from './stage.ts';

type ToolPolicy = Agent['tools'][number];
type Prices = NonNullable<Agent['transcriptionPrices']>;

/** The settings with what a schedule may contain besides its core. */
export function withLater(settings: SessionSettings, random: Prng, profile: Profile): SessionSettings {
  const agents = Object.entries(settings.agents).map(
    ([name, agent]) => [name, laterAgent(agent, random, profile)] as const,
  );
  const isLimited = random.chance(likelihood(profile, 'costs', 0.3, 0.6));
  const hasHistory = random.chance(likelihood(profile, 'prior', 0.8, 1));
  return {
    ...settings,
    agents: Object.fromEntries(agents),
    providers: settings.providers.map((provider) => laterProvider(provider, random, profile)),
    ...(isLimited && { limits: { ...settings.limits, usd: random.int(1, 30) / 1_000 } }),
    ...(hasHistory && { history: drawHistory(random) }),
  };
}

/** In some sessions the agents write what others say. */
export function withWritten(settings: SessionSettings, random: Prng, profile: Profile): SessionSettings {
  if (!random.chance(likelihood(profile, 'written_answers', 0.3, 0.6))) return settings;
  const agents = Object.entries(settings.agents).map(([name, agent]) => {
    const session = { ...agent.session, output_modalities: ['text' as const] };
    return [name, { ...agent, session }] as const;
  });
  return { ...settings, agents: Object.fromEntries(agents) };
}

function laterAgent(agent: Agent, random: Prng, profile: Profile): Agent {
  const tools = agent.tools.map((tool) => laterTool(tool, random, profile));
  const isPriced = random.chance(likelihood(profile, 'costs', 0.5, 0.8));
  const isForced = random.chance(likelihood(profile, 'dialects', 0.1, 0.2));
  const hasVoice = random.chance(likelihood(profile, 'dialects', 0.3, 0.6));
  const voice = random.pick(['low', 'high'] as const);
  const { session } = agent;
  return {
    ...agent,
    tools,
    session: {
      ...session,
      ...(isForced && { tool_choice: 'required' }),
      ...(hasVoice && { audio: { ...session.audio, output: { voice } } }),
    },
    ...(isPriced && { transcriptionPrices: drawPrices(random) }),
  };
}

function laterTool(tool: ToolPolicy, random: Prng, profile: Profile): ToolPolicy {
  const isInBackground = random.chance(likelihood(profile, 'background', 0.35, 0.7));
  const growsStale = random.chance(likelihood(profile, 'stale_results', 0.4, 0.8));
  const isRecorded = random.chance(likelihood(profile, 'recording', 0.4, 0.8));
  return {
    ...tool,
    ...(isInBackground && { background: true }),
    ...(growsStale && { staleAfterMs: random.int(200, 3_000) }),
    ...(isRecorded && { recording: random.pick(['pause', 'resume', 'allow'] as const) }),
  };
}

type Provider = SessionSettings['providers'][number];

function laterProvider(provider: Provider, random: Prng, profile: Profile): Provider {
  const isPriced = random.chance(likelihood(profile, 'costs', 0.7, 0.9));
  const isFixed = random.chance(likelihood(profile, 'dialects', 0.25, 0.5));
  return {
    ...provider,
    ...(isPriced && { prices: drawPrices(random) }),
    ...(isFixed && { settings: 'fixed' }),
  };
}

/** Whole dollars, so that sums are exact; some models bill minutes besides, or have no price for sound. */
function drawPrices(random: Prng): Prices {
  const kind = () => ({
    input: random.int(1, 9),
    cached: random.chance(0.5) ? 1 : undefined,
    output: random.int(10, 40),
  });
  const unpriced = { input: undefined, cached: undefined, output: undefined };
  return {
    text: kind(),
    audio: random.chance(0.8) ? kind() : unpriced,
    image: unpriced,
    minute: random.chance(0.4) ? random.int(1, 6) / 100 : undefined,
  };
}

/** A talk that went before, with a call whose result is known and, perhaps, a result without its call. */
function drawHistory(random: Prng): NonNullable<SessionSettings['history']> {
  const call = {
    kind: 'function_call',
    callId: 'call_prior',
    name: 'first_tool_0',
    argumentsJson: '{}',
  } as const;
  const output = { kind: 'function_call_output', callId: 'call_prior', output: '"prior result"' } as const;
  const orphan = { kind: 'function_call_output', callId: 'call_lost', output: '"lost result"' } as const;
  return [
    { kind: 'message', role: 'user', text: 'prior1 please' },
    { kind: 'message', role: 'agent', text: 'prior2 gladly' },
    ...(random.chance(0.5) ? [call, output] : []),
    ...(random.chance(0.3) ? [orphan] : []),
    ...(random.chance(0.3) ? ([{ kind: 'message', role: 'system', text: 'prior3 noted' }] as const) : []),
  ];
}
