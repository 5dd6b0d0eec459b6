import { type BetaVintage, betaVintageOf, knows, latestBetaVintage } from '../protocol/beta/vintage.ts';
import type { DialectLimits } from '../protocol/limited-dialect.ts';
import type { SettingPath } from '../protocol/setting-paths.ts';
import { geminiCapabilities } from './gemini-capabilities.ts';
import type { ProviderConfig } from './provider-config.ts';

/** What a provider does not do of all that the GA dialect has. */
export type ProviderCapabilities = DialectLimits;

/** What the provider of one entry of the agent file does not do. Pure. */
export function capabilitiesOf(config: ProviderConfig): ProviderCapabilities {
  switch (config.type) {
    case 'local':
      return localCapabilities;
    case 'openai':
      return gaCapabilities;
    case 'gemini':
      return geminiCapabilities;
    case 'azure':
      return config.api_version === undefined
        ? azureCapabilities
        : betaCapabilities(betaVintageOf(config.api_version));
    case 'azure_voice_live':
      return voiceLiveCapabilities();
    case 'plugin': {
      const { rejects_settings, rejects_events, never_sends } = config.capabilities;
      return { rejectsSettings: rejects_settings, rejectsEvents: rejects_events, neverSends: never_sends };
    }
    case 'openai_compatible': {
      const { rejects_settings, rejects_events, never_sends } = config.capabilities;
      const dialect = dialectCapabilities(config.dialect);
      return {
        rejectsSettings: union(dialect.rejectsSettings, rejects_settings),
        rejectsEvents: union(dialect.rejectsEvents, rejects_events),
        neverSends: union(dialect.neverSends, never_sends),
      };
    }
  }
}

function dialectCapabilities(dialect: 'ga' | 'beta' | 'xai'): ProviderCapabilities {
  switch (dialect) {
    case 'ga':
      return gaCapabilities;
    case 'beta':
      return betaCapabilities(latestBetaVintage);
    case 'xai':
      return xaiCapabilities;
  }
}

const gaCapabilities: ProviderCapabilities = {
  rejectsSettings: ['temperature'],
  rejectsEvents: ['output_audio_buffer.clear'],
  neverSends: ['output_audio_buffer.started', 'output_audio_buffer.stopped', 'output_audio_buffer.cleared'],
};

const azureCapabilities: ProviderCapabilities = {
  ...gaCapabilities,
  neverSends: [...gaCapabilities.neverSends, 'rate_limits.updated'],
};

const xaiCapabilities: ProviderCapabilities = {
  rejectsSettings: [
    'tools.mcp',
    'output_modalities',
    'parallel_tool_calls',
    'reasoning',
    'max_output_tokens',
    'temperature',
    'tracing',
    'truncation',
    'prompt',
    'include',
    'audio.input.noise_reduction',
    'audio.input.transcription.languages',
    'audio.input.transcription.keywords',
    'audio.input.transcription.prompt',
    'audio.input.transcription.delay',
    'audio.input.turn_detection.semantic_vad',
    'audio.input.turn_detection.eagerness',
    'audio.input.turn_detection.idle_timeout_ms',
    'audio.output.voice.id',
    'audio.output.speed',
  ],
  rejectsEvents: gaCapabilities.rejectsEvents,
  neverSends: [...gaCapabilities.neverSends, 'rate_limits.updated'],
};

/** What the offline engine says back without acting on it. */
const localCapabilities: ProviderCapabilities = {
  rejectsSettings: [
    'tools.mcp',
    'parallel_tool_calls',
    'reasoning',
    'temperature',
    'tracing',
    'truncation',
    'prompt',
    'include',
    'audio.input.transcription.model',
    'audio.input.transcription.language',
    'audio.input.transcription.languages',
    'audio.input.transcription.keywords',
    'audio.input.transcription.prompt',
    'audio.input.transcription.delay',
    'audio.input.noise_reduction',
    'audio.input.noise_reduction.strength',
    'audio.input.turn_detection.idle_timeout_ms',
    'audio.output.voice.id',
  ],
  rejectsEvents: ['output_audio_buffer.clear'],
  neverSends: gaCapabilities.neverSends,
};

/** A server of the beta dialect takes what its age knows. */
function betaCapabilities(vintage: BetaVintage): ProviderCapabilities {
  const isLate = knows(vintage, '2025-04');
  return {
    rejectsSettings: [
      'tools.mcp',
      'parallel_tool_calls',
      'reasoning',
      'truncation',
      'audio.input.transcription.languages',
      'audio.input.transcription.keywords',
      'audio.input.transcription.delay',
      'audio.input.noise_reduction.strength',
      'audio.input.turn_detection.idle_timeout_ms',
      'audio.output.voice.id',
      ...(isLate ? [] : since202504),
      ...(knows(vintage, '2024-12') ? [] : (['audio.input.turn_detection.create_response'] as const)),
    ],
    rejectsEvents: [
      ...gaCapabilities.rejectsEvents,
      ...(isLate ? [] : (['conversation.item.retrieve'] as const)),
    ],
    neverSends: [
      ...gaCapabilities.neverSends,
      'input_audio_buffer.timeout_triggered',
      'conversation.item.input_audio_transcription.segment',
      ...(isLate ? [] : (['conversation.item.input_audio_transcription.delta'] as const)),
    ],
  };
}

/** Azure Voice Live states its whole session, and these are not in it. */
function voiceLiveCapabilities(): ProviderCapabilities {
  const beta = betaCapabilities(latestBetaVintage);
  return { ...beta, rejectsSettings: [...beta.rejectsSettings, 'tracing', 'prompt', 'audio.output.speed'] };
}

const since202504: readonly SettingPath[] = [
  'tracing',
  'prompt',
  'include',
  'audio.input.transcription.model',
  'audio.input.transcription.language',
  'audio.input.transcription.prompt',
  'audio.input.noise_reduction',
  'audio.input.turn_detection.semantic_vad',
  'audio.input.turn_detection.eagerness',
  'audio.input.turn_detection.interrupt_response',
  'audio.output.speed',
];

function union<Member>(some: readonly Member[], others: readonly Member[]): readonly Member[] {
  return [...new Set([...some, ...others])];
}
