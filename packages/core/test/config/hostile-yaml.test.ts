import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/config/format-problem.ts';
import { parseAgentsFile } from '../../src/config/parse-agents-file.ts';
import { sampleFile } from './sample.ts';

const maxBytes = 256 * 1024;
const fill = (unit: string, byteLength = maxBytes) => unit.repeat(Math.floor(byteLength / unit.length));
const list = (length: number, each: (index: number) => string, between = '') =>
  Array.from({ length }, (_, index) => each(index)).join(between);

function codes(text: string): readonly string[] {
  const parsed = parseAgentsFile(text, { file: 'agents.yaml', env: {} });
  return parsed.ok ? [] : [...new Set(parsed.problems.map(({ code }) => code))];
}

describe('hostile YAML is refused', { timeout: 60_000 }, () => {
  const laughs = `a: &a0 [${list(9, () => 'x', ',')}]\n${list(9, (i) => `b${i}: &a${i + 1} [${list(9, () => `*a${i}`, ',')}]\n`)}`;
  const wideMerge = `a: &a {${list(3000, (i) => `k${i}: 1`, ', ')}}\n${list(90, (i) => `m${i}: {<<: *a}\n`)}`;
  const mergeChain = `m0: &m0 {a: 1}\n${list(90, (i) => `m${i + 1}: &m${i + 1} {<<: [*m${i}, *m${i}]}\n`)}`;

  test.each<[string, string, string]>([
    ['a byte too many', fill('a', maxBytes + 1), 'config.too_large'],
    ['letters of many bytes', fill('ü', 140_000), 'config.too_large'],
    ['5,000 open brackets', fill('[', 5_000), 'config.too_deep'],
    ['5,000 open braces', fill('{a: ', 20_000), 'config.too_deep'],
    ['5,000 dashes', fill('- ', 10_000), 'config.too_deep'],
    ['a staircase of keys', list(500, (i) => `${' '.repeat(i)}k:\n`), 'config.too_deep'],
    ['lists of 40 levels', `a: ${fill('[', 40)}${fill(']', 40)}`, 'config.too_deep'],
    ['closing brackets', fill(']'), 'config.too_many_nodes'],
    ['keys', fill('k: 1\n'), 'config.too_many_nodes'],
    ['documents', fill('---\n'), 'config.too_many_nodes'],
    ['anchors', fill('&a '), 'config.too_many_nodes'],
    ['a billion laughs', laughs, 'config.too_many_nodes'],
    ['merges of a wide mapping', wideMerge, 'config.too_many_nodes'],
    ['a chain of merges', mergeChain, 'config.too_many_nodes'],
    ['101 aliases', `a: &a 1\nb: [${list(101, () => '*a', ',')}]`, 'config.too_many_aliases'],
    ['an alias inside itself', 'a: &a [*a]', 'config.bad_alias'],
    ['1,000 syntax errors', fill('- @a\n', 5_000), 'config.more_syntax'],
    ['directives', fill('%YAML 1.2\n', 500), 'config.syntax'],
    ['a key of 200,000 letters', `${fill('k', 200_000)}: 1`, 'config.syntax'],
    ['a NUL', 'version: 1\nagents: { a: { voice: \0 } }\n\0', 'config.syntax'],
    ['many variables', `agents: { a: { voice: "${fill('${A}', 200_000)}" } }`, 'config.bad_variable'],
    [
      'many problems',
      `version: 1\nagents: { a: { handoffs: [${list(5_000, () => 'b', ',')}] } }`,
      'config.more_problems',
    ],
  ])('%s', (_, text, code) => {
    expect(codes(text)).toContain(code);
  });

  test.each(['__proto__', 'constructor', 'prototype'])('the key %s, at any depth', (key) => {
    expect(codes(`version: 1\n${key}: { polluted: 1 }\nagents: { a: { ${key}: 1 } }`)).toEqual([
      'config.forbidden_key',
    ]);
    expect(codes(`version: 1\nagents: { a: {} }\nplugins: [{ use: x, config: { "${key}": 1 } }]`)).toEqual([
      'config.forbidden_key',
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('as often as one likes, within one process', () => {
    for (let round = 0; round < 300; round++) expect(codes(fill('[', 3_000))).toEqual(['config.too_deep']);
  });
});

describe('whatever the text', { timeout: 60_000 }, () => {
  const lineCount = (text: string) => text.split('\n').length;

  /** Never throws, and every problem has a place in the text and can be shown. */
  function survives(text: string): void {
    const parsed = parseAgentsFile(text, { file: 'agents.yaml', env: { CRM_URL: 'https://crm.example' } });
    const problems = parsed.ok ? parsed.warnings : parsed.problems;
    expect(parsed.ok || problems.length > 0).toBe(true);
    for (const problem of problems) {
      expect(problem.line).toBeGreaterThanOrEqual(1);
      expect(problem.line).toBeLessThanOrEqual(lineCount(text));
      expect(problem.column).toBeGreaterThanOrEqual(1);
      expect(formatProblem(problem, text)).toContain(problem.message);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  }

  const piece = fc.constantFrom(
    ...[
      '[',
      ']',
      '{',
      '}',
      ':',
      ': ',
      '- ',
      '? ',
      '"',
      "'",
      '|',
      '>',
      '&a ',
      '*a',
      '!!x ',
      '#',
      '%',
      '@',
      '\t',
      '\n',
    ],
    ...[
      '<<: ',
      '${',
      '${A}',
      '{{',
      '}}',
      '---\n',
      '...\n',
      '\n  ',
      'agents:',
      '__proto__: ',
      '\0',
      '\ufeff',
      '\ud800',
      '~',
    ],
  );

  test('made of YAML marks', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => survives(pieces.join(''))),
      { numRuns: 300 },
    );
  });

  test('made by editing a sound file', () => {
    const edit = fc.record({
      at: fc.nat({ max: sampleFile.length }),
      cut: fc.nat({ max: 12 }),
      insert: fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 6 })),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        survives(
          edits.reduce(
            (text, { at, cut, insert }) => text.slice(0, at) + insert + text.slice(at + cut),
            sampleFile,
          ),
        );
      }),
      { numRuns: 80 },
    );
  });
});
