import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pluginSource } from '../src/plugin/plugin-source.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-source-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const code = {
  'plugins/crm.ts': `import a from './a.js';\nexport * from "../lib/b";\nconst c = await import('./c.mjs');\nimport 'node:fs';\nimport x from 'x';`,
  'plugins/a.ts': `import '../lib/b/index.ts'; // in a circle: import './crm.ts'\nrequire('./d.json')`,
  'lib/b/index.ts': `import type { C } from '../../plugins/crm.ts'; import './gone.ts';`,
  'plugins/c.mjs': '',
  'plugins/d.json': '{}',
  'plugins/other.ts': `import './a.ts'`,
};

describe('the source of a plugin', () => {
  it('is its file and all that it imports by relative paths', async () => {
    const folder = folderWith(code);
    const { files } = await pluginSource('./plugins/crm.ts', folder);
    expect(files.map((file) => relative(folder, file).replaceAll('\\', '/'))).toEqual([
      'plugins/crm.ts',
      'plugins/a.ts',
      'lib/b/index.ts',
      'plugins/c.mjs',
      'plugins/d.json',
    ]);
  });

  it.each<[string, string, boolean]>([
    ['its file', 'plugins/crm.ts', true],
    ['what it imports', 'lib/b/index.ts', true],
    ['what is beside it', 'plugins/other.ts', false],
  ])('is another when %s changes: %s', async (_what, file, isOther) => {
    const folder = folderWith(code);
    const { key } = await pluginSource('./plugins/crm.ts', folder);
    expect((await pluginSource('./plugins/crm.ts', folder)).key).toBe(key);
    writeFileSync(join(folder, file), '// something else');
    expect((await pluginSource('./plugins/crm.ts', folder)).key !== key).toBe(isOther);
  });

  it('is another with another config, and knows documents, locks and what is not there', async () => {
    const folder = folderWith({ 'api.json': '{}', 'docs.lock.json': '{}' });
    const keys = await Promise.all(
      [
        { use: '@antiphon/tools/clock' },
        { use: '@antiphon/tools/clock', config: { zone: 'UTC' } },
        { use: './none.ts' },
        { use: 'no-such-package' },
      ].map(async (entry) => (await pluginSource(entry, folder)).key),
    );
    expect(new Set(keys).size).toBe(4);
    expect((await pluginSource({ openapi: './api.json' }, folder)).files).toEqual([join(folder, 'api.json')]);
    expect((await pluginSource({ mcp: { command: 'x' }, lock: './docs.lock.json' }, folder)).files).toEqual([
      join(folder, 'docs.lock.json'),
    ]);
    expect((await pluginSource({ openapi: 'https://x.example/api.json' }, folder)).files).toEqual([]);
  });
});
