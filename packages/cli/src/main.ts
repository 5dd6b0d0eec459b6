#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { processConsole } from './console.ts';
import { missingProxies, readEnvironment } from './environment.ts';
import { Interrupts } from './interrupts.ts';

// What is built is one file for many: a trace of it tells little. It is on before that file is read, or not at all.
if (process.argv.includes('--debug')) process.setSourceMapsEnabled(true);
const { runCli } = await import('./cli.ts');

const interrupts = new Interrupts();
// A reader that goes away (a pipe into head) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 4));

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const env = readEnvironment(process.cwd(), process.env);
Object.assign(process.env, missingProxies(env, process.env));
process.exitCode = await runCli(process.argv.slice(2), {
  console: processConsole(),
  env,
  version: manifest.version,
  signal: interrupts.signal,
  loading: interrupts.atOnceDuring,
});
