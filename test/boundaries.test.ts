import { describe, expect, it } from 'vitest';
import { runScript } from './support/run-script.ts';
import { checkTree, type Files } from './support/toy-tree.ts';

const script = 'check-boundaries.mjs';

const manifest = (name: string, dependencies: readonly string[], subpaths: readonly string[] = []): string =>
  JSON.stringify({
    name,
    exports: Object.fromEntries(['.', ...subpaths].map((entry) => [entry, { default: './dist/index.js' }])),
    dependencies: Object.fromEntries(dependencies.map((library) => [library, '1.0.0'])),
  });

const installed = ['ajv', 'fast-check', 'inversify', 'left-pad', 'pino', 'vitest', 'ws', 'yaml', 'zod'];

/** A small tree in which every import is allowed. */
const cleanTree: Files = {
  'package.json': JSON.stringify({ devDependencies: { vitest: '1.0.0' } }),
  ...Object.fromEntries(installed.map((name) => [`node_modules/${name}/package.json`, '{}'])),
  'packages/core/package.json': manifest('@antiphon/core', ['zod']),
  'packages/core/src/index.ts': "export { session } from './session/session.ts';",
  'packages/core/src/json.ts': 'export type Json = string;',
  'packages/core/src/protocol/items.ts': "import { z } from 'zod'; export const item = z;",
  'packages/core/src/ports/clock.ts': "import type { Json } from '../json.ts'; export type Clock = Json;",
  'packages/core/src/session/session.ts':
    "import type { Clock } from '../ports/clock.ts'; import { item } from '../protocol/items.ts'; export const session: Clock = item;",
  'packages/core/test/session.test.ts': "import 'vitest'; import '../src/session/session.ts';",
  'packages/audio/package.json': manifest('@antiphon/audio', ['@antiphon/core'], ['./node']),
  'packages/audio/src/index.ts': "export { gain } from './pcm/gain.ts';",
  'packages/audio/src/pcm/gain.ts': "import { session } from '@antiphon/core'; export const gain = session;",
  'packages/audio/src/node/index.ts': "export { file } from './file.ts';",
  'packages/audio/src/node/file.ts':
    "import { readFile } from 'node:fs/promises'; import { gain } from '../pcm/gain.ts'; export const file = [readFile, gain];",
  'packages/tools/package.json': manifest('@antiphon/tools', ['ajv', 'zod'], ['./clock']),
  'packages/tools/src/index.ts': "import 'ajv';",
  'packages/local/package.json': manifest('@antiphon/local', ['onnxruntime-web']),
  'packages/local/src/index.ts': "import '@antiphon/audio'; await import('node:worker_threads');",
  'packages/runtime/package.json': manifest('@antiphon/runtime', ['inversify', 'ws']),
  'packages/runtime/src/index.ts': "import './composition/modules.ts'; import '@antiphon/tools/clock';",
  'packages/runtime/src/composition/modules.ts': "import 'inversify'; import '../providers/openai.ts';",
  'packages/runtime/src/providers/openai.ts': "import 'ws';",
  'packages/cli/package.json': manifest('antiphon', ['cac']),
  'packages/cli/src/index.ts': "import '@antiphon/audio/node';",
  'packages/testing/package.json': manifest('@antiphon/testing', ['ws']),
  'packages/testing/src/index.ts': "import '@antiphon/core'; import 'ws';",
  'packages/tools/test/tools.test.ts': "import 'vitest'; import '@antiphon/testing';",
  'test/whole.test.ts': "import '@antiphon/runtime';",
};

/** For each rule, files that break it and where it must be seen. */
const seeds: readonly { rule: string; at: string; files: Files }[] = [
  {
    rule: 'known-package',
    at: 'packages/extra/package.json',
    files: { 'packages/extra/package.json': '{}' },
  },
  seed('direction:core', 'core/src/a.ts', "import '@antiphon/audio';"),
  seed('direction:core', 'core/test/a.test.ts', "import '@antiphon/testing';"),
  seed('direction:audio', 'audio/src/a.ts', "export { x } from '@antiphon/runtime';"),
  seed('direction:tools', 'tools/src/a.ts', "import type { X } from '@antiphon/local';"),
  seed('direction:local', 'local/src/a.ts', "export type X = import('@antiphon/tools').X;"),
  seed('direction:runtime', 'runtime/src/a.ts', "await import('antiphon');"),
  seed('direction:cli', 'cli/test/a.test.ts', "import '@antiphon/web';", {
    'packages/web/package.json': manifest('@antiphon/web', []),
  }),
  seed('direction:testing', 'testing/src/a.ts', "import '@antiphon/local';"),
  seed('npm:core', 'core/src/protocol/a.ts', "import 'pino';"),
  seed('npm:core', 'core/src/protocol/undeclared.ts', "import 'yaml';"),
  seed('npm:core', 'core/test/b.test.ts', "import 'left-pad';"),
  seed('npm:audio', 'audio/src/b.ts', "import 'zod';"),
  seed('npm:tools', 'tools/src/b.ts', "import 'pino';"),
  seed('npm:local', 'local/src/b.ts', "import 'zod';"),
  seed('npm:runtime', 'runtime/src/b.ts', "import 'yaml';"),
  seed('npm:cli', 'cli/src/b.ts', "import 'pino';"),
  seed('npm:testing', 'testing/src/b.ts', "import 'zod';"),
  seed('no-node:core', 'core/src/c.ts', "import { readFile } from 'node:fs/promises';"),
  seed('no-node:core', 'core/src/d.ts', "import fs from 'fs';"),
  seed('no-node:audio', 'audio/src/c.ts', "import 'node:buffer';"),
  seed('no-node:audio', 'audio/src/d.ts', "import './node/file.ts';"),
  seed('public-entry-only', 'audio/src/e.ts', "import '@antiphon/core/src/json.ts';"),
  seed('public-entry-only', 'audio/src/f.ts', "import '../../core/src/json.ts';"),
  {
    rule: 'public-entry-only',
    at: 'test/deep.test.ts',
    files: { 'test/deep.test.ts': "import '../packages/core/src/json.ts';" },
  },
  seed('no-import-of-own-index', 'core/src/e.ts', "import './index.ts';"),
  seed('no-import-of-own-index', 'core/src/f.ts', "import '@antiphon/core';"),
  seed('session-is-pure', 'core/src/session/a.ts', "import 'zod';"),
  seed('session-is-pure', 'core/src/session/b.ts', "import { Clock } from '../ports/clock.ts';"),
  seed('session-is-pure', 'core/src/session/c.ts', "import { run } from '../runner/run.ts';", {
    'packages/core/src/runner/run.ts': 'export const run = 1;',
  }),
  seed('ports-are-contracts', 'core/src/ports/a.ts', "import { session } from '../session/session.ts';"),
  seed('inversify-in-composition-only', 'runtime/src/c.ts', "import type { Container } from 'inversify';"),
  seed('rnnoise-in-its-entry-only', 'audio/src/pcm/r.ts', "await import('@echogarden/rnnoise-wasm');"),
  seed('ws-at-the-edge-only', 'runtime/src/d.ts', "import { WebSocket } from 'ws';"),
  seed(
    'sound-devices-behind-their-port',
    'audio/src/node/a.ts',
    "import { createAudioOutput } from '@echogarden/audio-io';",
  ),
  seed('no-test-code-in-src', 'tools/src/c.ts', "import '@antiphon/testing';"),
  seed('no-test-code-in-src', 'tools/src/d.ts', "import 'vitest';"),
  seed('no-test-code-in-src', 'tools/src/e.ts', "import '../test/tools.test.ts';"),
  seed('no-circular', 'tools/src/loop-a.ts', "import type { B } from './loop-b.ts'; export type A = B;", {
    'packages/tools/src/loop-b.ts': "import './loop-c.ts'; export type B = 1;",
    'packages/tools/src/loop-c.ts': "export type C = import('./loop-a.ts').A;",
  }),
  seed('not-to-unresolvable', 'tools/src/f.ts', "import './missing.ts';"),
  seed('not-to-unresolvable', 'tools/src/g.ts', "import 'no-such-library';"),
  seed('not-to-unresolvable', 'tools/src/h.ts', "import './index';"),
];

function seed(rule: string, path: string, text: string, more: Files = {}) {
  return { rule, at: `packages/${path}`, files: { [`packages/${path}`]: text, ...more } };
}

describe('the boundary check', () => {
  const seeded = checkTree(script, Object.assign({}, cleanTree, ...seeds.map(({ files }) => files)));

  it('finds nothing in a tree that keeps the rules', () => {
    const { run, result } = checkTree(script, cleanTree);
    expect(result.violations).toEqual([]);
    expect(result.filesRead).toBe(Object.keys(cleanTree).filter((path) => path.endsWith('.ts')).length);
    expect(run.exitCode).toBe(0);
  });

  it.each(seeds)('sees $rule broken at $at', ({ rule, at }) => {
    expect(seeded.result.violations).toContainEqual(expect.objectContaining({ rule, path: at, line: 1 }));
  });

  it('fails when a rule is broken, and blames no file that keeps the rules', () => {
    expect(seeded.run.exitCode).toBe(1);
    const blamed = seeded.result.violations.map(({ path }) => path);
    expect(blamed.filter((path) => path in cleanTree)).toEqual([]);
  });

  it('has a seeded violation for every rule', () => {
    const rules = runScript(script, ['--list-rules']).stdout.trim().split('\n');
    expect(new Set(seeds.map(({ rule }) => rule))).toEqual(new Set(rules));
  });

  it('fails when it reads no file at all', () => {
    const { run, result } = checkTree(script, { 'package.json': '{}', 'packages/none.txt': '' });
    expect(result.filesRead).toBe(0);
    expect(run.exitCode).toBe(1);
  });
});
