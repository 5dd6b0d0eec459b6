import * as z from 'zod';

/** `recording` at the top of the file: how whoever records a conversation is to do it. */
export const RecordingConfigSchema = z.strictObject({
  agent: z
    .enum(['heard', 'generated'])
    .optional()
    .describe('What is kept of the agent: what was heard (default), or all that was generated.'),
  format: z
    .enum(['wav', 'ogg'])
    .optional()
    .describe('wav (default), or ogg: Opus, in a twelfth of the space.'),
  consent: z
    .enum(['given', 'not_needed', 'required'])
    .optional()
    .describe(
      'What the recording says of consent; required: it begins when a tool has got it (recording: allow).',
    ),
  consent_by: z.string().min(1).max(200).optional().describe('Who says that consent was given.'),
});
