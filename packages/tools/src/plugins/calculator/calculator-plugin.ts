import { z } from 'zod';
import { definePlugin, type Plugin } from '../../define-plugin.ts';
import { defineTool } from '../../define-tool.ts';
import { ToolError } from '../../tool-error.ts';
import { CalculationError, evaluateExpression, loadMath } from './evaluate.ts';
import { numberText } from './number-text.ts';
import { writtenMath } from './spoken-math.ts';

/** The plugin `@antiphon/tools/calculator`: the value of an arithmetic expression, written or said in words. */
export function calculatorPlugin(): Plugin<unknown> {
  return definePlugin({
    name: 'calculator',
    setup(context) {
      context.onSessionStart(warmUp);
      context.tool(
        defineTool({
          name: 'calculate',
          description:
            'Calculates sums and other arithmetic: + - * / ^ %, brackets, roots, powers, factorials, logarithms, trigonometry, ' +
            'percentages. Takes symbols or words, such as "15 percent of 80".',
          input: z.object({
            expression: z
              .string()
              .min(1)
              .max(500)
              .describe('Arithmetic expression, such as 205 * 7 or sqrt(81)'),
          }),
          effects: 'none',
          intents: [
            {
              match: [
                '(what is|how much is|how many is|what are|what does) {expression} [make|equal|give] [please]',
                '(calculate|compute|evaluate|work out|figure out|solve) {expression} [for me|please]',
                '(tell me|give me) [the (result|value|answer) (of|to)] {expression}',
                'what is the (result|value|answer) (of|to) {expression}',
                'what do you get (if|when) you {expression}',
                'how much (do|would) {expression} make',
                '{expression} (equals|is) (what|how much)',
                '{expression}',
              ],
              reply: '{{result.text}}.',
            },
          ],
          execute: async ({ expression }) => calculate(expression),
        }),
      );
    },
  });
}

/** Loads the library beside the rest of the start; a failure shows in the first calculation. */
function warmUp(): void {
  setImmediate(() => void loadMath().catch(() => undefined)).unref();
}

async function calculate(expression: string) {
  const written = writtenMath(expression);
  try {
    const value = await evaluateExpression(written);
    const { text, isRounded } = numberText(value);
    return {
      expression: written,
      value: Number(value.toPrecision(15)),
      text: isRounded ? `about ${text}` : text,
    };
  } catch (error) {
    if (!(error instanceof CalculationError)) throw error;
    throw new ToolError(error.message, { data: { expression: written }, cause: error });
  }
}
