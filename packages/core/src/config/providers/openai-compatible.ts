import * as z from 'zod';
import { clientEventTypes, serverEventTypes } from '../../protocol/event-types.ts';
import { settingPaths } from '../../protocol/setting-paths.ts';
import { apiKeyKey, headersKey, sessionLimitKey, voiceKey } from './common.ts';

/** Without these no conversation can be held. */
const indispensable: ReadonlySet<string> = new Set([
  'input_audio_buffer.append',
  'response.create',
  'response.done',
  'error',
]);
const dispensableEvents = clientEventTypes.filter((type) => !indispensable.has(type));
const dispensableAnswers = serverEventTypes.filter((type) => !indispensable.has(type));

/** What a server does not do, in the words of an agent file. */
export const CapabilitiesSchema = z.strictObject({
  rejects_settings: z
    .array(z.enum(settingPaths))
    .default([])
    .describe('Settings of the session that this server does not take; they are left out.'),
  rejects_events: z
    .array(z.enum(dispensableEvents))
    .default([])
    .describe('Client events that this server does not take; they are not sent.'),
  never_sends: z
    .array(z.enum(dispensableAnswers))
    .default([])
    .describe('Server events that this server does not send; the conversation does not wait for them.'),
});

/** Any other server of the protocol, with what it lacks. */
export const OpenAiCompatibleProviderSchema = z.strictObject({
  type: z
    .literal('openai_compatible')
    .describe('A server of the OpenAI Realtime protocol that lacks some of it.'),
  base_url: z
    .string()
    .min(1)
    .describe('The address of the server up to /realtime, for example ws://127.0.0.1:9000/v1.'),
  model: z.string().min(1).optional().describe('The name of the model, where the server has several.'),
  api_key: apiKeyKey,
  dialect: z
    .enum(['ga', 'beta', 'xai'])
    .default('ga')
    .describe('The dialect of the server: ga, beta for the one of the previews, or xai.'),
  capabilities: CapabilitiesSchema.prefault({}).describe('What this server does not do.'),
  voice: voiceKey,
  headers: headersKey,
  session_limit_ms: sessionLimitKey,
});
