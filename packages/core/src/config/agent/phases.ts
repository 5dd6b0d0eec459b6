import * as z from 'zod';

const toolKey = z
  .string()
  .min(1)
  .describe('The tool, of any plugin or of this file; the agent itself need not have it.');

const argumentsKey = z
  .record(z.string(), z.json())
  .default({})
  .describe(
    'Its arguments; in texts {{caller.name}} and {{variable}} are filled. What has no value is left out.',
  );

/** A tool that is called before the conversation, whose result becomes variables of it. */
export const BeforeCallSchema = z.strictObject({
  tool: toolKey,
  arguments: argumentsKey,
  variables: z
    .record(z.string().regex(/^[A-Za-z_]\w{0,63}$/), z.string())
    .default({})
    .describe('Variables that get parts of the result: the path of each, "" for all of it.'),
});

/** A tool that is called after the conversation. */
export const AfterCallSchema = z.strictObject({
  tool: toolKey,
  arguments: argumentsKey.describe(
    'Its arguments; in texts {{caller.name}}, {{variable}}, {{transcript}}, {{session_id}}, {{agent}}, {{outcome}} and {{seconds}} are filled. What has no value is left out.',
  ),
});

export type BeforeCall = z.infer<typeof BeforeCallSchema>;
export type AfterCall = z.infer<typeof AfterCallSchema>;
