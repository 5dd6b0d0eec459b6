import pc from 'picocolors';

/** The streams of a command and what is known of them. */
export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly colors: ReturnType<typeof pc.createColors>;
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
