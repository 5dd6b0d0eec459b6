import { definePlugin, defineTool, ToolError } from '@antiphon/tools';
import { z } from 'zod';

/** What patients still have to pay, by invoice: the example needs no accounts. */
const openEuros: Readonly<Record<number, number>> = { 4711: 85, 4712: 0 };

/** Thirteen to nineteen digits in a row, as cards have them. */
const cardNumber = /(?:\d[ -]?){13,19}/;

export default definePlugin({
  name: 'reception',
  setup(ctx) {
    ctx.guard({
      name: 'no_card_numbers',
      on: 'input',
      check: (text) =>
        Promise.resolve(
          cardNumber.test(text)
            ? { ok: false, say: 'Please tell no card numbers on the phone.' }
            : { ok: true },
        ),
    });
    ctx.tool(
      defineTool({
        name: 'opening_hours',
        description: 'When the practice is open',
        input: z.object({}),
        effects: 'none',
        idempotent: true,
        intents: [
          {
            match: ['when are you open', '(what are|tell me) your opening hours'],
            reply: '{{result.hours}}',
          },
        ],
        execute: () => ({ hours: 'We are open from Monday to Friday, eight to five.' }),
      }),
    );
    ctx.tool(
      defineTool({
        name: 'open_amount',
        description: 'What is still to be paid on an invoice',
        input: z.object({ invoice: z.number().int().describe('Number of the invoice') }),
        effects: 'none',
        idempotent: true,
        intents: [
          {
            match: ['how much [do I owe|is open|is left] on invoice [number] {invoice}'],
            reply: 'On invoice {{invoice}} {{result.euros}} euros are open.',
          },
        ],
        execute({ invoice }) {
          const euros = openEuros[invoice];
          if (euros === undefined) throw new ToolError(`There is no invoice ${invoice}.`);
          return { invoice, euros };
        },
      }),
    );
  },
});
