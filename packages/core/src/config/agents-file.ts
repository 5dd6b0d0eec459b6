import * as z from 'zod';
import { AgentConfigSchema } from './agent-config.ts';
import { ConsentLanguageSchema, LanguageSchema } from './language-config.ts';
import { PluginEntrySchema } from './plugin-entry.ts';
import { ModelPricesSchema } from './price-config.ts';
import { ProviderConfigSchema } from './provider-config.ts';
import { RecordingConfigSchema } from './recording-config.ts';
import { ToolConfigSchema, toolNamePattern } from './tool-config.ts';
import { ToolLimitsSchema } from './tool-settings.ts';

const nameRule = { error: 'expected a name of letters, digits, _ and -' };

/** `agents.yaml` as written, before names and templates are checked against each other. */
export const AgentsFileSchema = z.strictObject({
  version: z.literal(1).describe('The version of this format: 1.'),
  default_agent: z
    .string()
    .min(1)
    .optional()
    .describe('The agent that answers when none is named; may be left out when there is only one.'),
  providers: z
    .record(z.string().regex(/^[a-zA-Z0-9_.-]{1,64}$/, nameRule), ProviderConfigSchema)
    .default({})
    .describe('Where models are reached, by a name of your choice; local is always there.'),
  prices: z
    .record(z.string().min(1).max(128), ModelPricesSchema)
    .default({})
    .describe('What models cost in US dollars, by the name of a provider above or of a model.'),
  plugins: z.array(PluginEntrySchema).default([]).describe('The plugins that bring tools.'),
  tools: z
    .record(z.string().regex(toolNamePattern, nameRule), ToolConfigSchema)
    .default({})
    .describe('Tools without code, by the name the model calls them by.'),
  tool_limits: ToolLimitsSchema.default(ToolLimitsSchema.parse({})).describe(
    'How many calls of all tools together may run.',
  ),
  languages: z
    .record(LanguageSchema, ConsentLanguageSchema)
    .default({})
    .describe('Words of yes and no by language, added to those of en and de that are known.'),
  recording: RecordingConfigSchema.default({}).describe(
    'How conversations are recorded by those who do: antiphon run and talk.',
  ),
  agents: z
    .record(z.string().regex(/^[a-zA-Z0-9_-]{1,48}$/, nameRule), AgentConfigSchema)
    .describe('The agents, by name.'),
});

/** The checked model of `agents.yaml`: defaults filled in, every name resolved, variables replaced. */
export type AgentsFile = z.infer<typeof AgentsFileSchema> & { readonly default_agent: string };
