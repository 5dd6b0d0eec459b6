import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { agentsFileJsonSchema } from '@antiphon/core';
import { describe, expect, it } from 'vitest';

const read = (file: string) => readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8');

/** The names of all properties below a part of a schema. */
function keysIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'properties' && typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, member]) => [name, ...keysIn(member)])
      : keysIn(value),
  );
}

/** What stands in fences and between backticks. */
function codeIn(markdown: string): string {
  return (markdown.match(/```[\s\S]*?```|`[^`\n]+`/g) ?? []).join('\n');
}

/** The types of a union of notices, as its source writes them. */
function noticeTypes(source: string): readonly string[] {
  const union = source.slice(source.indexOf('export type SessionNotice ='));
  return [...union.matchAll(/readonly type: '(\w+)'/g)].map(([, type = '']) => type);
}

describe('the documentation', () => {
  const schema = agentsFileJsonSchema() as { readonly properties: Readonly<Record<string, unknown>> };

  it.each(['agents', 'tools', 'providers'])('names every key of %s in agents-yaml.md', (part) => {
    const words = new Set(codeIn(read('docs/agents-yaml.md')).match(/\w+/g));
    const keys = [...new Set(keysIn(schema.properties[part]))];
    expect(keys.length).toBeGreaterThan(8);
    expect(keys.filter((key) => !words.has(key))).toEqual([]);
  });

  it('has a line in embedding.md for every notice', () => {
    const text = read('docs/embedding.md');
    const types = noticeTypes(read('packages/core/src/session/notices.ts'));
    expect(types.length).toBeGreaterThan(20);
    expect(types.filter((type) => !text.includes(`\n| \`${type}\` |`))).toEqual([]);
  });
});
