// What users of other frameworks suffered most, over real sockets: interruptions, and what was heard.
import { defineTool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { type LiveCall, liveCall } from './support/live-call.ts';

const long = 'one two three four five six seven eight nine ten';

/** Milliseconds of an item that the caller heard. */
function heardMs(call: LiveCall, itemId: string): number {
  return call.caller.heard.filter((speech) => speech.itemId === itemId).reduce((sum, { ms }) => sum + ms, 0);
}

describe('interruptions', () => {
  it('07: speech is cut while it plays although it was generated long ago, and the server learns what was heard', async () => {
    const call = await liveCall({
      model: { pace: 100 },
      answers: (model) => model.when({ turn: 1 }).says(long),
      caller: (caller) =>
        caller.says({ speechMs: 500 }).says({ speechMs: 600 }).after({ agentSpeaksMs: 400 }),
    });
    await call.until('the second answer', () => call.noticesOf('audio_done').length === 2);
    const [first] = call.model.conversation.items.filter(({ role }) => role === 'assistant');
    expect(first).toMatchObject({ audioMs: 3000, status: 'completed' });
    expect(first?.keptMs).toBe(Math.floor(heardMs(call, first?.id ?? '')));
    expect(first?.keptMs).toBeGreaterThanOrEqual(400);
    expect(first?.keptMs).toBeLessThan(600);
    expect(call.caller.cuts).toBe(1);
    expect(call.refusals).toEqual([]);
  });

  it('08: nothing is cut longer than it is, and what waited behind it is cut too', async () => {
    const call = await liveCall({
      model: { pace: 100 },
      answers: (model) => model.when({ said: 'count' }).says(long),
    });
    call.session.sendText('Count.');
    call.session.say('And this comes later.');
    await call.until('both to be generated', () => call.noticesOf('response_done').length === 2);
    await call.until('some of it to be heard', () => (call.caller.heard[0]?.ms ?? 0) >= 500);
    call.session.interrupt();
    await call.settled();
    await call.pass(100);
    const items = call.model.conversation.items.filter(({ role }) => role === 'assistant');
    expect(items.map(({ text }) => text)).toEqual([long]);
    expect(items[0]?.keptMs).toBe(Math.floor(heardMs(call, items[0]?.id ?? '')));
    expect(call.refusals).toEqual([]);
  });

  it('08: sound that came in pieces is cut at what came of it', async () => {
    const call = await liveCall({
      model: { pace: 0.5, cancelLagMs: 200 },
      answers: (model) => model.when({ said: 'count' }).says(long),
    });
    call.session.sendText('Count.');
    await call.until('some of it to be heard', () => (call.caller.heard[0]?.ms ?? 0) >= 300);
    call.session.interrupt();
    await call.until('the end of the response', () => call.noticesOf('response_done').length === 1);
    await call.pass(200);
    const [item] = call.model.conversation.items.filter(({ role }) => role === 'assistant');
    expect(item?.keptMs).toBe(Math.floor(heardMs(call, item?.id ?? '')));
    expect(item?.audioMs).toBeGreaterThan(item?.keptMs ?? Number.POSITIVE_INFINITY);
    expect(call.refusals).toEqual([]);
  });

  it('09: an answer of which nothing was heard leaves the conversation', async () => {
    const call = await liveCall({ model: { pace: 100 } });
    call.session.sendText('Hello?');
    await call.until('sound', () => call.noticesOf('audio_started').length === 1);
    call.session.interrupt();
    await call.settled();
    await call.pass(100);
    expect(call.model.conversation.receivedOf('conversation.item.truncate')).toEqual([]);
    expect(call.model.conversation.receivedOf('conversation.item.delete')).toHaveLength(1);
    expect(call.model.conversation.items.map(({ role }) => role)).toEqual(['user']);
    expect(call.refusals).toEqual([]);
  });

  it('10: our record keeps its order and its texts, however late transcripts are and whatever is cut', async () => {
    const call = await liveCall({
      model: { pace: 100, transcriptionMs: 2500, hears: ['Count to ten.', 'Stop.'] },
      answers: (model) => model.when({ turn: 1 }).says(long).when({ turn: 2 }).says('Stopped.'),
      caller: (caller) =>
        caller.says({ speechMs: 500 }).says({ speechMs: 600 }).after({ agentSpeaksMs: 600 }),
    });
    await call.until('both answers', () => call.noticesOf('audio_done').length === 2);
    await call.pass(3000);
    await call.turn('Thank you.');
    const history = call.session.history.map((item) =>
      item.kind === 'message' ? [item.role, item.text] : [],
    );
    expect(history).toEqual([
      ['user', 'Count to ten.'],
      ['agent', long],
      ['user', 'Stop.'],
      ['agent', 'Stopped.'],
      ['user', 'Thank you.'],
      ['agent', 'All right.'],
    ]);
    const [, cut] = call.session.history;
    const heard = cut?.kind === 'message' ? cut.heard : undefined;
    expect(`${heard?.text} ${heard?.unheard}`.replaceAll(/\s+/g, ' ').trim()).toBe(long);
    expect(heard?.text).toMatch(/^one two/);
    expect(heard?.unheard).toMatch(/ten$/);
  });

  it('11: a tool that hangs up waits until the goodbye was heard', async () => {
    let heardBefore = 0;
    const hangUp = defineTool({
      name: 'hang_up',
      description: 'Ends the call.',
      input: { type: 'object', properties: {} },
      start: 'after_playback',
      reply: 'never',
      execute: () => {
        heardBefore = call.caller.heard[0]?.ms ?? 0;
        return 'bye';
      },
    });
    const call: LiveCall = await liveCall({
      model: { pace: 100 },
      answers: (model) =>
        model
          .otherwise()
          .answers({ says: 'Goodbye and thank you for calling.', calls: [{ name: 'hang_up' }] }),
      tools: [hangUp],
    });
    await call.turn('Bye.');
    expect(call.noticesOf('response_done')[0]?.atMs).toBeLessThan(300);
    expect(heardBefore).toBeCloseTo(1800, 0);
    expect(call.noticesOf('tool_settled')).toMatchObject([{ outcome: { status: 'completed' } }]);
  });

  // How a detector on this side tells the agent's own voice from the user's is tested with the detector.
  it('12: what was said just before a turn was begun belongs to it', async () => {
    const call = await liveCall({
      agent: 'turn_detection: { type: push_to_talk, prefix_padding_ms: 300 }',
      caller: (caller) => caller.staysSilent(500).says({ speechMs: 1000 }),
    });
    await call.pass(700);
    expect(call.model.conversation.heard.ms).toBe(0);
    call.session.startTurn();
    await call.pass(900);
    call.session.commit();
    await call.until('the answer', () => call.noticesOf('audio_done').length === 1);
    // 200 ms of the speech lay before the turn began.
    expect(call.model.conversation.heard.ms).toBeGreaterThanOrEqual(1180);
    expect(call.model.conversation.heard.ms).toBeLessThanOrEqual(1240);
    expect(call.refusals).toEqual([]);
  });

  it('13: of turns that come thick and fast none is swallowed', async () => {
    const call = await liveCall({ model: { pace: 2 } });
    for (const text of ['One.', 'Two.', 'Three.']) {
      call.session.sendText(text);
      await call.pass(10);
    }
    await call.settled();
    const items = call.model.conversation.items;
    expect(items.filter(({ role }) => role === 'user').map(({ text }) => text)).toEqual([
      'One.',
      'Two.',
      'Three.',
    ]);
    expect(items.at(-1)).toMatchObject({ role: 'assistant', text: 'All right.' });
    expect(call.refusals).toEqual([]);
  });

  it('13: nor of spoken ones that interrupt each other', async () => {
    const call = await liveCall({
      model: { pace: 2 },
      answers: (model) => model.when({ turn: 4 }).says('The last one.').otherwise().says(long),
      caller: (caller) => {
        caller.says({ speechMs: 500 });
        for (let turn = 0; turn < 3; turn++) {
          caller.says({ speechMs: 500 }).after({ agentSpeaksMs: 100 });
        }
      },
    });
    await call.until('the last answer', () => call.agentTexts.includes('The last one.'), 30_000);
    await call.settled();
    expect(call.noticesOf('user_turn')).toHaveLength(4);
    expect(call.noticesOf('response_started')).toHaveLength(4);
    expect(call.refusals).toEqual([]);
  });
});
