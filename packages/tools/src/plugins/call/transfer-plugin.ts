import { z } from 'zod';
import { answeredError } from '../../answered-error.ts';
import { definePlugin, type Plugin } from '../../define-plugin.ts';
import { defineTool } from '../../define-tool.ts';

const address = z.string().regex(/^(tel|sips?):\S+$/i, 'expected a tel: or sip: address');

const TransferConfig = z.strictObject({
  targets: z
    .record(
      z
        .string()
        .regex(/^[\p{L}\p{N}][\p{L}\p{N} _-]{0,39}$/u, 'expected a name of letters, digits and spaces'),
      z.union([
        address,
        z.strictObject({ to: address, when: z.string().max(200).describe('When to transfer there.') }),
      ]),
    )
    .refine((targets) => Object.keys(targets).length > 0, 'expected at least one target')
    .describe(
      'Where calls may be transferred to: names with tel: or sip: addresses. The model knows the names alone.',
    ),
});

type Config = z.infer<typeof TransferConfig>;

/** The plugin `@antiphon/tools/transfer`: passes the call on, to a target of its config and nowhere else. */
export function transferPlugin(): Plugin<Config> {
  return definePlugin({
    name: 'transfer',
    config: TransferConfig,
    setup(context, { targets }) {
      const names = Object.keys(targets) as [string, ...string[]];
      context.tool(
        defineTool({
          name: 'transfer_call',
          description:
            `Transfers the telephone call; the conversation with you ends by it. Tell the user before. ${describe(targets)}`.slice(
              0,
              1_024,
            ),
          input: z.object({ to: z.enum(names).describe('Who takes the call') }),
          effects: 'external',
          start: 'after_playback',
          timeoutMs: 20_000,
          intents: [
            {
              match: [
                '[please] (transfer|connect|put|forward) (me|the call|my call|this call) [through|over] to [the] {to}',
                '[i (want|would like|need) to] (speak|talk) (to|with) [the] {to}',
              ],
              reply: 'I am connecting you now.',
            },
          ],
          execute: async ({ to }, { session, signal, log }) => {
            const target = targets[to];
            const { callControl } = session;
            if (callControl?.transfer === undefined || target === undefined) {
              const reason =
                callControl === undefined ? 'this is no telephone call' : 'this call cannot be transferred';
              throw answeredError('tool.call_unsteered', { tool: 'transfer_call', reason });
            }
            try {
              await callControl.transfer(typeof target === 'string' ? target : target.to, signal);
            } catch (error) {
              signal.throwIfAborted();
              log.error('a call could not be transferred', { to, error: String(error).slice(0, 300) });
              throw answeredError('tool.call_failed', { tool: 'transfer_call' }, { cause: error });
            }
            return { transferred_to: to };
          },
        }),
      );
    },
  });
}

function describe(targets: Config['targets']): string {
  return Object.entries(targets)
    .flatMap(([name, target]) => (typeof target === 'string' ? [] : [`${name}: ${target.when}`]))
    .join('; ');
}
