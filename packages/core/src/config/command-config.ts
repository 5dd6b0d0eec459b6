import * as z from 'zod';

/** The program that a tool without code starts. Never a shell: every item is one argument as it stands. */
export const CommandSchema = z.strictObject({
  run: z
    .array(z.string().max(32_768))
    .min(1)
    .describe(
      'The program and its arguments. {{parameter}} slots may stand in the arguments; an argument whose parameter is missing is left out.',
    ),
  stdin: z
    .enum(['none', 'json'])
    .default('none')
    .describe('What the program reads: nothing, or the arguments of the call as JSON.'),
  cwd: z
    .string()
    .min(1)
    .optional()
    .describe('The folder it runs in, from the folder of this file; that folder when absent.'),
  paths: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe(
      'Parameters that name a path, each with the folder in which it has to lie, from the folder of this file: the program is given the whole path, and a path that leads elsewhere is refused.',
    ),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .default({})
    .describe('Environment variables of the program.'),
  inherit_env: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_()]*$/))
    .default([])
    .describe(
      'Variables that it gets from this process, beside those that programs need to start; it gets no others.',
    ),
  output: z
    .enum(['auto', 'text', 'json'])
    .default('auto')
    .describe('What it writes: text, JSON, or either (auto).'),
  max_output_bytes: z
    .int()
    .min(100)
    .max(1_048_576)
    .default(65_536)
    .describe('Most bytes of its output that are kept; the rest is cut with a note.'),
  exit_codes: z
    .record(z.string().regex(/^\d{1,3}$/, { error: 'expected an exit code, 0 to 255' }), z.string().min(1))
    .default({})
    .describe(
      'What the model is told when the program ends with a code, for example 3: There is no such order.',
    ),
});

export type CommandConfig = z.infer<typeof CommandSchema>;
