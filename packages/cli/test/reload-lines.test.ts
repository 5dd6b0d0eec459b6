import { expect, it } from 'vitest';
import { reloadLines } from '../src/render/reload-lines.ts';

const report = { status: 'applied', changes: [], problems: [] } as const;

it('says when each change holds', () => {
  const changes = [
    { place: 'agents.desk.instructions', at: 'agents.yaml:7:5', change: 'changed', applies: 'next_turn' },
    { place: 'plugin shop', at: undefined, change: 'removed', applies: 'next_session' },
    { place: 'agents.desk.voice', at: undefined, change: 'changed', applies: 'new_connection' },
    { place: 'agents.vault', at: undefined, change: 'added', applies: 'now' },
  ] as const;
  expect(reloadLines({ ...report, changes })).toEqual([
    'agents.desk.instructions changed, from the next turn on',
    'plugin shop removed, for the next session',
    'agents.desk.voice changed, with the next connection',
    'agents.vault added, now',
  ]);
});

it('says why a change is refused, and nothing where nothing has changed', () => {
  const problem = {
    code: 'config.unknown_key',
    file: 'agents.yaml',
    line: 7,
    column: 5,
    message: 'unknown key "x"',
    hint: '',
    path: [],
  } as const;
  expect(reloadLines({ ...report, status: 'refused', problems: [problem] })).toEqual([
    'agents.yaml:7:5: unknown key "x"',
    'the change is refused: all goes on as it was',
  ]);
  expect(reloadLines({ ...report, status: 'unchanged' })).toEqual([]);
});
