// A session outlives its process, whenever that is killed: nothing that was acknowledged is lost, and nothing is done twice.
import { appendFileSync } from 'node:fs';
import { replayJournal } from '@antiphon/core';
import { Prng, seedOfSchedule } from '@antiphon/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Death, MortalSession, wholeLines } from './support/mortal-session.ts';
import { tempFolder } from './support/temp-folder.ts';

const kills = Number(process.env['ANTIPHON_KILLS'] ?? 20);
const killsPerSession = 4;
const sessions = Math.ceil(kills / killsPerSession);

function deathOf(random: Prng): Death {
  const kind = random.pick(['time', 'server', 'journal', 'journal'] as const);
  switch (kind) {
    case 'time':
      return { kind, ms: random.int(0, 1200) };
    case 'server':
      return { kind, events: random.int(1, 40) };
    case 'journal': {
      const of = random.pick(['any', 'telling'] as const);
      return {
        kind,
        of,
        record: random.int(1, of === 'any' ? 200 : 30),
        moment: random.pick(['before', 'after']),
      };
    }
  }
}

async function mortalSession(): Promise<MortalSession> {
  const session = await MortalSession.open(tempFolder());
  onTestFinished(() => session.close());
  return session;
}

/** The ids of `some` that are in `all` too, in their order. */
function common(some: readonly string[], all: readonly string[]): readonly string[] {
  const known = new Set(all);
  return some.filter((id) => known.has(id));
}

function expectLogWhole(session: MortalSession): void {
  for (const before of session.logsAtDeath) {
    const kept = before.slice(0, before.lastIndexOf('\n') + 1);
    expect(session.log.startsWith(kept), 'what was written stays').toBe(true);
  }
  const { steps } = session;
  expect(steps.map(({ seq }) => seq)).toEqual(steps.map((_step, index) => index + 1));
  const replayed = replayJournal(session.records);
  expect(replayed).toMatchObject({
    ok: true,
    difference: undefined,
    state: { lifecycle: { kind: 'closed' } },
  });
}

/** Nothing was sent, nor done, before it was written down. */
function expectWrittenAhead(session: MortalSession): void {
  const effects = session.steps.flatMap((step) => step.effects);
  const sent = new Set(
    effects.flatMap((effect) => (effect.type === 'transport.send' ? [effect.event.event_id] : [])),
  );
  const received = session.model.conversations.flatMap((conversation) =>
    conversation.received.map(({ event }) => event.event_id),
  );
  expect(received.filter((id) => !sent.has(id))).toEqual([]);
  const started = new Set(effects.flatMap((effect) => (effect.type === 'tool.start' ? [effect.callId] : [])));
  expect(session.ledger.filter(({ callId }) => !started.has(callId))).toEqual([]);
}

function expectDoneOnce(session: MortalSession): void {
  const once = session.ledger.filter(({ tool }) => tool !== 'look');
  const calls = once.map(({ tool, callId }) => `${tool} ${callId}`);
  expect(
    calls.filter((call, index) => calls.indexOf(call) !== index),
    'called twice',
  ).toEqual([]);
  const payments = once.filter(({ tool }) => tool === 'pay').map(({ id }) => id);
  expect(
    payments.filter((id, index) => payments.indexOf(id) !== index),
    'paid twice',
  ).toEqual([]);
}

function expectConversation(session: MortalSession): void {
  const { items } = session.model.conversation;
  const ids = items.map(({ id }) => id);
  const history = session.told.findLast(({ type }) => type === 'history');
  const remembered = history?.type === 'history' ? history.items.map(({ id }) => id) : [];
  expect(common(remembered, ids)).toEqual(ids);
  for (const earlier of session.model.conversations.slice(0, -1)) {
    const before = earlier.items.map(({ id }) => id);
    expect(common(ids, before)).toEqual(common(before, ids));
  }
  const typed = session.told.flatMap((told) => (told.type === 'typed' ? [told.text] : []));
  const texts = items.filter(({ role }) => role === 'user').map(({ text }) => text);
  expect(
    typed.filter((text) => !texts.includes(text)),
    'typed and lost',
  ).toEqual([]);
  expect(texts.at(-1)).toBe('Are you there?');
  expect(items.at(-1)).toMatchObject({ role: 'assistant', status: 'completed', text: 'I am here.' });
}

function expectOutputs(session: MortalSession): void {
  const { items } = session.model.conversation;
  const calls = items.filter(({ type }) => type === 'function_call');
  const settled = new Set(
    session.steps.flatMap(({ event }) => (event.type === 'tool.settled' ? [event.callId] : [])),
  );
  const receipts = new Map<string, string>();
  for (const call of calls) {
    const outputs = items.filter(
      ({ type, callId }) => type === 'function_call_output' && callId === call.callId,
    );
    expect(outputs).toHaveLength(1);
    expect(items.findIndex(({ id }) => id === outputs[0]?.id)).toBeGreaterThan(
      items.findIndex(({ id }) => id === call.id),
    );
    const output = outputs[0]?.output ?? '';
    if (!settled.has(call.callId)) expect(output).toContain('unknown');
    if (call.name !== 'pay' || output.includes('unknown')) continue;
    // A repeat is told what the first call led to, whatever process made it.
    expect(output).toBe(receipts.get(call.arguments) ?? output);
    receipts.set(call.arguments, output);
  }
  const held = new Set(calls.map(({ callId }) => callId));
  expect(
    session.ledger.filter(({ callId }) => !held.has(callId)),
    'done, and the model is not told',
  ).toEqual([]);
}

describe('a process that is killed', () => {
  it.each(Array.from({ length: sessions }, (_, index) => index))(
    'loses nothing and does nothing twice (session %i)',
    async (index) => {
      const random = new Prng(seedOfSchedule(20_260_101, index));
      const session = await mortalSession();
      const count = Math.min(killsPerSession, kills - index * killsPerSession);
      for (let kill = 0; kill < count; kill += 1) await session.live(deathOf(random), random.int(0, 80));
      await session.last();

      expectLogWhole(session);
      expectWrittenAhead(session);
      expectDoneOnce(session);
      expectConversation(session);
      expectOutputs(session);
      expect(session.refusals).toEqual([]);
    },
  );
});

describe('a log that is not whole', () => {
  /** A session whose process died after its first turn. */
  async function dead(): Promise<MortalSession> {
    const session = await mortalSession();
    await session.live({ kind: 'journal', record: 12, of: 'telling', moment: 'after' }, 5);
    return session;
  }

  it('goes on behind a line that was cut short', async () => {
    const session = await dead();
    appendFileSync(session.logPath, '{"type":"step","seq":99999,"event":{"type":"user.te');
    session.logsAtDeath.push(session.log);
    await session.last();
    const lines = wholeLines(session.log);
    const torn = lines.filter((line) => !isJson(line));
    expect(torn).toHaveLength(1);
    expect(session.model.conversation.items.at(-1)).toMatchObject({ text: 'I am here.' });
    expect(session.refusals).toEqual([]);
  });
});

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
