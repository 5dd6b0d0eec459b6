import * as z from 'zod';

/** Another agent of the file that a tool asks. */
export const AgentToolSchema = z.strictObject({
  use: z.string().min(1).describe('The agent that is asked: a name under agents.'),
  prompt: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What it is asked, with {{parameter}} slots; the only parameter, or all arguments as JSON, when left out.',
    ),
  max_turns: z
    .int()
    .min(1)
    .max(50)
    .default(6)
    .describe('Answers of its model that one call may take, those that call tools included.'),
  max_tool_calls: z.int().min(0).max(200).default(16).describe('Calls of its tools that one call may make.'),
});
