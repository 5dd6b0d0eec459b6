import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { LineCutter, parseNews, type StreamNews } from './parse-pacat.ts';

/** The environment of a program that shall speak English. */
const english = (): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C', LANGUAGE: 'C' });
/** A program that has not ended by then is ended. */
const endWithinMs = 500;

/** How a stream program ended, or why it could not be started. */
export interface ProgramEnd {
  readonly kind: 'ended' | 'not_started';
  readonly reason: string;
}

/** `parec` or `pacat`, running. */
export class PulseProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  /** Never rejects. */
  readonly ended: Promise<ProgramEnd>;
  #lastWords = '';

  constructor(program: 'parec' | 'pacat', args: readonly string[], onNews: (news: StreamNews) => void) {
    this.#child = spawn(program, args, { stdio: 'pipe', env: english() });
    const lines = new LineCutter();
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      for (const line of lines.push(text)) {
        const news = parseNews(line);
        if (news === undefined) continue;
        if (news.kind === 'other') this.#lastWords = news.text;
        onNews(news);
      }
    });
    // The end of the program tells what a broken pipe does not.
    this.#child.stdin.on('error', () => {});
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'ENOENT' ? `${program} is not installed` : error.message;
        resolve({ kind: 'not_started', reason });
      });
      this.#child.on('close', (code, signal) => {
        const how = signal ?? `exit code ${code}`;
        resolve({ kind: 'ended', reason: this.#lastWords || `${program} ended with ${how}` });
      });
    });
  }

  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.#child.stdout.on('data', listener);
  }

  write(bytes: Uint8Array): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(bytes);
  }

  /** Lets it play out what it was given, or not, and ends it. */
  async end(mode: 'play_out' | 'at_once'): Promise<void> {
    if (mode === 'at_once') this.#child.kill();
    else this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), endWithinMs);
    await this.ended;
    clearTimeout(timer);
  }
}

/** What `pactl` writes, in English. Rejects with an `Error` that says why it cannot. */
export async function pactl(args: readonly string[]): Promise<string> {
  const child = spawn('pactl', args, { stdio: ['ignore', 'pipe', 'pipe'], env: english() });
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
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
