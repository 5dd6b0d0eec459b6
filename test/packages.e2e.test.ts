import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { expect, it } from 'vitest';
import { repositoryRoot } from './support/run-script.ts';

const packagesFolder = join(repositoryRoot, 'packages');

it.each(readdirSync(packagesFolder))('the built package %s can be published', async (name) => {
  const { messages } = await publint({ pkgDir: join(packagesFolder, name), level: 'warning', pack: false });
  expect(messages).toEqual([]);
});
