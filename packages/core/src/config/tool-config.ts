import * as z from 'zod';
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import { AgentToolSchema } from './agent-tool-config.ts';
import { ClientToolSchema } from './client-tool-config.ts';
import { CommandSchema } from './command-config.ts';
import { HttpRequestSchema } from './http-request.ts';
import { toolSettings } from './tool-settings.ts';

/** The names the protocol allows for a function. */
export const toolNamePattern = /^[a-zA-Z0-9_-]{1,64}$/;

/** The keys of which a tool has one: what a call of it does. */
export const toolKinds = ['http', 'command', 'agent', 'client'] as const;

/** A tool without code: a description for the model, and what a call does. */
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
  http: HttpRequestSchema.optional().describe('The request that a call of the tool makes.'),
  command: CommandSchema.optional().describe('The program that a call of the tool starts, without a shell.'),
  agent: AgentToolSchema.optional().describe(
    'Another agent of the file that a call of the tool asks, in writing.',
  ),
  client: ClientToolSchema.optional().describe(
    'The application that holds the session answers a call of the tool: {}.',
  ),
  timeout_ms: toolSettings.timeout_ms.default(10_000),
  on_interrupt: toolSettings.on_interrupt.default('keep'),
  filler: toolSettings.filler.optional(),
  start: toolSettings.start.default('now'),
  reply: toolSettings.reply.optional(),
  confirm: toolSettings.confirm.default('none'),
  idempotent_by: toolSettings.idempotent_by.default([]),
  idempotent: toolSettings.idempotent.optional(),
  recording: toolSettings.recording.optional(),
  effects: toolSettings.effects.default('external'),
  intents: toolSettings.intents.default([]),
  result: toolSettings.result.optional(),
  limits: toolSettings.limits.optional(),
  retries: toolSettings.retries.optional(),
  background: toolSettings.background.optional(),
  stale_after_ms: toolSettings.stale_after_ms.optional(),
});

export type ToolConfig = z.infer<typeof ToolConfigSchema>;
