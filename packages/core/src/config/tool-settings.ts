import * as z from 'zod';

export const FillerSchema = z.strictObject({
  after_ms: z
    .int()
    .min(0)
    .default(1_000)
    .describe('Milliseconds the tool may run before the filler is spoken.'),
  say: z.string().min(1).describe('What is said meanwhile.'),
});

export const IntentSchema = z.strictObject({
  match: z
    .array(z.string().min(1))
    .min(1)
    .describe('Patterns of what the user says: alternatives (a|b), optional [words], slots {parameter}.'),
  reply: z
    .string()
    .min(1)
    .optional()
    .describe('The spoken answer, with {{result.field}} and {{parameter}} slots.'),
});

const pathPattern = /^[^.[\]]+(?:\.[^.[\]]+|\[\d+\])*$/;
const pathRule = { error: 'expected a path such as data.items[0].name' };

const resultPart = {
  path: z
    .string()
    .regex(pathPattern, pathRule)
    .optional()
    .describe('Where in the result the part is that the model is given, for example data.items.'),
  fields: z
    .union([
      z.array(z.string().regex(pathPattern, pathRule)).min(1),
      z.record(z.string().min(1), z.string().regex(pathPattern, pathRule)),
    ])
    .optional()
    .describe(
      'The fields that are kept, of the result or of each item of a list: paths, or new names with the paths they come from.',
    ),
  max_items: z
    .int()
    .min(1)
    .optional()
    .describe('Most items of a list that are kept; the model is told how many there are.'),
};

/** What of a result the model is given, and what only the application is shown. */
export const ResultSchema = z.strictObject({
  ...resultPart,
  max_bytes: z
    .int()
    .min(100)
    .max(1_048_576)
    .optional()
    .describe('Most bytes of the result that the model is given; the rest is cut with a note.'),
  ui: z
    .strictObject(resultPart)
    .optional()
    .describe('What the application is shown of the result, and the model never sees; {} for all of it.'),
});

/** How often a tool may be called. */
const RateSchema = z.strictObject({
  calls: z.int().min(1).max(10_000).describe('How many calls there may be.'),
  per_ms: z.int().min(1).max(86_400_000).describe('Within any stretch of this many milliseconds.'),
  of: z
    .string()
    .regex(/^(?:session|process|caller\.[\w$-]+)$/, { error: 'expected session, process or caller.NAME' })
    .default('session')
    .describe(
      'Whose calls are counted together: of one session, of all sessions of the process, or of all with the same value of caller.NAME.',
    ),
});

/** How many calls of a tool may run. */
export const CallLimitsSchema = z.strictObject({
  parallel: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Calls of the tool that run at once, in all sessions of the process.'),
  parallel_per_session: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Calls of the tool that run at once in one session.'),
  rates: z.array(RateSchema).default([]).describe('How often it may be called.'),
});

/** How many calls of all tools together may run. */
export const ToolLimitsSchema = z.strictObject({
  parallel: z
    .int()
    .min(1)
    .max(10_000)
    .default(64)
    .describe('Calls that run at once, in all sessions of the process.'),
  parallel_per_session: z
    .int()
    .min(1)
    .max(1_000)
    .default(16)
    .describe('Calls that run at once in one session.'),
  waiting_per_session: z
    .int()
    .min(0)
    .max(10_000)
    .default(64)
    .describe('Calls of one session that may wait for their turn; more are refused.'),
});

export const ConfirmSchema = z.union([
  z.enum(['none', 'spoken', 'app']),
  z.strictObject({
    by: z.enum(['spoken', 'app']).describe('Who must agree: the user in words, or the application.'),
    ttl_ms: z
      .int()
      .min(1_000)
      .max(600_000)
      .optional()
      .describe(
        'Milliseconds for which the answer is waited for: 15000 of the user, 60000 of the application, unless told.',
      ),
    say: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe(
        'What the user is asked, with {{parameter}} slots; without it the description and all arguments are read out.',
      ),
  }),
]);

/** The options that every kind of tool takes, without their defaults. */
export const toolSettings = {
  timeout_ms: z.int().min(1).max(600_000).describe('Milliseconds after which a call is given up.'),
  on_interrupt: z
    .enum(['keep', 'cancel'])
    .describe('Whether a running call goes on (keep) or is cancelled when the user interrupts.'),
  filler: FillerSchema.describe('What is said while the tool is slow.'),
  start: z
    .enum(['now', 'after_playback'])
    .describe('Whether a call starts at once or after what the agent is saying has been heard.'),
  reply: z
    .enum(['now', 'when_idle', 'never'])
    .describe(
      'When the agent speaks about the result: now unless told, when_idle for a tool in the background.',
    ),
  confirm: ConfirmSchema.describe(
    'Who must agree to each call before it runs: nobody, the user in words, or the application.',
  ),
  idempotent_by: z
    .array(z.string())
    .describe('The parameters whose values make a second call the same call, which then is not run again.'),
  idempotent: z
    .boolean()
    .describe(
      'Whether running a call twice does no harm: it may be retried, and after a crash it is run again. True for requests that are GET, unless told.',
    ),
  recording: z
    .enum(['pause', 'resume', 'allow'])
    .describe(
      'What a call does to a recording: pause it at its start; resume it, or say that the user agrees to it, when it succeeds.',
    ),
  effects: z
    .enum(['none', 'external'])
    .describe(
      'Whether a call changes something outside; the offline brain asks before it guesses such a call.',
    ),
  intents: z
    .array(IntentSchema)
    .describe('How users ask for the tool in words, for the offline brain; harmless elsewhere.'),
  result: ResultSchema.describe('What of a result the model is given; all of it when absent.'),
  limits: CallLimitsSchema.describe(
    'How many calls may run, at once and over time; what is over waits for its time-out at most, then the model is told when to try again.',
  ),
  background: z
    .boolean()
    .describe(
      'Whether a call is answered when it starts; what comes of it is told when it has ended and nobody speaks.',
    ),
  stale_after_ms: z
    .int()
    .min(0)
    .max(600_000)
    .describe(
      'Milliseconds after which a result is not told as news any more, once the user has said something else meanwhile.',
    ),
  retries: z
    .int()
    .min(0)
    .max(5)
    .describe(
      'How often a call that failed on the way is tried again within its time-out, where it is idempotent: 2 for requests that are GET, else 0 unless told.',
    ),
};

/** The options of tools that are declared elsewhere, each to be left out where it stays as it is. */
export const ToolSettingsSchema = z.strictObject(toolSettings).partial();

export type ToolSettingsConfig = z.infer<typeof ToolSettingsSchema>;
