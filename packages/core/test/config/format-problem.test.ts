import { expect, test } from 'vitest';
import { formatProblem } from '../../src/config/format-problem.ts';

const problem = { file: 'a.yaml', code: 'config.wrong_value', message: 'm', hint: 'h', path: [] } as const;
const show = (text: string, line: number, column: number) =>
  formatProblem({ ...problem, line, column }, text);

test('puts the caret under the place, also behind a tab', () => {
  expect(show('a: 1\nb:\tx\n', 2, 4)).toBe('a.yaml:2:4: m\nb:\tx\n  \t^\nhint: h');
});

test('leaves the excerpt out for a blank line', () => {
  expect(show('\n', 1, 1)).toBe('a.yaml:1:1: m\nhint: h');
});

test('cuts a long line on both sides of the place', () => {
  const line = `${'a'.repeat(200)}X${'b'.repeat(200)}`;
  const [, excerpt = '', caret = ''] = show(line, 1, 201).split('\n');
  expect(excerpt).toBe(`…${'a'.repeat(49)}X${'b'.repeat(49)}…`);
  expect(excerpt[caret.indexOf('^')]).toBe('X');
});

test('lets no control character through to the terminal', () => {
  expect(show('a: \u001b[31mred\r\n', 1, 4)).toBe('a.yaml:1:4: m\na: ·[31mred\n   ^\nhint: h');
});
