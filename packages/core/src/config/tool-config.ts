import * as z from 'zod';
import type { JsonObject, JsonValue } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';

/** The names the protocol allows for a function. */
export const toolNamePattern = /^[a-zA-Z0-9_-]{1,64}$/;

const TextRecordSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** The request that a tool without code makes. Strings may hold `{{parameter}}` slots. */
export const HttpRequestSchema = z.strictObject({
  method: z
    .enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
    .default('GET')
    .describe('The method of the request.'),
  url: z
    .string()
    .min(1)
    .describe('The address; {{parameter}} slots may stand in its path and query, URL-encoded when filled.'),
  query: TextRecordSchema.default({}).describe('Parameters added to the address, URL-encoded.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Headers of the request.'),
  body: z
    .custom<JsonValue>()
    .optional()
    .describe('The body: a mapping or list is sent as JSON, a text as it stands.'),
});

export const FillerSchema = z.strictObject({
  after_ms: z
    .int()
    .min(0)
    .default(1_000)
    .describe('Milliseconds the tool may run before the filler is spoken.'),
  say: z.string().min(1).describe('What is said meanwhile.'),
});

export const IntentSchema = z.strictObject({
  match: z
    .array(z.string().min(1))
    .min(1)
    .describe('Patterns of what the user says: alternatives (a|b), optional [words], slots {parameter}.'),
  reply: z
    .string()
    .min(1)
    .optional()
    .describe('The spoken answer, with {{result.field}} and {{parameter}} slots.'),
});

/** A tool without code: a description for the model and the HTTP request that a call makes. */
export const ToolConfigSchema = z.strictObject({
  description: z
    .string()
    .min(1)
    .max(1_024)
    .describe('What the tool does and when to use it, in words for the model; at most 1,024 characters.'),
  parameters: z
    .custom<JsonObject>(isJsonObject, 'expected a mapping')
    .default({})
    .describe('The parameters by name, in the shorthand, or a full JSON Schema of type object.'),
  http: HttpRequestSchema.describe('The request that a call of the tool makes.'),
  timeout_ms: z
    .int()
    .min(1)
    .max(600_000)
    .default(10_000)
    .describe('Milliseconds after which a call is given up.'),
  on_interrupt: z
    .enum(['keep', 'cancel'])
    .default('keep')
    .describe('Whether a running call goes on (keep) or is cancelled when the user interrupts.'),
  filler: FillerSchema.optional().describe('What is said while the tool is slow.'),
  start: z
    .enum(['now', 'after_playback'])
    .default('now')
    .describe('Whether a call starts at once or after what the agent is saying has been heard.'),
  reply: z
    .enum(['now', 'when_idle', 'never'])
    .default('now')
    .describe('When the agent speaks about the result.'),
  confirm: z
    .enum(['none', 'spoken', 'app'])
    .default('none')
    .describe('Who must agree before a call runs: nobody, the user in words, or the application.'),
  idempotent_by: z
    .array(z.string())
    .default([])
    .describe('The parameters whose values make a second call the same call, which then is not run again.'),
  idempotent: z
    .boolean()
    .default(false)
    .describe('Whether running a call twice does no harm: after a crash it is run again.'),
  effects: z
    .enum(['none', 'external'])
    .default('external')
    .describe(
      'Whether a call changes something outside; the offline brain asks before it guesses such a call.',
    ),
  intents: z
    .array(IntentSchema)
    .default([])
    .describe('How users ask for the tool in words, for the offline brain; harmless elsewhere.'),
});

export type HttpRequest = z.infer<typeof HttpRequestSchema>;
export type ToolConfig = z.infer<typeof ToolConfigSchema>;
