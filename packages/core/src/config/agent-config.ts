import * as z from 'zod';

const answering = {
  create_response: z
    .boolean()
    .default(true)
    .describe('Whether the server answers by itself when the turn of the user ends.'),
  interrupt_response: z.boolean().default(true).describe('Whether speech of the user cuts the agent short.'),
};

const ServerVadSchema = z.strictObject({
  type: z.literal('server_vad').describe('A turn ends after a stretch of silence.'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('How sure the detector must be of speech, 0 to 1; higher suits noisy places.'),
  prefix_padding_ms: z
    .int()
    .min(0)
    .default(300)
    .describe('Milliseconds of sound kept from before the detected start of speech.'),
  silence_duration_ms: z
    .int()
    .min(0)
    .default(500)
    .describe('Milliseconds of silence that end the turn of the user.'),
  idle_timeout_ms: z
    .int()
    .min(5_000)
    .max(30_000)
    .nullable()
    .optional()
    .describe('Milliseconds of silence after which the server answers unasked; null for never.'),
  ...answering,
});

const SemanticVadSchema = z.strictObject({
  type: z.literal('semantic_vad').describe('A turn ends when what was said sounds complete.'),
  eagerness: z
    .enum(['low', 'medium', 'high', 'auto'])
    .default('auto')
    .describe('How soon the turn is taken for complete.'),
  ...answering,
});

const LocalVadSchema = z.strictObject({
  type: z
    .literal('local_vad')
    .describe('The end of a turn is found on this side, whatever the model; it is told when to answer.'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('How sure the detector must be of speech, 0 to 1; higher suits noisy places.'),
  prefix_padding_ms: z
    .int()
    .min(0)
    .max(2_000)
    .default(300)
    .describe('Milliseconds of sound kept from before the detected start of speech.'),
  silence_duration_ms: z
    .int()
    .min(100)
    .default(500)
    .describe('Milliseconds of silence that end the turn of the user.'),
  min_speech_ms: z
    .int()
    .min(0)
    .max(2_000)
    .default(120)
    .describe('Milliseconds that speech must last to count.'),
  echo_gate: z
    .strictObject({
      warm_up_ms: z
        .int()
        .min(0)
        .default(300)
        .describe('Milliseconds at the start of what the agent says in which nothing interrupts it.'),
      min_speech_ms: z
        .int()
        .min(0)
        .default(300)
        .describe('Milliseconds that speech must last to interrupt the agent.'),
      half_duplex: z.boolean().default(false).describe('Whether nothing is heard while the agent speaks.'),
    })
    .prefault({})
    .describe('What keeps the agent from being interrupted by its own voice.'),
  interrupt_response: answering.interrupt_response,
});

const PushToTalkSchema = z.strictObject({
  type: z
    .literal('push_to_talk')
    .describe('The application begins and ends each turn; only what is said in between is sent.'),
  prefix_padding_ms: z
    .int()
    .min(0)
    .max(2_000)
    .default(300)
    .describe('Milliseconds of sound kept from before the turn was begun.'),
});

const NoVadSchema = z.strictObject({
  type: z.literal('none').describe('The application ends each turn itself; the same as null.'),
});

/** How the end of the user's turn is found. `{ type: none }` is read as null: the application ends each turn. */
export const AgentTurnDetectionSchema = z
  .discriminatedUnion('type', [
    ServerVadSchema,
    SemanticVadSchema,
    LocalVadSchema,
    PushToTalkSchema,
    NoVadSchema,
  ])
  .nullable()
  .transform((detection) => (detection?.type === 'none' ? null : detection));

const TranscriptionSchema = z.strictObject({
  model: z.string().min(1).optional().describe('The model that writes down what the user says.'),
  language: z.string().min(1).optional().describe('The language of the user as ISO 639-1, for example en.'),
  prompt: z.string().optional().describe('Words and style the transcription should expect.'),
});

const NoiseReductionSchema = z.strictObject({
  type: z.enum(['near_field', 'far_field']).describe('near_field for a headset, far_field for a room.'),
});

const GreetingSchema = z.strictObject({
  say: z.string().min(1).describe('What the agent says first.'),
  protected: z
    .boolean()
    .default(false)
    .describe('Whether the greeting is said to its end whatever the user does.'),
});

const TimedSpeechSchema = z.strictObject({
  after_ms: z.int().min(500).describe('Milliseconds after which it is said.'),
  say: z.string().min(1).describe('What is said.'),
});

const IdleSchema = z.strictObject({
  after_ms: z.int().min(500).describe('Milliseconds of silence on both sides before the agent asks.'),
  say: z.string().min(1).describe('What the agent says then.'),
  times: z.int().min(1).default(1).describe('How many times in a row the agent asks.'),
  then: z
    .enum(['close', 'stay'])
    .default('stay')
    .describe('Whether the session closes or stays open when the last question got no answer.'),
});

const LimitsSchema = z.strictObject({
  session_minutes: z.number().positive().optional().describe('Minutes a session may last.'),
  tool_calls: z.int().min(0).optional().describe('Calls of tools a session may make.'),
  tokens: z.int().min(1).optional().describe('Tokens a session may use, in and out.'),
  usd: z.number().positive().optional().describe('US dollars a session may cost, by the price list.'),
  responses_without_user: z
    .int()
    .min(1)
    .optional()
    .describe('Answers in a row without a word of the user, after which the session ends; 10 unless told.'),
  tool_calls_per_turn: z
    .int()
    .min(1)
    .optional()
    .describe('Calls of tools between two turns of the user; 16 unless told. More are refused.'),
  wrap_up: z.string().min(1).optional().describe('What the agent says when a limit ends the session.'),
});

/** A tool by name, or every tool whose name starts with what stands before the `*`. */
const ToolReferenceSchema = z.string().regex(/^(?:[a-zA-Z0-9_-]{1,64}|[a-zA-Z0-9_-]{0,63}\*)$/, {
  error: 'expected the name of a tool, or the start of names followed by *',
});

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
  instructions: z
    .string()
    .default('')
    .describe('Who the agent is and how it behaves, in words for the model.'),
  voice: z
    .union([
      z.string().min(1),
      z.strictObject({ id: z.string().min(1).describe('The id of a custom voice.') }),
    ])
    .optional()
    .describe('The voice of the agent; each provider has its own names.'),
  output_modalities: z
    .array(z.enum(['audio', 'text']))
    .length(1)
    .default(['audio'])
    .describe('Whether the agent answers in speech ([audio]) or in writing ([text]).'),
  turn_detection: AgentTurnDetectionSchema.default({
    type: 'server_vad',
    threshold: 0.5,
    prefix_padding_ms: 300,
    silence_duration_ms: 500,
    create_response: true,
    interrupt_response: true,
  }).describe('How the end of the turn of the user is found; null leaves it to the application.'),
  tools: z
    .array(ToolReferenceSchema)
    .default([])
    .describe('The tools of the agent: names, or the start of names followed by *.'),
  tool_choice: z
    .union([
      z.enum(['auto', 'none', 'required']),
      z.strictObject({
        type: z.literal('function').describe('A forced call of one tool.'),
        name: z.string().min(1).describe('The name of the tool.'),
      }),
    ])
    .default('auto')
    .describe('Whether the model may, must not or must call a tool.'),
  parallel_tool_calls: z.boolean().optional().describe('Whether one answer may call several tools.'),
  handoffs: z
    .array(z.string())
    .default([])
    .describe('The agents this one may hand the conversation over to.'),
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
    .describe('Whether an answer goes on where it stopped when the sound that cut it had no words.'),
  guardrails: z
    .array(z.string().min(1))
    .default([])
    .describe('The guardrails of the agent, by the names that plugins give them.'),
  idle: IdleSchema.optional().describe('What happens when nobody speaks.'),
  limits: LimitsSchema.default({}).describe('What a session of this agent may use at most.'),
  speed: z.number().min(0.25).max(1.5).optional().describe('How fast the voice speaks; 1 is normal.'),
  max_output_tokens: z
    .union([z.int().min(1).max(4_096), z.literal('inf')])
    .optional()
    .describe('Tokens one answer may have, or inf.'),
  temperature: z
    .number()
    .min(0.6)
    .max(1.2)
    .optional()
    .describe('How varied the answers are; only servers of the preview dialect know it.'),
  transcription: TranscriptionSchema.nullable()
    .optional()
    .describe('How what the user says is written down; null for not at all.'),
  noise_reduction: NoiseReductionSchema.nullable()
    .optional()
    .describe('What is filtered from the sound of the user; null for nothing.'),
  reasoning: z
    .strictObject({
      effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).describe('How long the model thinks.'),
    })
    .optional()
    .describe('Only for models that reason before they answer.'),
});

export type AgentTurnDetection = z.infer<typeof AgentTurnDetectionSchema>;
export type AgentConfig = z.infer<typeof AgentConfigSchema>;

/** The providers of an agent, in the order they are tried. */
export function providersOf({ provider }: Pick<AgentConfig, 'provider'>): readonly string[] {
  return typeof provider === 'string' ? [provider] : provider;
}
