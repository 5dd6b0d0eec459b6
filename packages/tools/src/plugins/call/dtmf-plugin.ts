import { z } from 'zod';
import { answeredError } from '../../answered-error.ts';
import { definePlugin, type Plugin } from '../../define-plugin.ts';
import { defineTool } from '../../define-tool.ts';
import { ToolError } from '../../tool-error.ts';
import { keysOf } from './telephone-keys.ts';

const DtmfConfig = z.strictObject({
  max_keys: z.int().min(1).max(64).default(32).describe('Most keys of one call of the tool.'),
});

/** The plugin `@antiphon/tools/dtmf`: presses keys of the telephone, for menus and codes on the other side. */
export function dtmfPlugin(): Plugin<z.infer<typeof DtmfConfig>> {
  return definePlugin({
    name: 'dtmf',
    config: DtmfConfig,
    setup(context, { max_keys: maxKeys }) {
      context.tool(
        defineTool({
          name: 'send_dtmf',
          description:
            'Presses keys of the telephone (0 to 9, * and #), such as a choice in a menu or a code.',
          input: z.object({
            digits: z.string().min(1).max(200).describe('The keys in their order, such as 12#'),
          }),
          effects: 'external',
          start: 'after_playback',
          timeoutMs: 30_000,
          intents: [
            {
              match: [
                '[please] (press|dial|send|push) [the] [key|keys|digit|digits|number|numbers|tone|tones] {digits} [for me|please|on the phone]',
                '[please] (type|enter|key in) [the] (key|keys|digit|digits|code|tone|tones) {digits} [on the phone]',
              ],
              reply: 'I have pressed {{result.pressed}}.',
            },
          ],
          execute: async ({ digits }, { session, signal, log }) => {
            const keys = keysOf(digits);
            if (keys === undefined) throw new ToolError(`"${digits}" are no keys; they are 0 to 9, * and #.`);
            if (keys.length > maxKeys) throw new ToolError(`These are more than ${maxKeys} keys.`);
            const { callControl } = session;
            if (callControl?.sendDtmf === undefined) {
              const reason =
                callControl === undefined
                  ? 'this is no telephone call'
                  : 'keys cannot be pressed on this call';
              throw answeredError('tool.call_unsteered', { tool: 'send_dtmf', reason });
            }
            try {
              await callControl.sendDtmf(keys, signal);
            } catch (error) {
              signal.throwIfAborted();
              log.error('keys could not be pressed', { error: String(error).slice(0, 300) });
              throw answeredError('tool.call_failed', { tool: 'send_dtmf' }, { cause: error });
            }
            return { pressed: [...keys].join(' ') };
          },
        }),
      );
    },
  });
}
