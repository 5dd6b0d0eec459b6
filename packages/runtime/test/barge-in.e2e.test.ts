// A user who cuts in, over real sockets: silence at once, and the server learns what was really heard.
import { Prng, RecordingSink } from '@antiphon/testing';
import { expect, it } from 'vitest';
import { type LiveCall, prepareCall } from './support/live-call.ts';
import { TalkingServer } from './support/talking-server.ts';

/** A speaker that writes down when it is given sound and when it is told to drop it. */
class NotingSink extends RecordingSink {
  readonly #note: (what: string) => void;

  constructor(call: LiveCall, note: (what: string) => void) {
    super({ sampleRateHz: 24_000, clock: call.clock });
    this.#note = note;
  }

  override write(chunk: Parameters<RecordingSink['write']>[0]): void {
    this.#note(`write ${chunk.itemId}`);
    super.write(chunk);
  }

  override flush(): void {
    this.#note('flush');
    super.flush();
  }
}

/** What became of an item that was cut: how much the server was told was heard. */
function toldMs(server: TalkingServer, itemId: string): number | undefined {
  for (const event of server.peer.received) {
    if (event.type === 'conversation.item.truncate' && event.item_id === itemId) return event.audio_end_ms;
    if (event.type === 'conversation.item.delete' && event.item_id === itemId) return 0;
  }
  return undefined;
}

it('is met with silence in the same step, a hundred times, and what was heard is told to the millisecond', async () => {
  const random = new Prng(7);
  const server = new TalkingServer();
  const call = await prepareCall({ server: server.script });
  const notes: string[] = [];
  const sink = new NotingSink(call, (what) => notes.push(what));
  const session = await call.start({ sink });
  session.inspect(({ event }) => {
    if (event.type === 'server.event') notes.push(event.event.type);
  });
  session.sendText('Talk.');
  await call.pass(0);

  for (let turn = 1; turn <= 100; turn += 1) {
    const deltasMs = Array.from({ length: random.int(2, 12) }, () => random.int(20, 400));
    const totalMs = deltasMs.reduce((sum, ms) => sum + ms, 0);
    server.talk(deltasMs);
    const isWhole = random.chance(0.5);
    if (isWhole) server.finish();
    await call.pass(0);
    // Sound of less than a sample is none.
    call.clock.advance(random.chance(0.1) ? 0 : random.next() * (totalMs - 1));
    const { itemId } = server;
    const isQueued = random.chance(0.3);
    // More may be on its way as the user is heard, or come after it.
    if (isQueued && !isWhole) server.more([random.int(20, 400)]);
    const from = notes.length;
    server.hear();
    if (!isWhole) server.more([random.int(20, 400)]);
    await call.pass(0);

    const since = notes.slice(from);
    const heardAt = since.indexOf('input_audio_buffer.speech_started');
    expect(since[heardAt + 1], `turn ${turn}`).toBe('flush');
    expect(since.slice(heardAt + 1).filter((what) => what.startsWith('write'))).toEqual([]);
    expect(sink.flushes).toBe(turn);
    expect(toldMs(server, itemId), `turn ${turn}`).toBe(Math.floor(sink.playedMs(itemId)));
    server.heard();
    await call.pass(0);
  }
  expect(server.peer.refused).toEqual([]);
});
