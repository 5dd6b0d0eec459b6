import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, errorTable } from '@antiphon/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { errorCodes } from './pins/error-codes.ts';
import { repositoryRoot } from './support/run-script.ts';

const repin = 'to pin it anew: node scripts/update-pins.mjs';
const rewrite = 'to write it anew: node scripts/write-docs.mjs';

const page = readFileSync(join(repositoryRoot, 'docs/errors.md'), 'utf8').replaceAll('\r\n', '\n');
const sections = new Map(
  page
    .split('\n### ')
    .slice(1)
    .map((section) => [/^`([^`]+)`/.exec(section)?.[1] ?? section, section] as const),
);
const rows = Object.entries(errorTable);

describe('the error table', () => {
  it('has exactly the pinned codes', () => {
    expect(Object.keys(errorTable).sort(), repin).toEqual(errorCodes);
  });

  it('is the exported type ErrorCode', () => {
    expectTypeOf<ErrorCode>().toEqualTypeOf<(typeof errorCodes)[number]>();
  });

  it.each(rows)('%s has a message and a hint that say something', (_code, { message, hint }) => {
    expect(message.length).toBeGreaterThan(0);
    expect(hint.length).toBeGreaterThan(0);
    expect(`${message}${hint}`, 'a backtick would end the quotation in docs/errors.md').not.toContain('`');
  });
});

describe('docs/errors.md', () => {
  it('has a section for every code and for nothing else', () => {
    expect([...sections.keys()].sort(), rewrite).toEqual(Object.keys(errorTable).sort());
  });

  it.each(rows)('tells of %s what the table says', (code, { message, hint, retryable, exitCode }) => {
    const section = sections.get(code);
    expect(section, rewrite).toContain(`- Message: \`${message}\`\n`);
    expect(section, rewrite).toContain(`- What to do: \`${hint}\`\n`);
    expect(section, rewrite).toContain(`- Retryable: ${retryable ? 'yes' : 'no'}\n`);
    expect(section, rewrite).toContain(`- Exit code: ${exitCode}\n`);
  });
});
