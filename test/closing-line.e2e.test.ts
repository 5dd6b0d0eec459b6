import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from './support/run-script.ts';

const vitest = join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
const reporter = join(repositoryRoot, 'scripts/closing-line-reporter.mjs');

/** Runs test files in a folder of their own and gives the last line printed. */
function lastLineOf(files: Readonly<Record<string, string>>): string | undefined {
  const cache = join(repositoryRoot, '.cache');
  mkdirSync(cache, { recursive: true });
  const root = mkdtempSync(join(cache, 'closing-line-'));
  try {
    const config = join(root, 'vitest.config.js');
    writeFileSync(config, "export default { test: { include: ['*.test.js'] } };");
    for (const [name, body] of Object.entries(files)) {
      writeFileSync(
        join(root, name),
        `import { beforeAll, describe, expect, it } from ${JSON.stringify('vitest')};\n${body}`,
      );
    }
    const args = ['run', '--root', root, '--config', config, `--reporter=${reporter}`];
    const { ANTIPHON_TOTALS_FILE: _, ...env } = process.env;
    const { stdout } = spawnSync(process.execPath, [vitest, ...args], { cwd: root, env, encoding: 'utf8' });
    return stdout.trimEnd().split('\n').at(-1);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const passing = "it('passes', () => expect(1).toBe(1));";

describe('the closing line', () => {
  it.each([
    [
      'tests that pass, fail and are skipped',
      `${passing} it('fails', () => expect(1).toBe(2)); it.skip('waits');`,
      '1 passed, 1 failed, 1 skipped',
    ],
    ['a file that does not load', "throw new Error('broken');", '0 passed, 1 failed, 0 skipped'],
    ['an import that leads nowhere', `import './missing.js'; ${passing}`, '0 passed, 1 failed, 0 skipped'],
    [
      'an error outside any test',
      `${passing} setTimeout(() => { throw new Error('late'); }, 0); it('waits', () => new Promise((done) => setTimeout(done, 50)));`,
      '2 passed, 1 failed, 0 skipped',
    ],
    [
      'a hook that fails',
      `describe('a', () => { beforeAll(() => { throw new Error('hook'); }); ${passing} });`,
      '0 passed, 1 failed, 1 skipped',
    ],
  ])('counts %s', (_what, body, expected) => {
    expect(lastLineOf({ 'a.test.js': body })).toBe(expected);
  });

  it('adds the files up', () => {
    expect(lastLineOf({ 'a.test.js': passing, 'b.test.js': passing })).toBe('2 passed, 0 failed, 0 skipped');
  });
});
