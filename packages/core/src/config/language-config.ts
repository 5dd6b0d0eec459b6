import * as z from 'zod';

/** A language by its code, such as `de` or `de-AT`. */
export const LanguageSchema = z
  .string()
  .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, { error: 'expected a language such as de or en-GB' });

const words = (what: string) => z.array(z.string().min(1).max(60)).optional().describe(what);
const phrase = (what: string) => z.string().min(1).max(200).optional().describe(what);

/** What is told of the words with which users agree and do not, in one language. */
export const ConsentLanguageSchema = z.strictObject({
  yes: words('Words and phrases that agree.'),
  no: words('Words and phrases that do not.'),
  unclear: words('Phrases that are neither, whatever words are in them: no problem.'),
  conditions: words('Words after which a yes is none to what was asked: but.'),
  filler: words('Words that may stand beside an answer and change nothing: please.'),
  phrases: z
    .strictObject({
      closing: phrase('Ends the question: Shall I go ahead?'),
      again: phrase('Begins a question that is asked once more: Please say yes or no.'),
      true: phrase('How a true value is said.'),
      false: phrase('How a false value is said.'),
      nothing: phrase('How an empty value is said.'),
      and: phrase('Stands before the last of several values.'),
    })
    .optional()
    .describe('What is said around the arguments.'),
});
