import type { SessionNotice } from '@antiphon/core';
import { endCallPlugin, notePlugin } from '@antiphon/tools';
import { expect, it } from 'vitest';
import { testConversation } from '../src/index.ts';

it('a conversation ends when the goodbye after end_call was said', async () => {
  await using conversation = await testConversation({ plugins: [endCallPlugin(), notePlugin()] as never });
  const { session } = conversation;
  const notices: SessionNotice[] = [];
  session.observeAll((notice) => notices.push(notice));
  await conversation.turn({
    user: 'Tell them I am late.',
    calls: [{ name: 'leave_note', arguments: { text: 'The user is late.' } }],
    agent: 'I will.',
  });
  const { calls, said } = await conversation.turn({
    user: 'Bye.',
    calls: [{ name: 'end_call', arguments: { reason: 'the user said goodbye' } }],
    agent: 'Goodbye!',
  });
  expect(calls).toMatchObject([{ status: 'completed' }]);
  expect(said).toEqual(['Goodbye!']);
  expect(await session.closed).toEqual({ status: 'completed', reason: 'the user said goodbye' });
  expect(notices.filter(({ type }) => type === 'note')).toMatchObject([{ text: 'The user is late.' }]);
  const order = notices.flatMap((notice) =>
    ['transcript', 'closed'].includes(notice.type) ? [notice.type] : [],
  );
  expect(order.at(-1)).toBe('closed');
});
