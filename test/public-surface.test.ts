import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publicSurface } from './pins/public-surface.ts';
import { repositoryRoot, runScript } from './support/run-script.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly type: string;
  readonly engines: { readonly node: string };
  readonly files: readonly string[];
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const rootManifest = readManifest(repositoryRoot);
const packages = readdirSync(join(repositoryRoot, 'packages')).map((name) => {
  const folder = join(repositoryRoot, 'packages', name);
  return { name, folder, manifest: readManifest(folder) };
});

describe('the public surface', () => {
  const current = JSON.parse(runScript('update-pins.mjs', ['--print']).stdout) as Record<string, string[]>;

  it('has the pinned entries', () => {
    expect(Object.keys(current)).toEqual(Object.keys(publicSurface));
  });

  it.each(Object.entries(publicSurface))('of %s is the pinned list', (entry, names) => {
    expect(current[entry], 'to pin it anew: node scripts/update-pins.mjs').toEqual(names);
  });
});

describe.each(packages)('the manifest of $name', ({ folder, manifest }) => {
  it('names licence, modules, Node and version as the whole repository does', () => {
    expect(manifest).toMatchObject({
      license: 'MIT',
      type: 'module',
      engines: { node: '>=20.19.0' },
      version: rootManifest.version,
    });
    expect(manifest.name).toMatch(/^(@antiphon\/[a-z]+|antiphon)$/);
    expect(manifest.description).not.toBe('');
  });

  it('gives each entry its source, types and built module, and ships both folders', () => {
    expect(manifest.files).toEqual(expect.arrayContaining(['dist', 'src']));
    for (const entry of Object.values(manifest.exports ?? {})) {
      const source = entry['@antiphon/source'] ?? '';
      const built = source.replace('./src/', './dist/').replace(/\.ts$/, '');
      expect(entry).toEqual({
        '@antiphon/source': source,
        types: `${built}.d.ts`,
        default: `${built}.js`,
      });
      expect(existsSync(join(folder, source)), source).toBe(true);
    }
  });

  it('pins every dependency to one version', () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.optionalDependencies });
    for (const version of versions) expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });
});
