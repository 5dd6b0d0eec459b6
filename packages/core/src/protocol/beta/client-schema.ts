import * as z from 'zod';
import { ClientEventSchema } from '../client-events.ts';
import { ResponseParamsSchema } from '../response.ts';
import {
  FunctionToolSchema,
  MaxOutputTokensSchema,
  PromptSchema,
  SessionUpdateSchema,
  TurnDetectionSchema,
} from '../session-config.ts';
import { betaFormats } from './values.ts';
import { type BetaVintage, knows } from './vintage.ts';

const format = z.enum(betaFormats);
const temperature = z.number().min(0.6).max(1.2);
const modalities = z
  .array(z.enum(['text', 'audio']))
  .min(1)
  .max(2);
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [z.strictObject({ type: z.literal('function'), name: z.string() })]),
]);
const [serverVad, semanticVad] = TurnDetectionSchema.options;
const noDetection = z.strictObject({ type: z.literal('none') });

function event<const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.strictObject({ type: z.literal(type), event_id: z.string().max(512).optional(), ...shape });
}

const schemas = new Map<BetaVintage, z.ZodType>();

/**
 * Everything a client of the beta dialect may say to a server of `vintage`: names, places and nulls. Values that mean the
 * same in the GA dialect are checked there, after the translation.
 */
export function betaClientEventSchema(vintage: BetaVintage): z.ZodType {
  const known = schemas.get(vintage) ?? makeSchema(vintage);
  schemas.set(vintage, known);
  return known;
}

function makeSchema(vintage: BetaVintage): z.ZodType {
  const isLate = knows(vintage, '2025-04');
  const same = ClientEventSchema.options.filter(
    ({ shape }) => !translated.has(shape.type.value) && (isLate || shape.type.value !== retrieve),
  );
  return z.discriminatedUnion('type', [
    event('session.update', { session: sessionSchema(vintage) }),
    event('response.create', { response: responseSchema(vintage).optional() }),
    event('conversation.item.create', {
      item: itemSchema,
      previous_item_id: z.string().nullable().optional(),
    }),
    ...(isLate ? [event('transcription_session.update', { session: transcriptionSchema(vintage) })] : []),
    ...same,
  ]);
}

const retrieve = 'conversation.item.retrieve';
const translated: ReadonlySet<string> = new Set([
  'session.update',
  'response.create',
  'conversation.item.create',
]);

function inputShape(vintage: BetaVintage): z.ZodRawShape {
  const isLate = knows(vintage, '2025-04');
  const transcription = z.strictObject({
    model: z.string().optional(),
    ...(isLate && { language: z.string().optional(), prompt: z.string().optional() }),
  });
  return {
    input_audio_format: format.optional(),
    input_audio_transcription: transcription.nullable().optional(),
    turn_detection: detectionSchema(vintage).nullable().optional(),
    ...(isLate && {
      input_audio_noise_reduction: z
        .strictObject({ type: z.enum(['near_field', 'far_field']) })
        .nullable()
        .optional(),
    }),
  };
}

function detectionSchema(vintage: BetaVintage): z.ZodType {
  const isLate = knows(vintage, '2025-04');
  const { idle_timeout_ms: _none, create_response, interrupt_response, ...settings } = serverVad.shape;
  const answering = {
    ...(knows(vintage, '2024-12') && { create_response }),
    ...(isLate && { interrupt_response }),
  };
  const known = z.strictObject({ ...settings, ...answering });
  return z.discriminatedUnion('type', isLate ? [known, semanticVad, noDetection] : [known, noDetection]);
}

function sessionSchema(vintage: BetaVintage): z.ZodType {
  const { instructions, tracing, include } = SessionUpdateSchema.shape;
  return z.strictObject({
    model: z.string().optional(),
    modalities: modalities.optional(),
    instructions,
    voice: z.string().optional(),
    ...inputShape(vintage),
    output_audio_format: format.optional(),
    tools: z.array(FunctionToolSchema).optional(),
    tool_choice: toolChoice.optional(),
    temperature: temperature.optional(),
    max_response_output_tokens: MaxOutputTokensSchema.optional(),
    ...(knows(vintage, '2025-04') && {
      speed: z.number().min(0.25).max(1.5).optional(),
      tracing,
      prompt: PromptSchema.nullable().optional(),
      include,
    }),
  });
}

function transcriptionSchema(vintage: BetaVintage): z.ZodType {
  const { include } = SessionUpdateSchema.shape;
  return z.strictObject({ ...inputShape(vintage), modalities: modalities.optional(), include });
}

function responseSchema(vintage: BetaVintage): z.ZodType {
  const { instructions, conversation, metadata } = ResponseParamsSchema.shape;
  return z.strictObject({
    modalities: modalities.optional(),
    instructions,
    voice: z.string().optional(),
    output_audio_format: format.optional(),
    tools: z.array(FunctionToolSchema).optional(),
    tool_choice: toolChoice.optional(),
    temperature: temperature.optional(),
    max_output_tokens: MaxOutputTokensSchema.optional(),
    max_response_output_tokens: MaxOutputTokensSchema.optional(),
    ...(knows(vintage, '2024-12') && {
      conversation,
      input: z.array(z.union([itemSchema, referenceSchema])).optional(),
      metadata,
    }),
  });
}

const chosen = {
  id: z.string().max(32).optional(),
  object: z.literal('realtime.item').optional(),
  status: z.enum(['in_progress', 'completed', 'incomplete']).optional(),
};
const text = z.string();
const inputText = z.strictObject({ type: z.literal('input_text'), text });
const inputAudio = z.strictObject({
  type: z.literal('input_audio'),
  audio: z.string(),
  transcript: z.string().nullable().optional(),
});

function message<const Role extends string, Part extends z.ZodType>(role: Role, part: Part) {
  return z.strictObject({
    ...chosen,
    type: z.literal('message'),
    role: z.literal(role),
    content: z.array(part),
  });
}

const itemSchema = z.discriminatedUnion('type', [
  z.discriminatedUnion('role', [
    message('user', z.discriminatedUnion('type', [inputText, inputAudio])),
    message('assistant', z.discriminatedUnion('type', [z.strictObject({ type: z.literal('text'), text })])),
    message('system', z.discriminatedUnion('type', [inputText])),
  ]),
  z.strictObject({
    ...chosen,
    type: z.literal('function_call'),
    name: text,
    arguments: text,
    call_id: text.optional(),
  }),
  z.strictObject({ ...chosen, type: z.literal('function_call_output'), call_id: text, output: text }),
]);
const referenceSchema = z.strictObject({ type: z.literal('item_reference'), id: text });
