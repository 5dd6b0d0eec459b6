import type { SessionSettings } from '@antiphon/core';
import type { Prng } from './prng.ts';
import { likelihood, type Profile } from './profile.ts';
import type { Agent } from './stage.ts';

type ToolPolicy = Agent['tools'][number];

/** Bytes of 24 kHz PCM16 in a millisecond. */
export const bytesPerMs = 48;

/** The settings of one schedule. */
export function drawSettings(random: Prng, profile: Profile, seed: number): SessionSettings {
  const turnTaking = random.pick(['server_answers', 'server_answers', 'server_commits', 'manual'] as const);
  const draft = { turnTaking, resume: random.chance(0.5) };
  return {
    sessionId: `sim-${seed}`,
    agentName: 'first',
    agents: {
      first: drawAgent('first', random, profile, draft),
      second: drawAgent('second', random, profile, draft),
    },
    providers: drawProviders(random, profile),
    outputBytesPerMs: bytesPerMs,
    responseRetries: random.int(0, 2),
    fallback: random.chance(0.7) ? 'Sorry, that did not work.' : undefined,
    historyItems: random.pick([500, 500, 12, 40]),
    variables: { caller: 'Ada' },
    limits: drawLimits(random, profile),
    reconnect: {
      attempts: random.int(2, 5),
      minDelayMs: 50,
      firstDelayMs: 250,
      maxDelayMs: random.pick([1_000, 4_000]),
      outageMs: random.pick([5_000, 15_000]),
      healthyMs: random.pick([2_000, 30_000]),
    },
    timeouts: {
      connectMs: random.pick([3_000, 6_000]),
      responseMs: random.pick([2_500, 5_000]),
      speechMs: random.pick([6_000, 12_000]),
      stallMs: random.pick([3_000, 5_000]),
      callItemMs: random.pick([300, 1_000]),
      drainMs: random.pick([3_000, 12_000]),
      wrapUpMs: random.pick([2_000, 8_000]),
    },
    seed: random.int(1, 2_000_000_000),
  };
}

function drawLimits(random: Prng, profile: Profile): SessionSettings['limits'] {
  const limited = (value: number) =>
    random.chance(likelihood(profile, 'limits', 0.3, 0.6)) ? value : undefined;
  return {
    sessionMs: limited(random.int(10_000, 40_000)),
    toolCalls: limited(random.int(2, 8)),
    tokens: limited(random.int(500, 4_000)),
    responsesWithoutUser: random.chance(likelihood(profile, 'limits', 0.3, 0.6)) ? 3 : 10,
    toolCallsPerTurn: random.chance(likelihood(profile, 'limits', 0.3, 0.6)) ? 3 : 16,
    wrapUp: random.chance(0.6) ? 'We have to stop here.' : undefined,
  };
}

function drawProviders(random: Prng, profile: Profile): SessionSettings['providers'] {
  const count = random.pick([1, 1, 2, 3]);
  return Array.from({ length: count }, (_, index) => ({
    name: `provider${index}`,
    voice: index === 1 ? 'other' : undefined,
    sessionLimitMs: random.chance(likelihood(profile, 'rollover', 0.5, 1))
      ? random.pick([6_000, 15_000, 30_000])
      : undefined,
  }));
}

interface AgentDraft {
  readonly turnTaking: Agent['turnTaking'];
  readonly resume: boolean;
}

function drawAgent(name: string, random: Prng, profile: Profile, { turnTaking, resume }: AgentDraft): Agent {
  const interruptible = random.chance(0.8);
  const tools = drawTools(name, random, profile);
  const other = name === 'first' ? 'second' : 'first';
  const handoffs: Record<string, string> =
    profile.levels.handoffs === 'off' ? {} : { [`transfer_to_${other}`]: other };
  const guarded = profile.levels.guards !== 'off';
  return {
    session: {
      type: 'realtime',
      instructions: `You are ${name}. The caller is {{caller}}.`,
      output_modalities: ['audio'],
      audio: {
        input: {
          turn_detection:
            turnTaking === 'manual'
              ? null
              : {
                  type: 'server_vad',
                  silence_duration_ms: random.pick([200, 500]),
                  create_response: turnTaking === 'server_answers',
                  interrupt_response: interruptible,
                },
        },
      },
      tools: [...tools.map((tool) => tool.name), ...Object.keys(handoffs)].map((tool) => ({
        type: 'function' as const,
        name: tool,
      })),
      tool_choice: 'auto',
    },
    turnTaking,
    interruptible,
    tools,
    handoffs,
    greeting: random.chance(0.4) ? { say: `Welcome to ${name}.`, protected: random.chance(0.5) } : undefined,
    idle: drawIdle(random, profile),
    deadAir: random.chance(0.3) ? { afterMs: random.int(800, 3_000), say: 'One moment, please.' } : undefined,
    resumeFalseInterruption: resume,
    guards: { input: guarded && random.chance(0.6), output: guarded && random.chance(0.6) },
  };
}

function drawIdle(random: Prng, profile: Profile): Agent['idle'] {
  if (!random.chance(likelihood(profile, 'silence', 0.5, 0.9))) return undefined;
  return {
    afterMs: random.int(2_000, 6_000),
    say: 'Are you still there?',
    times: random.int(1, 3),
    lastly: random.pick(['close', 'stay']),
  };
}

function drawTools(agent: string, random: Prng, profile: Profile): readonly ToolPolicy[] {
  if (profile.levels.tools === 'off') return [];
  return Array.from({ length: 4 }, (_, index) => ({
    name: `${agent}_tool_${index}`,
    onInterrupt: random.pick(['keep', 'keep', 'cancel'] as const),
    start: random.pick(['now', 'now', 'after_playback'] as const),
    reply: random.pick(['now', 'now', 'now', 'when_idle', 'never'] as const),
    idempotent: random.chance(0.4),
    filler: random.chance(0.25) ? { afterMs: random.int(300, 2_000), say: 'Let me look.' } : undefined,
  }));
}
