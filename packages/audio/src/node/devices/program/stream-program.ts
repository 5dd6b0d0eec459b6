import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { LineCutter, type StreamNews } from './stream-news.ts';

/** A program that plays its standard input, or writes what it hears to its standard output: 16 bits, one channel. */
export interface StreamCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Reads one line of its standard error. */
  readonly parseNews: (line: string) => StreamNews | undefined;
}

/** A program that has not ended by then is ended. */
const endWithinMs = 500;

/** The environment of a program that shall speak English. */
export function inEnglish(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', LANGUAGE: 'C' };
}

/** A {@link StreamCommand}, running. */
export class StreamProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  /** Why it ended, or could not be started. Never rejects. */
  readonly ended: Promise<string>;
  #lastWords = '';

  constructor({ program, args, parseNews }: StreamCommand, onNews: (news: StreamNews) => void) {
    // In a group of its own: an interrupt of the terminal is for us, and we end it in our order.
    const detached = process.platform !== 'win32';
    this.#child = spawn(program, args, { stdio: 'pipe', env: inEnglish(), detached, windowsHide: true });
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
        resolve(error.code === 'ENOENT' ? `${program} is not installed` : error.message);
      });
      this.#child.on('close', (code, signal) => {
        resolve(this.#lastWords || `${program} ended with ${signal ?? `exit code ${code}`}`);
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
