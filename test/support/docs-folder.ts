import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from './run-script.ts';

/**
 * Writes the files of a page of the docs into a new folder: every fence whose first line is a comment with a file name.
 * The folder is inside the repository, so that its packages are found as an installed project finds them.
 */
export function docsFolder(page: string) {
  mkdirSync(join(repositoryRoot, 'node_modules/.cache'), { recursive: true });
  const folder = mkdtempSync(join(repositoryRoot, `node_modules/.cache/${page}-`));
  const text = readFileSync(join(repositoryRoot, `docs/${page}.md`), 'utf8');
  const fences = [...text.matchAll(/^```\w+\n(?:\/\/|#) (\S+\.\w+)\n([\s\S]*?)^```$/gm)];
  const files = fences.map(([, name = '', content = '']) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
    return name;
  });
  return {
    folder,
    files,
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    /** Compiles with the strictness of this repository, into `out`. */
    async compile(include: string): Promise<void> {
      const compilerOptions = {
        composite: false,
        declaration: false,
        declarationMap: false,
        sourceMap: false,
        rootDir: '.',
        outDir: 'out',
      };
      const config = { extends: '../../../tsconfig.base.json', include: [include], compilerOptions };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
      const compiler = join(repositoryRoot, 'node_modules/typescript/bin/tsc');
      await promisify(execFile)(process.execPath, [compiler, '-p', folder], { cwd: repositoryRoot });
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
