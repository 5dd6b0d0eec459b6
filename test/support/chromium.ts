import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';

const program = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

/** What keeps tests with a browser from running; undefined where they can. */
export const noBrowser: string | undefined =
  program === undefined ? 'needs Chromium: apt-get install chromium' : undefined;

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-extensions',
  // Pages that are not shown run on as those that are: a timer of theirs comes once a second otherwise.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--autoplay-policy=no-user-gesture-required',
  // A microphone that plays a file, and nobody who has to allow it.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  // Two pages of one machine, which may have no other network.
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--remote-debugging-pipe',
];

type Reply = {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
};

/** A Chromium without a window, spoken to by the DevTools protocol over a pipe. */
export class Chromium {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #sent = 0;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    let text = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (piece: string) => {
      const messages = (text + piece).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.#take(JSON.parse(message) as Reply);
    });
    child.once('exit', () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: 'Chromium has ended' } });
    });
  }

  /** @param microphone a WAV file, heard over and over. */
  static async start({ microphone }: { readonly microphone: string }): Promise<Chromium> {
    const folder = mkdtempSync(join(tmpdir(), 'antiphon-chromium-'));
    const own = [`--user-data-dir=${folder}`, `--use-file-for-fake-audio-capture=${microphone}`];
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const;
    const child = spawn(program ?? 'chromium', [...flags, ...own, 'about:blank'], { stdio: [...stdio] });
    const chromium = new Chromium(child, folder);
    await chromium.send('Browser.getVersion');
    return chromium;
  }

  async open(url: string): Promise<BrowserPage> {
    const { targetId } = await this.send('Target.createTarget', { url });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    return new BrowserPage(this, String(sessionId));
  }

  async send(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
    sessionId?: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    this.#sent += 1;
    const id = this.#sent;
    const message = JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) });
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      (this.#child.stdio[3] as Writable | Duplex).write(`${message}\0`);
    });
    if (reply.error) throw new Error(`${method}: ${reply.error.message}`);
    return reply.result ?? {};
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    await this.send('Browser.close').catch(() => {});
    await ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  #take(reply: Reply): void {
    if (reply.id === undefined) return;
    this.#waiting.get(reply.id)?.(reply);
    this.#waiting.delete(reply.id);
  }
}

/** A page of a {@link Chromium}. */
export class BrowserPage {
  readonly #chromium: Chromium;
  readonly #sessionId: string;

  constructor(chromium: Chromium, sessionId: string) {
    this.#chromium = chromium;
    this.#sessionId = sessionId;
  }

  /** Evaluates an expression; its value, or what it settles with, is one that JSON can carry. */
  async evaluate(expression: string): Promise<unknown> {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.#chromium.send(
      'Runtime.evaluate',
      params,
      this.#sessionId,
    );
    if (exceptionDetails !== undefined) throw new Error(`in the page: ${JSON.stringify(exceptionDetails)}`);
    return (result as { readonly value?: unknown }).value;
  }
}
