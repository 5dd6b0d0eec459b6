import * as z from 'zod';
import type { McpTool } from '../../protocol/session-config.ts';
import { type CallConfirmation, defaultConfirmMs } from '../../session/settings.ts';

const FilterSchema = z.strictObject({
  tool_names: z.array(z.string().min(1)).optional().describe('The tools of these names.'),
  read_only: z.boolean().optional().describe('The tools that say that they only read, or those that do not.'),
});

/** A server of the Model Context Protocol whose tools the provider calls itself, in the words of the session object. */
export const HostedMcpSchema = z.strictObject({
  type: z.literal('mcp').describe('The provider reaches the server and calls its tools.'),
  server_label: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/, { error: 'expected a name of letters, digits, _ and -' })
    .describe('What the server is called in this agent.'),
  server_url: z.string().min(1).optional().describe('The address at which the provider reaches the server.'),
  connector_id: z.string().min(1).optional().describe('A connector of the provider, in place of an address.'),
  tunnel_id: z.string().min(1).optional().describe('A tunnel of the provider, in place of an address.'),
  authorization: z
    .string()
    .min(1)
    .optional()
    .describe('The OAuth access token the provider shows the server: a secret.'),
  headers: z
    .record(z.string(), z.string())
    .optional()
    .describe('Headers of the requests to the server; write keys as ${VARIABLE}.'),
  allowed_tools: z
    .union([z.array(z.string().min(1)), FilterSchema])
    .optional()
    .describe('The tools of the server that the model may call; all of them when left out.'),
  require_approval: z
    .union([
      z.enum(['always', 'never']),
      z.strictObject({
        always: FilterSchema.optional().describe('Calls of these tools are asked for.'),
        never: FilterSchema.optional().describe('Calls of these tools are not asked for.'),
      }),
    ])
    .optional()
    .describe('Which calls the provider asks for before it makes them; see confirm for who answers.'),
  server_description: z
    .string()
    .min(1)
    .optional()
    .describe('What the server is for, in words for the model.'),
  allowed_callers: z
    .array(z.string().min(1))
    .optional()
    .describe('Who may call the tools, in the words of the provider.'),
  defer_loading: z
    .boolean()
    .optional()
    .describe('Whether the tools are loaded when the model looks for them.'),
  confirm: z
    .union([
      z.enum(['none', 'spoken', 'app']),
      z.strictObject({
        by: z.enum(['spoken', 'app']).describe('Who is asked: the user, in words, or the application.'),
        ttl_ms: z
          .int()
          .min(1_000)
          .max(600_000)
          .optional()
          .describe(
            'Milliseconds for which the answer is waited for: 15000 of the user, 60000 of the application, unless told.',
          ),
      }),
    ])
    .default('none')
    .describe(
      'Who answers when the provider asks for a call: the user, in words, the application, or none, and then it is refused.',
    ),
});
export type HostedMcp = z.infer<typeof HostedMcpSchema>;

/** The entry as the session object has it: without what is ours. */
export function hostedTool(server: HostedMcp): McpTool {
  const members = Object.entries(server).filter(([name, value]) => name !== 'confirm' && value !== undefined);
  return Object.fromEntries(members) as unknown as McpTool;
}

/** Who is asked for a call, and for how many milliseconds; undefined where nobody is. */
export function hostedConfirmation({ confirm }: HostedMcp): CallConfirmation | undefined {
  if (confirm === 'none') return undefined;
  const { by, ttl_ms: ttlMs } = typeof confirm === 'string' ? { by: confirm, ttl_ms: undefined } : confirm;
  return { by, ttlMs: ttlMs ?? defaultConfirmMs[by] };
}
