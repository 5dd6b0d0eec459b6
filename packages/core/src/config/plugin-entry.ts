import * as z from 'zod';
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';

const ReferenceSchema = z.string().min(1);

/** A plugin of a file or package, with its settings. */
export const PluginUseSchema = z.strictObject({
  use: ReferenceSchema.describe('The file or package of the plugin, for example ./plugins/crm.ts.'),
  config: z
    .custom<JsonObject>(isJsonObject, 'expected a mapping')
    .default({})
    .describe('The settings of the plugin; its own schema says which there are.'),
});

/** The tools of a Model Context Protocol server: a command that is started, or an address. */
export const McpPluginSchema = z.strictObject({
  mcp: z
    .strictObject({
      command: z
        .string()
        .min(1)
        .optional()
        .describe('The program that is started and spoken to over its stdio.'),
      args: z.array(z.string()).default([]).describe('The arguments of the command.'),
      env: z
        .record(z.string(), z.string())
        .default({})
        .describe('The environment variables of the command; it gets no others of this process.'),
      url: z.string().min(1).optional().describe('The address of a server that already runs.'),
    })
    .refine((mcp) => (mcp.command === undefined) !== (mcp.url === undefined), {
      error: 'expected a mapping with either command or url',
    })
    .describe('A Model Context Protocol server whose tools the agents may use.'),
  tools: z
    .array(z.string().min(1))
    .optional()
    .describe('The names of the tools that are taken from the server; without it all of them.'),
  prefix: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{0,32}$/)
    .default('')
    .describe('What is put before the name of each tool of the server.'),
});

/** One entry under `plugins`. */
export const PluginEntrySchema = z
  .union([
    ReferenceSchema.describe('The file or package of a plugin, for example @antiphon/tools/clock.'),
    PluginUseSchema,
    McpPluginSchema,
  ])
  .describe('A plugin, by its file or package, or the tools of a Model Context Protocol server.');

export type PluginUse = z.infer<typeof PluginUseSchema>;
export type McpPlugin = z.infer<typeof McpPluginSchema>;
export type PluginEntry = z.infer<typeof PluginEntrySchema>;
