import pc from 'picocolors';

/** The streams of a command and what is known of them. */
export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly colors: ReturnType<typeof pc.createColors>;
  /** Where the output is a terminal: how wide it is, and what it can do. */
  readonly terminal?: Terminal;
}

/** What a terminal is, beyond a stream of text. */
export interface Terminal {
  readonly columns: () => number;
  /** Whether lines can be taken back. */
  readonly canRedraw: boolean;
  /** Tells of changes of the width. Returns what ends that. */
  readonly onResize: (listener: () => void) => () => void;
  /**
   * Tells of each key that is pressed; undefined where the input is no terminal. An interrupt goes to the process as
   * ever. Returns what ends that.
   */
  readonly onKey?: (listener: (key: string) => void) => () => void;
}

/** The console of this process. */
export function processConsole(): Console {
  const outIsTerminal = process.stdout.isTTY === true;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stdin: process.stdin,
    outIsTerminal,
    errIsTerminal: process.stderr.isTTY === true,
    colors: pc.createColors(outIsTerminal && pc.isColorSupported),
    ...(outIsTerminal && { terminal: processTerminal() }),
  };
}

const interruptKey = '\u0003';

function processTerminal(): Terminal {
  const { stdin, stdout } = process;
  return {
    columns: () => stdout.columns,
    canRedraw: process.env['TERM'] !== 'dumb',
    onResize: (listener) => {
      stdout.on('resize', listener);
      return () => stdout.off('resize', listener);
    },
    ...(stdin.isTTY && { onKey }),
  };
}

function onKey(listener: (key: string) => void): () => void {
  const { stdin } = process;
  const take = (text: string): void => {
    for (const key of text) {
      if (key === interruptKey) process.kill(process.pid, 'SIGINT');
      else listener(key);
    }
  };
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').on('data', take).resume();
  return () => {
    stdin.off('data', take).pause();
    stdin.setRawMode(false);
  };
}

/** A passing line on a terminal's stderr, taken back by the next one; nothing where stderr is no terminal. */
export function statusLine(console: Console): (text: string) => void {
  let shown = false;
  return (text) => {
    if (!console.errIsTerminal || (!shown && text === '')) return;
    console.err(`\r\u001b[K${console.colors.dim(text)}`);
    shown = text !== '';
  };
}
