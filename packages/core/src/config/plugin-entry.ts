import * as z from 'zod';
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../protocol/tolerant.ts';
import { AllowSchema, HttpAuthSchema, RedirectsSchema } from './http-request.ts';
import { ToolSettingsSchema } from './tool-settings.ts';

const ReferenceSchema = z.string().min(1);

/** A plugin of a file or package, with its settings. */
export const PluginUseSchema = z
  .strictObject({
    use: ReferenceSchema.describe('The file or package of the plugin, for example ./plugins/crm.ts.'),
    config: z
      .custom<JsonObject>(isJsonObject, 'expected a mapping')
      .default({})
      .describe('The settings of the plugin; its own schema says which there are.'),
    isolation: z
      .enum(['none', 'worker', 'sandbox'])
      .optional()
      .describe(
        'Where the code runs: in this process (none, the default), in a process of its own that may crash (worker), or in an interpreter of its own, for code that is not trusted (sandbox).',
      ),
    memory_mb: z
      .int()
      .min(32)
      .max(4_096)
      .optional()
      .describe('Megabytes of memory that the code may use where it is isolated; 128 when absent.'),
    allow: AllowSchema.optional().describe(
      'The hosts that fetch() of a sandbox may go to; none when absent.',
    ),
  })
  .refine(({ isolation, memory_mb }) => memory_mb === undefined || (isolation ?? 'none') !== 'none', {
    path: ['memory_mb'],
    error: 'expected only with isolation: worker or sandbox',
  })
  .refine(({ isolation, allow }) => allow === undefined || isolation === 'sandbox', {
    path: ['allow'],
    error: 'expected only with isolation: sandbox',
  });

/** What is changed of one tool that a server or a document describes. */
const OverrideSchema = ToolSettingsSchema.extend({
  name: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/)
    .optional()
    .describe('Another name; the prefix is put before it.'),
  description: z.string().min(1).max(1_024).optional().describe('Another description for the model.'),
});

/** Which of the tools of a server or a document are taken, and how. */
const selection = {
  tools: z
    .array(z.string().min(1))
    .optional()
    .describe('The names of the tools that are taken, * standing for any letters; without it all of them.'),
  exclude: z
    .array(z.string().min(1))
    .default([])
    .describe('The names of tools that are left out, * standing for any letters.'),
  prefix: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{0,32}$/)
    .default('')
    .describe('What is put before the name of each tool.'),
  defaults: ToolSettingsSchema.default({}).describe('Options of all these tools.'),
  overrides: z
    .record(z.string(), OverrideSchema)
    .default({})
    .describe('Names, descriptions and options of single tools, by the names they come with.'),
};

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
        .describe(
          'The environment variables of the command; it gets no others but those programs need to start.',
        ),
      cwd: z.string().min(1).optional().describe('The folder it runs in, from the folder of this file.'),
      url: z
        .string()
        .min(1)
        .optional()
        .describe('The address of a server that already runs, spoken to over streamable HTTP.'),
      auth: HttpAuthSchema.optional().describe('How requests to the address say who makes them.'),
      headers: z.record(z.string(), z.string()).default({}).describe('Headers of the requests.'),
    })
    .refine((mcp) => (mcp.command === undefined) !== (mcp.url === undefined), {
      error: 'expected a mapping with either command or url',
    })
    .describe('A Model Context Protocol server whose tools the agents may use.'),
  lock: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A file of the tools as they were approved, written by "antiphon tools lock": a tool that differs is not called.',
    ),
  ...selection,
});

/** The operations of an OpenAPI document as tools. */
export const OpenApiPluginSchema = z.strictObject({
  openapi: z.string().min(1).describe('The document: a file from the folder of this one, or an address.'),
  base_url: z
    .string()
    .min(1)
    .optional()
    .describe('The address of the service, in place of that of the document.'),
  auth: HttpAuthSchema.optional().describe('How the requests say who makes them: its values are secrets.'),
  headers: z.record(z.string(), z.string()).default({}).describe('Headers of all requests.'),
  allow: AllowSchema.optional().describe('The hosts that redirects may lead to; see http.allow of a tool.'),
  redirects: RedirectsSchema.default(0).describe('How many redirects are followed, each checked; 0 to 5.'),
  ...selection,
});

/** One entry under `plugins`. */
export const PluginEntrySchema = z
  .union([
    ReferenceSchema.describe('The file or package of a plugin, for example @antiphon/tools/clock.'),
    PluginUseSchema,
    McpPluginSchema,
    OpenApiPluginSchema,
  ])
  .describe(
    'A plugin, by its file or package, the tools of a Model Context Protocol server, or those of an OpenAPI document.',
  );

export type McpPlugin = z.infer<typeof McpPluginSchema>;
export type OpenApiPlugin = z.infer<typeof OpenApiPluginSchema>;
export type PluginEntry = z.infer<typeof PluginEntrySchema>;
