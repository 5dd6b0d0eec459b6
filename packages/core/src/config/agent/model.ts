import * as z from 'zod';

const JsonObjectSchema = z.record(z.string(), z.json());

/** Whether the model may, must not or must call a tool. */
export const AgentToolChoiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({
    type: z.literal('function').describe('A forced call of one tool.'),
    name: z.string().min(1).describe('The name of the tool.'),
  }),
  z.strictObject({
    type: z.literal('mcp').describe('A forced call of a tool of one server that the provider reaches.'),
    server_label: z.string().min(1).describe('The server_label of an entry under tools of this agent.'),
    name: z.string().min(1).optional().describe('The name of the tool; any of the server when left out.'),
  }),
]);

/** What is dropped of a conversation that outgrows the model. */
export const AgentTruncationSchema = z.union([
  z.enum(['auto', 'disabled']),
  z.strictObject({
    type: z
      .literal('retention_ratio')
      .describe('More is dropped than must be, so that the cache holds longer.'),
    retention_ratio: z
      .number()
      .min(0)
      .max(1)
      .describe('The share of the tokens that is kept when something has to be dropped.'),
    token_limits: z
      .strictObject({
        post_instructions: z
          .int()
          .min(0)
          .optional()
          .describe('Tokens the conversation may have beside the instructions.'),
      })
      .optional()
      .describe('Limits below those of the model.'),
  }),
]);

/** Traces kept by the provider. */
export const AgentTracingSchema = z.union([
  z.literal('auto'),
  z.strictObject({
    workflow_name: z.string().min(1).optional().describe('What traces of this agent are called.'),
    group_id: z.string().min(1).optional().describe('What groups traces that belong together.'),
    metadata: JsonObjectSchema.optional().describe('What is noted with each trace.'),
  }),
]);

/** Instructions that are kept by the provider. */
export const AgentPromptSchema = z.strictObject({
  id: z.string().min(1).describe('The id of the prompt.'),
  version: z.string().min(1).optional().describe('Its version; the current one when left out.'),
  variables: JsonObjectSchema.optional().describe('Values of its variables.'),
});

export const AgentReasoningSchema = z.strictObject({
  effort: z.enum(['minimal', 'low', 'medium', 'high', 'xhigh']).describe('How long the model thinks.'),
});
