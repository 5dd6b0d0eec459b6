import { describe, expect, it } from 'vitest';
import { HeardTarget, range, settle, uplinkRig } from './uplink-rig.ts';

const overHighWater = 300 * 1024;

describe('Uplink', () => {
  it('does not read the source before there is a connection', async () => {
    const { uplink, source } = uplinkRig();
    await settle();
    expect(source.pulls).toBe(0);
    uplink.route({ epoch: 1, target: new HeardTarget() }, 'tail');
    await settle();
    expect(source.pulls).toBe(1);
  });

  it('sends each frame as it comes', async () => {
    const { uplink, feed } = uplinkRig();
    const target = new HeardTarget();
    uplink.route({ epoch: 1, target }, 'tail');
    await feed(60);
    expect(target.pieces.map((piece) => piece.length)).toEqual([20, 20, 20]);
    expect(target.heard).toEqual(range(0, 60));
    expect(uplink.counts).toEqual({
      receivedSamples: 60,
      sentSamples: 60,
      replayedSamples: 0,
      droppedSamples: 0,
      withheldSamples: 0,
      keptSamples: 0,
    });
  });

  it('keeps what comes in a gap for the next connection', async () => {
    const { uplink, feed } = uplinkRig();
    const [first, second] = [new HeardTarget(), new HeardTarget()];
    uplink.route({ epoch: 1, target: first }, 'tail');
    await feed(100);
    uplink.detach();
    await feed(240);
    expect(uplink.counts).toMatchObject({ sentSamples: 100, keptSamples: 240 });
    uplink.route({ epoch: 2, target: second }, 'tail');
    await feed(60);
    expect([first.stretches, second.stretches]).toEqual(['0-100', '100-400']);
    expect(second.pieces.map((piece) => piece.length)).toEqual([100, 100, 40, 20, 20, 20]);
    expect(uplink.counts).toMatchObject({ sentSamples: 400, replayedSamples: 0, keptSamples: 0 });
  });

  it('gives the next connection the open turn again', async () => {
    const { uplink, feed } = uplinkRig();
    const [first, second] = [new HeardTarget(), new HeardTarget()];
    uplink.route({ epoch: 1, target: first }, 'tail');
    await feed(100);
    uplink.mark('item_1', {});
    await feed(100);
    uplink.forget('item_1');
    await feed(100);
    uplink.detach();
    await feed(100);
    uplink.route({ epoch: 2, target: second }, 'open_turn');
    expect(second.stretches).toBe('100-400');
    expect(uplink.counts).toMatchObject({ receivedSamples: 400, sentSamples: 400, replayedSamples: 200 });
  });

  it('forgets a turn up to the commit that ended it', async () => {
    const { uplink, feed } = uplinkRig();
    const [first, second] = [new HeardTarget(), new HeardTarget()];
    uplink.route({ epoch: 1, target: first }, 'tail');
    await feed(100);
    uplink.commit('evt_1');
    await feed(100);
    uplink.commit('evt_2');
    uplink.mark('item_1', { commit: 'evt_1' });
    uplink.forget('item_1');
    uplink.route({ epoch: 2, target: second }, 'open_turn');
    expect(second.stretches).toBe('100-200');
    // Commits over another connection are none of this one.
    uplink.mark('item_2', { commit: 'evt_2' });
    uplink.forget('item_2');
    const third = new HeardTarget();
    uplink.route({ epoch: 3, target: third }, 'open_turn');
    expect(third.stretches).toBe('');
  });

  it('gives what was said behind the last turn again, and not that turn', async () => {
    const { uplink, feed } = uplinkRig();
    const [second, third] = [new HeardTarget(), new HeardTarget()];
    uplink.route({ epoch: 1, target: new HeardTarget() }, 'tail');
    await feed(100);
    uplink.commit('evt_1');
    await feed(100);
    uplink.mark('item_1', { commit: 'evt_1' });
    uplink.route({ epoch: 2, target: second }, 'tail');
    expect(second.stretches).toBe('100-200');
    uplink.forget('item_1');
    uplink.route({ epoch: 3, target: third }, 'tail');
    expect(third.stretches).toBe('');
  });

  it('forgets a turn up to where the server has found its end', async () => {
    const { uplink, feed } = uplinkRig();
    const [first, second, third] = [new HeardTarget(), new HeardTarget(), new HeardTarget()];
    uplink.route({ epoch: 1, target: first }, 'tail');
    await feed(100);
    uplink.route({ epoch: 2, target: second }, 'tail');
    await feed(200);
    // Milliseconds of what this connection was given.
    uplink.mark('item_1', { audioEndMs: 80 });
    uplink.forget('item_1');
    uplink.route({ epoch: 3, target: third }, 'open_turn');
    expect(third.stretches).toBe('180-300');
  });

  it('finds the end of a turn behind what was given again or left out', async () => {
    const { uplink, feed } = uplinkRig();
    const [first, second, third] = [new HeardTarget(), new HeardTarget(), new HeardTarget()];
    uplink.route({ epoch: 1, target: first }, 'tail');
    await feed(100);
    uplink.route({ epoch: 2, target: second }, 'open_turn');
    uplink.setGate({ kind: 'turns', lookBackMs: 20 });
    await feed(100);
    uplink.setGate({ kind: 'open' });
    await feed(100);
    expect(second.stretches).toBe('0-100 200-300');
    uplink.mark('item_1', { audioEndMs: 100 });
    uplink.mark('item_2', { audioEndMs: 140 });
    uplink.forget('item_1');
    uplink.route({ epoch: 3, target: third }, 'open_turn');
    expect(third.stretches).toBe('200-300');
    uplink.forget('item_2');
    const fourth = new HeardTarget();
    uplink.route({ epoch: 4, target: fourth }, 'open_turn');
    expect(fourth.stretches).toBe('240-300');
  });

  it.each([
    ['lies behind all that was given', [500], '200-300'],
    ['does not lie behind the one before', [150, 150], '200-300'],
  ])('takes what was given so far for a turn whose end %s', async (_, ends, stretches) => {
    const { uplink, feed } = uplinkRig();
    const second = new HeardTarget();
    uplink.route({ epoch: 1, target: new HeardTarget() }, 'tail');
    await feed(200);
    for (const audioEndMs of ends) uplink.mark('item_1', { audioEndMs });
    uplink.forget('item_1');
    await feed(100);
    uplink.route({ epoch: 2, target: second }, 'open_turn');
    expect(second.stretches).toBe(stretches);
  });

  it('remembers five seconds of what was sent', async () => {
    const { uplink, feed } = uplinkRig();
    const second = new HeardTarget();
    uplink.route({ epoch: 1, target: new HeardTarget() }, 'tail');
    await feed(8_000);
    uplink.route({ epoch: 2, target: second }, 'open_turn');
    expect(second.stretches).toBe('3000-8000');
  });

  it('remembers three times as much in the midst of a turn', async () => {
    const { uplink, user, feed } = uplinkRig();
    const second = new HeardTarget();
    uplink.route({ epoch: 1, target: new HeardTarget() }, 'tail');
    user.inTurn = true;
    await feed(16_000);
    uplink.route({ epoch: 2, target: second }, 'open_turn');
    expect(second.stretches).toBe('1000-16000');
  });

  it('gives no connection a sample twice', async () => {
    const { uplink, feed } = uplinkRig();
    const target = new HeardTarget();
    uplink.route({ epoch: 1, target }, 'tail');
    await feed(100);
    uplink.detach();
    await feed(100);
    uplink.route({ epoch: 1, target }, 'open_turn');
    uplink.route({ epoch: 1, target }, 'open_turn');
    expect(target.heard).toEqual(range(0, 200));
  });

  it('loses the oldest of a live source when the gap is too long, and counts it', async () => {
    const { uplink, feed } = uplinkRig();
    const second = new HeardTarget();
    uplink.route({ epoch: 1, target: new HeardTarget() }, 'tail');
    await feed(1_000);
    uplink.detach();
    await feed(17_000);
    expect(uplink.counts).toMatchObject({ droppedSamples: 2_000, keptSamples: 15_000 });
    uplink.route({ epoch: 2, target: second }, 'tail');
    expect(second.stretches).toBe('3000-18000');
    expect(uplink.counts).toMatchObject({ sentSamples: 16_000, droppedSamples: 2_000, keptSamples: 0 });
  });

  it('lets a recorded source wait in a gap', async () => {
    const { uplink, source, feed } = uplinkRig('recorded');
    const second = new HeardTarget();
    uplink.route({ epoch: 1, target: new HeardTarget() }, 'tail');
    await feed(100);
    uplink.detach();
    expect(await feed(100)).toBe(20);
    expect(source.wanted).toBe(false);
    uplink.route({ epoch: 2, target: second }, 'tail');
    await feed(80);
    expect(second.stretches).toBe('100-200');
    expect(uplink.counts.droppedSamples).toBe(0);
  });

  it('keeps audio back while it is held', async () => {
    const { uplink, feed } = uplinkRig();
    const target = new HeardTarget();
    uplink.route({ epoch: 1, target }, 'tail');
    await feed(40);
    uplink.hold();
    await feed(60);
    expect(target.stretches).toBe('0-40');
    uplink.release();
    expect(target.stretches).toBe('0-100');
  });

  it('holds over a change of the connection', async () => {
    const { uplink, feed } = uplinkRig();
    const [first, second] = [new HeardTarget(), new HeardTarget()];
    uplink.route({ epoch: 1, target: first }, 'tail');
    uplink.hold();
    await feed(60);
    uplink.route({ epoch: 2, target: second }, 'tail');
    await feed(20);
    expect(second.heard).toEqual([]);
    uplink.release();
    expect(second.stretches).toBe('0-80');
  });

  it('waits for a slow connection, and loses the oldest only beyond the bound', async () => {
    const { uplink, clock, feed } = uplinkRig();
    const target = new HeardTarget();
    uplink.route({ epoch: 1, target }, 'tail');
    target.bufferedBytes = overHighWater;
    await feed(6_000);
    expect(target.heard).toEqual([]);
    expect(uplink.counts).toMatchObject({ droppedSamples: 1_000, keptSamples: 5_000 });
    clock.fire();
    expect(target.heard).toEqual([]);
    target.bufferedBytes = 0;
    clock.fire();
    expect(target.stretches).toBe('1000-6000');
    expect(clock.timers.size).toBe(0);
  });

  it('lets a recorded source wait for a slow connection', async () => {
    const { uplink, clock, feed } = uplinkRig('recorded');
    const target = new HeardTarget();
    uplink.route({ epoch: 1, target }, 'tail');
    target.bufferedBytes = overHighWater;
    expect(await feed(100)).toBe(20);
    target.bufferedBytes = 0;
    clock.fire();
    expect(await feed(100)).toBe(100);
    expect(target.stretches).toBe('0-120');
  });

  it('keeps a long frame of a recorded source whole', async () => {
    const { uplink, source, clock } = uplinkRig('recorded');
    const target = new HeardTarget();
    uplink.route({ epoch: 1, target }, 'tail');
    await settle();
    target.bufferedBytes = overHighWater;
    await source.feed(30_000, 30_000);
    target.bufferedBytes = 0;
    clock.fire();
    expect(target.stretches).toBe('0-30000');
  });

  it('sends everything at once when it is told to, however slow the connection is', async () => {
    const { uplink, feed } = uplinkRig();
    const target = new HeardTarget();
    uplink.route({ epoch: 1, target }, 'tail');
    target.bufferedBytes = overHighWater;
    await feed(500);
    expect(target.heard).toEqual([]);
    uplink.hold();
    uplink.sendAll();
    expect(target.heard).toEqual([]);
    uplink.release();
    await feed(500);
    uplink.sendAll();
    expect(target.stretches).toBe('0-1000');
  });

  it('lets go of everything', async () => {
    const { uplink, source, clock, feed } = uplinkRig();
    const target = new HeardTarget();
    uplink.route({ epoch: 1, target }, 'tail');
    target.bufferedBytes = overHighWater;
    await feed(40);
    expect(clock.timers.size).toBe(1);
    uplink.close();
    await settle();
    expect(source.aborted).toBe(true);
    expect(clock.timers.size).toBe(0);
  });

  it('tells that the source has ended, unless it ended it itself', async () => {
    const [one, other] = [uplinkRig(), uplinkRig()];
    for (const { uplink, feed } of [one, other]) {
      uplink.route({ epoch: 1, target: new HeardTarget() }, 'tail');
      await feed(40);
    }
    one.source.end();
    other.uplink.close();
    await settle();
    expect([one.ends, other.ends]).toEqual([[40], []]);
  });

  it('tells that the source has failed', async () => {
    const { uplink, failures, source } = uplinkRig();
    source.frames = async function* () {
      yield new Int16Array(20);
      throw new Error('unplugged');
    };
    uplink.route({ epoch: 1, target: new HeardTarget() }, 'tail');
    await settle();
    expect(failures).toMatchObject([{ message: 'unplugged' }]);
  });
});

describe('an Uplink that is open in turns only', () => {
  function gated(kind?: 'live' | 'recorded') {
    const rig = uplinkRig(kind);
    const target = new HeardTarget();
    rig.uplink.setGate({ kind: 'turns', lookBackMs: 500 });
    rig.uplink.route({ epoch: 1, target }, 'tail');
    return { ...rig, target };
  }

  it('sends a turn with what came shortly before it', async () => {
    const { uplink, target, feed } = gated();
    await feed(1_000);
    expect(target.heard).toEqual([]);
    uplink.openTurn(uplink.position - 300);
    await feed(400);
    uplink.closeTurn(uplink.position);
    await feed(1_000);
    expect(target.stretches).toBe('700-1400');
    expect(uplink.counts).toMatchObject({
      receivedSamples: 2_400,
      sentSamples: 700,
      withheldSamples: 1_200,
      keptSamples: 500,
      droppedSamples: 0,
    });
  });

  it('begins at the earliest with what it looks back on, and never before the end of the last turn', async () => {
    const { uplink, target, feed } = gated();
    await feed(1_000);
    uplink.openTurn(0);
    await feed(100);
    uplink.closeTurn(uplink.position);
    await feed(100);
    uplink.openTurn(uplink.position - 300);
    expect(target.stretches).toBe('500-1200');
  });

  it('sends all of a turn before its end, however slow the connection is', async () => {
    const { uplink, target, feed } = gated();
    target.bufferedBytes = overHighWater;
    uplink.openTurn(0);
    await feed(500);
    expect(target.heard).toEqual([]);
    uplink.closeTurn(uplink.position);
    uplink.sendAll();
    expect(target.stretches).toBe('0-500');
  });

  it('keeps the turns of a gap, and nothing else of it', async () => {
    const { uplink, target, feed } = gated();
    uplink.detach();
    for (const _ of ['first', 'second']) {
      await feed(1_000);
      uplink.openTurn(uplink.position - 200);
      await feed(300);
      uplink.closeTurn(uplink.position);
    }
    uplink.route({ epoch: 2, target }, 'tail');
    expect(target.stretches).toBe('800-1300 2100-2600');
  });

  it('replays the turns since the last forget, without what lies between them', async () => {
    const { uplink, feed } = gated();
    const second = new HeardTarget();
    for (const _ of [1, 2, 3]) {
      await feed(500);
      uplink.openTurn(uplink.position - 100);
      await feed(200);
      uplink.closeTurn(uplink.position);
      uplink.mark(`item_${_}`, {});
      if (_ === 2) uplink.forget('item_1');
    }
    uplink.route({ epoch: 2, target: second }, 'open_turn');
    expect(second.stretches).toBe('1100-1400 1800-2100');
  });

  it('does not send what is left of a dropped turn', async () => {
    const { uplink, target, feed } = gated();
    uplink.hold();
    uplink.openTurn(0);
    await feed(100);
    uplink.dropTurn();
    uplink.release();
    await feed(100);
    expect(target.heard).toEqual([]);
    expect(uplink.counts.droppedSamples).toBe(0);
  });

  it('gives the padding of a turn again that was sent of a dropped one', async () => {
    const { uplink, target, feed } = gated();
    await feed(1_000);
    uplink.openTurn(900);
    await feed(500);
    uplink.dropTurn();
    await feed(100);
    uplink.openTurn(uplink.position - 300);
    expect(target.stretches).toBe('900-1500 1300-1600');
    expect(uplink.counts).toMatchObject({ sentSamples: 700, replayedSamples: 200, droppedSamples: 0 });
  });

  it('goes on reading a recorded source between turns', async () => {
    const { uplink, target, feed } = gated('recorded');
    expect(await feed(1_000)).toBe(1_000);
    uplink.openTurn(900);
    expect(target.stretches).toBe('900-1000');
  });

  it('opens and closes with the agent', async () => {
    const { uplink, target, feed } = gated();
    await feed(1_000);
    uplink.setGate({ kind: 'open' });
    await feed(200);
    uplink.setGate({ kind: 'turns', lookBackMs: 500 });
    await feed(200);
    expect(target.stretches).toBe('1000-1200');
  });
});
