import * as z from 'zod';
import {
  AgentNoiseReductionSchema,
  AgentTranscriptionSchema,
  AgentVoiceSchema,
  AudioFormatNameSchema,
  ComfortNoiseSchema,
  InputConditioningSchema,
} from './agent/audio.ts';
import { GreetingSchema, IdleSchema, LimitsSchema, TimedSpeechSchema } from './agent/conversation.ts';
import { type HostedMcp, HostedMcpSchema } from './agent/hosted-mcp.ts';
import {
  AgentPromptSchema,
  AgentReasoningSchema,
  AgentToolChoiceSchema,
  AgentTracingSchema,
  AgentTruncationSchema,
} from './agent/model.ts';
import { AfterCallSchema, BeforeCallSchema } from './agent/phases.ts';
import { AgentTurnDetectionSchema } from './agent/turn-detection.ts';
import { LanguageSchema } from './language-config.ts';

/** A tool by name, or every tool whose name starts with what stands before the `*`. */
const ToolReferenceSchema = z.string().regex(/^(?:[a-zA-Z0-9_-]{1,64}|[a-zA-Z0-9_-]{0,63}\*)$/, {
  error: 'expected the name of a tool, or the start of names followed by *',
});

/** Keys of an agent that become settings of the session; what is left out is left to the server. */
const modelKeys = {
  instructions: z
    .string()
    .optional()
    .describe('Who the agent is and how it behaves, in words for the model.'),
  prompt: AgentPromptSchema.optional().describe('Instructions that the provider keeps, by their id.'),
  tool_choice: AgentToolChoiceSchema.optional().describe(
    'Whether the model may, must not or must call a tool; auto unless told.',
  ),
  parallel_tool_calls: z.boolean().optional().describe('Whether one answer may call several tools.'),
  temperature: z
    .number()
    .min(0.6)
    .max(1.2)
    .optional()
    .describe('How varied the answers are; only servers of the preview dialect know it.'),
  max_output_tokens: z
    .union([z.int().min(1).max(4_096), z.literal('inf')])
    .optional()
    .describe('Tokens one answer may have, or inf.'),
  reasoning: AgentReasoningSchema.optional().describe('Only for models that reason before they answer.'),
  truncation: AgentTruncationSchema.optional().describe(
    'What is dropped of a conversation that outgrows the model: auto, disabled, or a share that is kept.',
  ),
  tracing: AgentTracingSchema.optional().describe(
    'The traces that the provider keeps: auto, or how they are named.',
  ),
  include: z
    .array(z.enum(['item.input_audio_transcription.logprobs']))
    .optional()
    .describe('What the server adds to its events.'),
};

const audioKeys = {
  voice: AgentVoiceSchema.optional().describe('The voice of the agent; each provider has its own names.'),
  speed: z.number().min(0.25).max(1.5).optional().describe('How fast the voice speaks; 1 is normal.'),
  output_modalities: z
    .array(z.enum(['audio', 'text']))
    .length(1)
    .optional()
    .describe('Whether the agent answers in speech ([audio], unless told) or in writing ([text]).'),
  input_audio_format: AudioFormatNameSchema.optional().describe(
    'How the sound of the user travels: pcm16 (24 kHz, unless told), g711_ulaw or g711_alaw (8 kHz).',
  ),
  output_audio_format: AudioFormatNameSchema.optional().describe(
    'How the sound of the agent travels: pcm16 (24 kHz, unless told), g711_ulaw or g711_alaw (8 kHz).',
  ),
  transcription: AgentTranscriptionSchema.nullable()
    .optional()
    .describe('How what the user says is written down; null for not at all.'),
  noise_reduction: AgentNoiseReductionSchema.nullable()
    .optional()
    .describe('What is filtered from the sound of the user; null for nothing.'),
  turn_detection: AgentTurnDetectionSchema.default({
    type: 'server_vad',
    threshold: 0.5,
    prefix_padding_ms: 300,
    silence_duration_ms: 500,
    create_response: true,
    interrupt_response: true,
  }).describe('How the end of the turn of the user is found; null leaves it to the application.'),
};

/** One entry under `agents`. */
export const AgentConfigSchema = z.strictObject({
  description: z
    .string()
    .min(1)
    .max(900)
    .optional()
    .describe('What this agent is for, in words for the agents that may hand over to it.'),
  provider: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(8)])
    .default('local')
    .describe(
      'The provider of the model: a name under providers, or local. Of a list each is tried when the one before fails.',
    ),
  ...modelKeys,
  ...audioKeys,
  input_conditioning: InputConditioningSchema.optional().describe(
    'What is done to the sound of the user on this side, before it is judged and sent.',
  ),
  comfort_noise: ComfortNoiseSchema.optional().describe(
    'A quiet noise beneath the voice of the agent, so that its pauses do not sound dead.',
  ),
  tools: z
    .array(z.union([ToolReferenceSchema, HostedMcpSchema]))
    .default([])
    .describe(
      'The tools of the agent: names, the start of names followed by *, or servers of tools that the provider calls itself (type: mcp).',
    ),
  handoffs: z
    .array(z.string())
    .default([])
    .describe('The agents this one may hand the conversation over to.'),
  language: LanguageSchema.optional().describe(
    'The language in which the user is asked to confirm calls, as ISO 639-1 such as de; that of the transcription, or en, unless told.',
  ),
  greeting: GreetingSchema.optional().describe('What the agent says before the user speaks.'),
  variables: z
    .record(z.string().regex(/^[A-Za-z_]\w{0,63}$/), z.string())
    .default({})
    .describe(
      'Values of the {{name}} slots of the instructions; an application may set others in a session.',
    ),
  dead_air: TimedSpeechSchema.optional().describe(
    'What is said when something is owed and nothing was heard for a while.',
  ),
  fallback: z
    .string()
    .min(1)
    .nullable()
    .default('Sorry, I could not answer that. Please try again.')
    .describe('What is said, in a voice of this machine, when no answer can be had; null for nothing.'),
  resume_false_interruption: z
    .boolean()
    .default(true)
    .describe('Whether an answer goes on where it stopped when the sound that cut it came to no turn.'),
  before_call: z
    .array(BeforeCallSchema)
    .max(8)
    .default([])
    .describe('Tools that are called one after the other before the conversation begins, for 5 s at most.'),
  after_call: z
    .array(AfterCallSchema)
    .max(8)
    .default([])
    .describe('Tools that are called one after the other when the conversation is over, for 30 s at most.'),
  guardrails: z
    .array(z.string().min(1))
    .default([])
    .describe('The guardrails of the agent, by the names that plugins give them.'),
  idle: IdleSchema.optional().describe('What happens when nobody speaks.'),
  limits: LimitsSchema.default({}).describe('What a session of this agent may use at most.'),
});

export type { AfterCall, BeforeCall } from './agent/phases.ts';
export type { AgentTurnDetection } from './agent/turn-detection.ts';
export type AgentConfig = z.infer<typeof AgentConfigSchema>;

/** The providers of an agent, in the order they are tried. */
export function providersOf({ provider }: Pick<AgentConfig, 'provider'>): readonly string[] {
  return typeof provider === 'string' ? [provider] : provider;
}

/** The tools of an agent that run on this side: names, and starts of names followed by `*`. */
export function toolNamesOf({ tools }: Pick<AgentConfig, 'tools'>): readonly string[] {
  return tools.filter((tool) => typeof tool === 'string');
}

/** The servers of an agent whose tools the provider calls itself. */
export function hostedServersOf({ tools }: Pick<AgentConfig, 'tools'>): readonly HostedMcp[] {
  return tools.filter((tool) => typeof tool !== 'string');
}
