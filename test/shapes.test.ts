import { describe, expect, it } from 'vitest';
import { runScript } from './support/run-script.ts';
import { checkTree, type Files } from './support/toy-tree.ts';

const script = 'check-shapes.mjs';
const fields = (count: number): string => Array.from({ length: count }, (_, i) => `#f${i} = 0;`).join(' ');

const cleanTree: Files = {
  'packages/core/src/index.ts': "export { Small } from './small.ts'; export type { Kind } from './small.ts';",
  'packages/core/src/small.ts': `export type Kind = 'a';
    export class Small { ${fields(6)} readonly on = true; readonly off: boolean = false; static count = 0; }`,
  'packages/core/src/flag.ts': 'export class Flag { #open = false; name = ""; }',
  'packages/tools/src/plugins/clock.ts': 'export default {};',
};

const seeds = [
  {
    rule: 'few-mutable-fields',
    path: 'packages/core/src/wide.ts',
    text: `export class Wide { ${fields(7)} }`,
  },
  {
    rule: 'one-boolean-field',
    path: 'packages/core/src/flags.ts',
    text: 'export class Flags { #a = false; b?: boolean; }',
  },
  { rule: 'no-export-all', path: 'packages/core/src/all.ts', text: "export * from './small.ts';" },
  { rule: 'no-export-all', path: 'packages/core/src/types.ts', text: "export type * from './small.ts';" },
  { rule: 'no-default-export', path: 'packages/core/src/default.ts', text: 'export default 1;' },
];

describe('the shape check', () => {
  const seeded = checkTree(script, {
    ...cleanTree,
    ...Object.fromEntries(seeds.map(({ path, text }) => [path, text])),
  });

  it('finds nothing in a tree that keeps the rules', () => {
    const { run, result } = checkTree(script, cleanTree);
    expect(result).toEqual({ violations: [], filesRead: Object.keys(cleanTree).length });
    expect(run.exitCode).toBe(0);
  });

  it.each(seeds)('sees $rule broken at $path', ({ rule, path }) => {
    expect(seeded.result.violations).toContainEqual(expect.objectContaining({ rule, path, line: 1 }));
  });

  it('fails on these and on nothing else', () => {
    expect(seeded.run.exitCode).toBe(1);
    expect(seeded.result.violations).toHaveLength(seeds.length);
  });

  it('has a seeded violation for every rule', () => {
    const rules = runScript(script, ['--list-rules']).stdout.trim().split('\n');
    expect(new Set(seeds.map(({ rule }) => rule))).toEqual(new Set(rules));
  });

  it('fails when it reads no file at all', () => {
    expect(checkTree(script, { 'packages/none.txt': '' }).run.exitCode).toBe(1);
  });
});
