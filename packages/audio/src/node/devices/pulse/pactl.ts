import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inEnglish } from '../program/stream-program.ts';

const answersWithinMs = 3_000;

/** What `pactl` writes, in English. Rejects with an `Error` that says why it cannot. */
export async function pactl(args: readonly string[]): Promise<string> {
  const child = spawn('pactl', args, { stdio: ['ignore', 'pipe', 'pipe'], env: inEnglish() });
  const timer = setTimeout(() => child.kill('SIGKILL'), answersWithinMs);
  let out = '';
  let problem = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problem += text;
  });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(problem.trim().split('\n')[0] || 'the sound server does not answer');
    return out;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw isMissing ? new Error('pactl is not installed', { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}
