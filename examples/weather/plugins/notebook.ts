import { definePlugin, defineTool, ToolError } from '@antiphon/tools';
import { z } from 'zod';

/** Notes of one run, kept in memory: a plugin with settings, two tools and something to close. */
export default definePlugin({
  name: 'notebook',
  config: z.object({ max_notes: z.number().int().positive().default(100) }),
  setup(ctx, { max_notes: maxNotes }) {
    const notes: string[] = [];
    ctx.onClose(() => {
      notes.length = 0;
    });
    ctx.tool(
      defineTool({
        name: 'take_note',
        description: 'Writes down a note',
        input: z.object({ text: z.string().describe('What to write down') }),
        effects: 'external',
        intents: [
          {
            match: ['(take|make) a note [that] {text}', 'write down [that] {text}'],
            reply: 'Noted: {{text}}.',
          },
        ],
        execute({ text }) {
          if (notes.length >= maxNotes) throw new ToolError('The notebook is full.');
          notes.push(text);
          return { notes: notes.length };
        },
      }),
    );
    ctx.tool(
      defineTool({
        name: 'read_notes',
        description: 'Reads all notes',
        input: z.object({}),
        effects: 'none',
        intents: [{ match: ['(read|what are) my notes', 'what did I (note|write down)'] }],
        execute: () => (notes.length === 0 ? 'There are no notes yet.' : notes.join('. ')),
      }),
    );
  },
});
