import { expect, it } from 'vitest';
import { createBetaDialect } from '../../../src/protocol/beta/beta-dialect.ts';
import type { SessionUpdate } from '../../../src/protocol/session-config.ts';

it('writes a session that it wrote before as the server of each connection knows it', () => {
  const session: SessionUpdate = { type: 'realtime', audio: { output: { voice: 'alloy', speed: 1.2 } } };
  const told = (dialect: ReturnType<typeof createBetaDialect>, event_id: string) =>
    dialect.send({ type: 'session.update', event_id, session }).frames?.map((frame) => JSON.parse(frame));
  const update = (event_id: string, stated: object) => [
    { type: 'session.update', event_id, session: stated },
  ];
  const voice = 'alloy';
  for (const [dialect, stated] of [
    [() => createBetaDialect(), { voice, speed: 1.2 }],
    [() => createBetaDialect('2024-10'), { voice }],
    [() => createBetaDialect('2024-10', { temperature: 0.7 }), { temperature: 0.7, voice }],
  ] as const) {
    expect(told(dialect(), 'a')).toEqual(update('a', stated));
    expect(told(dialect(), 'b')).toEqual(update('b', stated));
  }
});
