// What users of other frameworks suffered most, over real sockets: the life cycle of responses.
import { script } from '@antiphon/testing';
import { defineTool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { liveCall, prepareCall } from './support/live-call.ts';

describe('responses', () => {
  it('01: the server answers a turn while the application asks for speech; both are heard, no collision is shown', async () => {
    const call = await liveCall({
      model: { pace: 1 },
      answers: (model) => model.when({ turn: 1, instructions: 'Help' }).says('The answer to your question.'),
      caller: (caller) => caller.says({ speechMs: 600 }),
    });
    // The request leaves just as the server begins to answer by itself.
    await call.until('the end of the turn', () => call.noticesOf('speech_stopped').length > 0);
    call.session.say('One more thing.');
    await call.until('two answers', () => call.noticesOf('audio_done').length === 2);
    expect(call.agentTexts).toEqual(['The answer to your question.', 'One more thing.']);
    expect(call.noticesOf('warning')).toEqual([]);
  });

  it.each([
    ['after it was told of that', true],
    ['before it was told of that', false],
  ])(
    '01: a request that the server rejects for another response, %s, is made again',
    async (_name, isTold) => {
      const other = { id: 'resp_other', status: 'in_progress' };
      const call = await liveCall({
        server: script()
          .greets()
          .agrees()
          .expects('response.create')
          .does((peer) => {
            const event_id = peer.received.at(-1)?.event_id ?? null;
            const created = { type: 'response.created', response: other };
            const error = {
              type: 'invalid_request_error',
              code: 'conversation_already_has_active_response',
              message: 'Conversation already has an active response in progress: resp_other.',
              param: null,
              event_id,
            };
            const refusal = { type: 'error', error };
            for (const event of isTold ? [created, refusal] : [refusal, created]) {
              peer.send(event);
            }
            peer.send({ type: 'response.done', response: { ...other, status: 'completed', output: [] } });
          })
          .expects('response.create')
          .speaks({ text: 'Here I am.', ms: 100 })
          .build(),
      });
      await call.turn('Hello?');
      expect(call.agentTexts).toEqual(['Here I am.']);
      expect(call.noticesOf('warning')).toEqual([]);
    },
  );

  it('02: an error with the id of our request settles it at once, long before any time-out', async () => {
    const call = await liveCall({
      server: script()
        .greets()
        .agrees()
        .expects('response.create')
        .does((peer) => {
          const event_id = peer.received.at(-1)?.event_id ?? null;
          const error = { type: 'server_error', code: null, message: 'Sorry.', param: null, event_id };
          peer.send({ type: 'error', error });
        })
        .expects('response.create')
        .speaks({ text: 'Second try.', ms: 100 })
        .build(),
    });
    const startMs = call.clock.nowMs();
    await call.turn('Hello?');
    expect(call.agentTexts).toEqual(['Second try.']);
    expect(call.clock.nowMs() - startMs).toBeLessThan(2000);
  });

  it('03: a failed response is asked for again', async () => {
    const call = await liveCall({
      answers: (model) =>
        model.when({ said: 'hello' }, 1).fails('rate_limit_exceeded').otherwise().says('Better now.'),
    });
    await call.turn('Hello?');
    expect(call.agentTexts).toEqual(['Better now.']);
    expect(call.model.conversation.receivedOf('response.create')).toHaveLength(2);
  });

  it('03: when it fails for good, the process speaks itself, and the application is told', async () => {
    const call = await liveCall({
      answers: (model) => model.otherwise().fails('server_error'),
      agent: 'fallback: I cannot answer.',
    });
    call.session.sendText('Hello?');
    await call.until('the end of all tries', () => call.noticesOf('warning').length > 0);
    await call.untilReally(() => call.noticesOf('audio_started').length > 0);
    await call.until('the fallback', () => call.noticesOf('audio_done').length > 0);
    expect(call.caller.heard[0]?.ms).toBeGreaterThan(500);
    expect(call.noticesOf('warning')).toMatchObject([{ code: 'response.failed' }]);
    expect(call.agentTexts).toEqual(['I cannot answer.']);
    expect(call.model.conversation.receivedOf('response.create')).toHaveLength(3);
  });

  it('03: tools of a failed response do not run', async () => {
    const ran: string[] = [];
    const book = defineTool({
      name: 'book',
      description: 'Books.',
      input: { type: 'object', properties: {} },
      execute: () => ran.push('book'),
    });
    const item = { id: 'item_c', type: 'function_call', name: 'book', call_id: 'call_c', arguments: '{}' };
    const failed = {
      id: 'resp_f',
      status: 'failed',
      status_details: { type: 'failed', error: { code: 'server_error', message: 'No.' } },
      output: [{ ...item, status: 'incomplete' }],
    };
    const call = await liveCall({
      tools: [book],
      server: script()
        .greets()
        .agrees()
        .expects('response.create')
        .sends(
          { type: 'response.created', response: { id: 'resp_f', status: 'in_progress' } },
          {
            type: 'response.output_item.added',
            response_id: 'resp_f',
            output_index: 0,
            item: { ...item, status: 'in_progress' },
          },
          {
            type: 'response.function_call_arguments.done',
            response_id: 'resp_f',
            item_id: 'item_c',
            output_index: 0,
            call_id: 'call_c',
            arguments: '{}',
          },
          { type: 'response.done', response: failed },
        )
        .expects('response.create')
        .speaks({ text: 'Without it, then.', ms: 100 })
        .build(),
    });
    await call.turn('Book it.');
    expect(ran).toEqual([]);
    expect(call.agentTexts).toEqual(['Without it, then.']);
  });

  it('04: errors that mean nothing, or that nobody knows, end nothing', async () => {
    const errors = [
      'response_cancel_not_active',
      'item_truncate_invalid_item_id',
      'invalid_value',
      'something_new',
      null,
    ];
    const call = await liveCall();
    for (const code of errors) {
      call.server.peers[0]?.send({
        type: 'error',
        error: { type: 'invalid_request_error', code, message: 'Whatever.', param: null, event_id: null },
      });
    }
    await call.turn('Hello?');
    expect(call.agentTexts).toEqual(['All right.']);
    expect(call.server.peers).toHaveLength(1);
    // Nor do they keep a lost connection from being replaced.
    call.server.peers[0]?.reset();
    await call.until('another connection', () => call.noticesOf('connection_changed').length === 1);
  });

  it('05: a server that never announces its responses is understood all the same', async () => {
    const call = await prepareCall();
    call.server.inject({ kind: 'lose', of: 'response.created', frames: Number.POSITIVE_INFINITY });
    await call.start({ sink: call.caller.sink });
    await call.turn('One.');
    await call.turn('Two.');
    expect(call.agentTexts).toEqual(['All right.', 'All right.']);
    expect(call.server.peers).toHaveLength(1);
    expect(call.noticesOf('warning')).toEqual([]);
  });

  it('06: a session that answers nothing any more is left for another one, with all that was said', async () => {
    const call = await prepareCall({
      answers: (model) => model.when({ said: 'name' }).says('Pleased to meet you.'),
    });
    await call.start({ sink: call.caller.sink });
    await call.turn('My name is Ada.');
    call.server.peers[0]?.inject({ kind: 'ignore', of: 'response.create', events: 100 });
    call.session.sendText('Are you there?');
    await call.until('another connection', () => call.server.peers.length === 2, 60_000);
    await call.settled(60_000);
    expect(call.noticesOf('connection_changed')).toMatchObject([{ why: 'stalled' }]);
    expect(call.model.conversation.items.map(({ text }) => text)).toEqual([
      'My name is Ada.',
      'Pleased to meet you.',
      'Are you there?',
      'All right.',
    ]);
  });

  it('06: the application may move a session itself', async () => {
    const call = await liveCall();
    await call.turn('Remember me.');
    call.session.reseat();
    await call.until('another connection', () => call.noticesOf('connection_changed').length === 1);
    await call.turn('Do you?');
    expect(call.model.conversations).toHaveLength(2);
    expect(call.model.conversation.items.map(({ text }) => text)).toEqual([
      'Remember me.',
      'All right.',
      'Do you?',
      'All right.',
    ]);
    expect(await call.server.peers[0]?.closed).toMatchObject({ code: 1000 });
  });
});
