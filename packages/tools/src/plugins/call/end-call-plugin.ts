import { z } from 'zod';
import { definePlugin, type Plugin } from '../../define-plugin.ts';
import { defineTool } from '../../define-tool.ts';

const EndCallConfig = z.strictObject({
  goodbye: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe(
      'What is said before the end, word for word; without it the agent says goodbye in its own words.',
    ),
});

const match = [
  '[ok|okay|alright|well] [thank you|thanks] [very much|a lot|so much] (goodbye|good bye|bye|bye bye) [then|now|for now]',
  '[please] (hang up|end (the|this|our) (call|conversation)) [now|please]',
  '(that is|that was|that will be) (all|it|everything) [for today|for now] [thank you|thanks] [goodbye|bye]',
  '(see|talk to|speak to) you (later|soon|tomorrow)',
  'i (have to|must|need to|am going to) (go|hang up|leave) [now]',
];

/** The plugin `@antiphon/tools/end-call`: the agent ends the conversation once its goodbye was heard. */
export function endCallPlugin(): Plugin<z.infer<typeof EndCallConfig>> {
  return definePlugin({
    name: 'end-call',
    config: EndCallConfig,
    setup(context, { goodbye }) {
      context.tool(
        defineTool({
          name: 'end_call',
          description:
            'Ends the conversation after a goodbye. Use it when the user says goodbye or wants to hang up, never before everything they asked for is done.',
          input: z.object({
            reason: z.string().max(200).optional().describe('Why the conversation ends, in a few words'),
          }),
          effects: 'external',
          reply: goodbye === undefined ? 'now' : 'never',
          intents: [{ match, reply: 'Goodbye!' }],
          execute: ({ reason }, context) => {
            if (goodbye !== undefined) context.say(goodbye);
            context.session.end(reason ?? 'the agent ended the conversation');
            return goodbye === undefined
              ? { ends: true, say: 'Say goodbye in one short sentence; the call ends after it.' }
              : { ends: true };
          },
        }),
      );
    },
  });
}
