import { describe, expect, it } from 'vitest';
import { Rendezvous } from '../src/run/rendezvous.ts';

describe('Rendezvous', () => {
  it('hands over in order, whoever comes first', async () => {
    const meeting = new Rendezvous<number>();
    const early = [meeting.take(), meeting.take()];
    await meeting.give(1);
    await meeting.give(2);
    const given = [meeting.give(3), meeting.give(4)];
    expect(await Promise.all([...early, meeting.take(), meeting.take()])).toEqual([1, 2, 3, 4]);
    await Promise.all(given);
  });

  it('keeps the giver waiting until its value was taken', async () => {
    const meeting = new Rendezvous<number>();
    const order: string[] = [];
    const given = meeting.give(1).then(() => order.push('given'));
    await Promise.resolve();
    order.push('take');
    await meeting.take();
    await given;
    expect(order).toEqual(['take', 'given']);
  });

  it('lets everyone go when it is closed, now and later', async () => {
    const takers = new Rendezvous<number>();
    const waiting = takers.take();
    takers.close();
    expect(await waiting).toBeUndefined();
    expect(await takers.take()).toBeUndefined();
    await takers.give(1);
    const givers = new Rendezvous<number>();
    const given = givers.give(1);
    givers.close();
    await given;
    expect(await givers.take()).toBeUndefined();
  });
});
