// Runs the built `antiphon` command with the arguments of the "start" script in package.json.
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const commandFile = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));

/** The files that a pattern like `folder/*.wav` names, in order; shells differ in expanding it. @param {string} argument */
function expand(argument) {
  const folder = dirname(argument);
  const [head, tail, ...rest] = basename(argument).split('*');
  if (head === undefined || tail === undefined || rest.length > 0 || !existsSync(folder)) return [argument];
  const names = readdirSync(folder).filter((name) => name.startsWith(head) && name.endsWith(tail));
  return names.length === 0 ? [argument] : names.sort().map((name) => join(folder, name));
}

if (!existsSync(commandFile)) {
  process.stderr.write(
    'The antiphon command is not built. Run "node scripts/bootstrap.mjs" and try again.\n',
  );
  process.exit(1);
}
process.argv = [process.execPath, commandFile, ...process.argv.slice(2).flatMap(expand)];
await import(pathToFileURL(commandFile).href);
