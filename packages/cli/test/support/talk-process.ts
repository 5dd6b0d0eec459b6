import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** An object that `antiphon talk --json` wrote. */
export type TalkObject = Readonly<Record<string, unknown>> & { readonly type: string };

/** `antiphon talk --json`, running. */
export class TalkProcess {
  readonly objects: TalkObject[] = [];
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  #rest = '';
  #errors = '';
  #wake: () => void = () => {};
  #phase: 'running' | 'over' = 'running';

  constructor(
    args: readonly string[],
    options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  ) {
    const { cwd, env } = options;
    this.#child = spawn(process.execPath, [command, 'talk', '--json', ...args], {
      cwd,
      env: { ...process.env, ...env },
    });
    this.#child.stdin.end();
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#phase = 'over';
        this.#wake();
        resolve(code);
      });
    });
  }

  /** The first object that matches, now or later. */
  async until(matches: (object: TalkObject) => boolean): Promise<TalkObject> {
    for (let at = 0; ; at++) {
      while (at >= this.objects.length) await this.#more();
      const object = this.objects[at];
      if (object !== undefined && matches(object)) return object;
    }
  }

  /** Settles when the microphone, by the last that was told, is in this state. */
  async untilMicrophoneIs(state: string): Promise<void> {
    while (this.objects.findLast(({ type }) => type === 'microphone')?.['state'] !== state)
      await this.#more();
  }

  async #more(): Promise<void> {
    if (this.#phase === 'over') throw new Error(`it ended before:\n${this.#errors}`);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Interrupts it as Ctrl-C does; settles with its exit code. */
  async interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.#ended;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.objects.push(JSON.parse(line) as TalkObject);
    this.#wake();
  }
}
