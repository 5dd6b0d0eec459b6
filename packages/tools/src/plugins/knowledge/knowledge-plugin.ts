import { resolve } from 'node:path';
import { z } from 'zod';
import { definePlugin, type Plugin } from '../../define-plugin.ts';
import { defineTool } from '../../define-tool.ts';
import { ToolError } from '../../tool-error.ts';
import { DocumentLibrary } from './document-library.ts';

/** What {@link knowledgePlugin} may be given. */
export interface KnowledgePluginOptions {
  /** Where a relative folder of the config starts; the working folder when absent. */
  readonly baseDir?: string;
}

const KnowledgeConfig = z.strictObject({
  folder: z
    .string()
    .min(1)
    .describe('The folder of the documents: .md, .txt and .html files, also in folders below.'),
  about: z
    .string()
    .min(1)
    .max(200)
    .default('the documents at hand')
    .describe(
      'What the documents are about, for the model: "opening hours, prices and rules of the museum".',
    ),
  phrases: z
    .array(z.string().includes('{query}', { error: 'expected a pattern with {query}' }))
    .default([])
    .describe('Further ways of asking, for the offline brain: "how much is {query}".'),
  max_results: z.int().min(1).max(10).default(3).describe('Most passages that the model is given.'),
  max_files: z.int().min(1).max(20_000).default(2_000).describe('Most files that are read.'),
  max_megabytes: z.int().min(1).max(200).default(20).describe('Most megabytes that are read.'),
});

/** The plugin `@antiphon/tools/knowledge`: answers from a folder of documents, found by their words. */
export function knowledgePlugin({
  baseDir = '.',
}: KnowledgePluginOptions = {}): Plugin<z.infer<typeof KnowledgeConfig>> {
  return definePlugin({
    name: 'knowledge',
    config: KnowledgeConfig,
    async setup(context, config) {
      const folder = resolve(baseDir, config.folder);
      const limits = { maxFiles: config.max_files, maxBytes: config.max_megabytes * 1024 * 1024 };
      const library = await DocumentLibrary.open(folder, limits, context.log);
      context.tool(
        defineTool({
          name: 'search_documents',
          description: `Searches ${config.about}. Use it before you answer questions on that, and say what is found, not more.`,
          input: z.object({
            query: z.string().min(1).max(500).describe('What is looked for, in a few words'),
          }),
          effects: 'none',
          idempotent: true,
          intents: [
            {
              match: [
                ...config.phrases,
                '[please] (search|look) [for|up|through|in] [the] (documents|manual|handbook|documentation) [for|about] {query}',
                'what (do|does) the (documents|manual|handbook|documentation) say (about|on) {query}',
                '[please] (look up|search for) {query} [in the (documents|manual|handbook|documentation)]',
              ],
              reply: '{{result.answer}}',
            },
          ],
          execute: async ({ query }) => {
            const found = (await library.index()).find(query, config.max_results);
            const [best] = found;
            if (best === undefined) throw new ToolError(`The documents say nothing about ${query}.`);
            return {
              answer: best.answer,
              passages: found.map(({ source, heading, text }) => ({ source, heading, text })),
            };
          },
        }),
      );
    },
  });
}
