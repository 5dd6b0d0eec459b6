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

export type AgentTurnDetection = z.infer<typeof AgentTurnDetectionSchema>;
