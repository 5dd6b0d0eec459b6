// The model of an agent that another one asks: it answers as the question says.
import type { FakePeer } from '@antiphon/testing';

/** What it may be asked, and the output of the call; undefined where it comes to no answer. */
export const agentQuestions: Readonly<Record<string, RegExp | undefined>> = {
  'be good': /^"?fine"?$/,
  'call a tool': /fine after a call/,
  hang: undefined,
  'close the line': undefined,
  'fail each time': undefined,
  'say nothing': undefined,
  'call without end': undefined,
  'talk nonsense': undefined,
};

/** Plays the model of one question. */
export async function answerAsAsked(peer: FakePeer): Promise<void> {
  let question = '';
  let outputs = 0;
  let responses = 0;
  const send = (type: string, members: object): void => peer.send({ type, ...members } as never);
  const end = (status: string, item?: object): void => {
    responses += 1;
    const response_id = `resp_agent_${responses}`;
    send('response.created', { response: { id: response_id, status: 'in_progress', output: [] } });
    if (item !== undefined) {
      const place = { response_id, output_index: 0 };
      const begun = { ...item, status: 'in_progress' };
      send('response.output_item.added', { ...place, item: begun });
      send('response.output_item.done', { ...place, item: { ...item, status: 'completed' } });
    }
    send('response.done', { response: { id: response_id, status, output: [] } });
  };
  const say = (text: string): void =>
    end('completed', {
      id: `item_agent_${responses}`,
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text }],
    });
  const call = (): void =>
    end('completed', {
      id: `item_agent_${responses}`,
      type: 'function_call',
      call_id: `call_agent_${responses}`,
      name: 'm_throw',
      arguments: '{}',
    });
  const answers: Readonly<Record<string, () => void>> = {
    'be good': () => say('fine'),
    'call a tool': () => (outputs === 0 ? call() : say('fine after a call')),
    hang: () => undefined,
    'close the line': () => peer.close(1011, 'gone'),
    'fail each time': () => end('failed'),
    'say nothing': () => end('completed'),
    'call without end': call,
    'talk nonsense': () => peer.sendRaw('{"type":"response.done","response":'),
  };
  peer.onEvent((event) => {
    if (event.type === 'session.update') send('session.updated', { session: { id: 'sess_agent' } });
    if (event.type === 'conversation.item.create') {
      const { item } = event;
      if (item.type === 'function_call_output') outputs += 1;
      if (item.type === 'message' && item.role === 'user') question = JSON.stringify(item.content);
      send('conversation.item.added', { previous_item_id: null, item });
    }
    if (event.type !== 'response.create') return;
    const asked = Object.keys(answers).find((name) => question.includes(name));
    if (asked !== undefined) answers[asked]?.();
  });
  send('session.created', { session: { id: 'sess_agent', type: 'realtime' } });
  await peer.closed;
}
