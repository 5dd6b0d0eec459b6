import * as z from 'zod';

/** What is said first. */
export const GreetingSchema = z.strictObject({
  say: z.string().min(1).describe('What the agent says first.'),
  protected: z
    .boolean()
    .default(false)
    .describe('Whether the greeting is said to its end whatever the user does.'),
});

/** A text that is said after a while. */
export const TimedSpeechSchema = z.strictObject({
  after_ms: z.int().min(500).describe('Milliseconds after which it is said.'),
  say: z.string().min(1).describe('What is said.'),
});

/** What happens when nobody speaks. */
export const IdleSchema = z.strictObject({
  after_ms: z.int().min(500).describe('Milliseconds of silence on both sides before the agent asks.'),
  say: z.string().min(1).describe('What the agent says then.'),
  times: z.int().min(1).default(1).describe('How many times in a row the agent asks.'),
  then: z
    .enum(['close', 'stay'])
    .default('stay')
    .describe('Whether the session closes or stays open when the last question got no answer.'),
});

/** What a session may use. */
export const LimitsSchema = z.strictObject({
  session_minutes: z.number().positive().optional().describe('Minutes a session may last.'),
  tool_calls: z.int().min(0).optional().describe('Calls of tools a session may make.'),
  tokens: z.int().min(1).optional().describe('Tokens a session may use, in and out.'),
  usd: z.number().positive().optional().describe('US dollars a session may cost, by the price list.'),
  responses_without_user: z
    .int()
    .min(1)
    .optional()
    .describe('Answers in a row without a word of the user, after which the session ends; 10 unless told.'),
  tool_calls_per_turn: z
    .int()
    .min(1)
    .optional()
    .describe('Calls of tools between two turns of the user; 16 unless told. More are refused.'),
  wrap_up: z.string().min(1).optional().describe('What the agent says when a limit ends the session.'),
});
