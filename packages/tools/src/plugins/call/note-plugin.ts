import { z } from 'zod';
import { definePlugin, type Plugin } from '../../define-plugin.ts';
import { defineTool } from '../../define-tool.ts';

const NoteConfig = z.strictObject({
  for: z
    .string()
    .min(1)
    .max(60)
    .default('the team')
    .describe('Who reads the notes, as the model and the user call them.'),
});

const intents = (reader: string) => [
  {
    match: [
      '[please] (leave|take|write) [down] (a|this) (note|message) [for (the team|them|someone|you)] [that|saying|which says] {text}',
      '[please] (make a note|note [down]) [that|of] {text}',
      `[please] (tell|let) (the team|your team|${reader}|the operator|someone) [know] [that] {text}`,
    ],
    reply: `I have noted that for ${reader}.`,
  },
];

/** The plugin `@antiphon/tools/note`: notes for those who run the service. */
export function notePlugin(): Plugin<z.infer<typeof NoteConfig>> {
  return definePlugin({
    name: 'note',
    config: NoteConfig,
    setup(context, config) {
      context.tool(
        defineTool({
          name: 'leave_note',
          description: `Leaves a note for ${config.for}, who read it after the conversation. The user gets no answer by it.`,
          input: z.object({
            text: z.string().min(1).max(1_000).describe('The note, complete and in plain words'),
            urgent: z.boolean().optional().describe('Whether it cannot wait'),
          }),
          effects: 'external',
          intents: intents(config.for.toLowerCase().replaceAll(/[^\p{L}\p{N} ]/gu, ' ')),
          execute: ({ text, urgent }, { session }) => {
            session.note(urgent === true ? `URGENT: ${text}` : text);
            return { noted: true };
          },
        }),
      );
    },
  });
}
