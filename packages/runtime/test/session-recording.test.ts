import { settlePromises } from '@antiphon/testing';
import { definePlugin, defineTool } from '@antiphon/tools';
import { expect, it } from 'vitest';
import { startScripted } from './support/scripted-session.ts';

const cards = definePlugin({
  name: 'cards',
  setup: (context) => {
    for (const recording of ['pause', 'resume', 'allow'] as const) {
      context.tool(
        defineTool({
          name: `${recording}_it`,
          description: 'Does nothing else.',
          input: { type: 'object', properties: {} },
          recording,
          execute: () => 'done',
        }),
      );
    }
  },
});

it('tells whoever records what the application and tools want', async () => {
  const { session, provider, turn } = await startScripted({ plugins: [cards], tools: { other: null } });
  const told: string[] = [];
  session.observe('recording', ({ change, by }) => told.push(`${change} by ${by}`));
  session.pauseRecording();
  expect(session.recording).toEqual({ phase: 'paused', allowedBy: undefined });
  session.resumeRecording('the desk');
  session.allowRecording('the desk');
  await turn('My card, please.', () =>
    provider.server.callTools('resp_1', [
      { callId: 'call_1', name: 'pause_it', arguments: '{}' },
      { callId: 'call_2', name: 'resume_it', arguments: '{}' },
      { callId: 'call_3', name: 'allow_it', arguments: '{}' },
    ]),
  );
  expect(told).toEqual([
    'paused by application',
    'resumed by the desk',
    'allowed by the desk',
    'paused by pause_it',
    'resumed by resume_it',
  ]);
  expect(session.recording).toEqual({ phase: 'running', allowedBy: 'the desk' });
  await session.close({ mode: 'cancel' });
  await settlePromises();
  expect(() => session.pauseRecording()).toThrow(expect.objectContaining({ code: 'session.closed' }));
});
