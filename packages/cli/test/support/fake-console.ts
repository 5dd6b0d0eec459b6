import pc from 'picocolors';
import type { Console } from '../../src/console.ts';

/** A console that remembers what was written to it. */
export interface FakeConsole extends Console {
  readonly outText: string;
  readonly errText: string;
}

/** How a {@link fakeConsole} looks to a command. */
export interface FakeConsoleOptions {
  readonly terminal?: boolean;
  readonly stdin?: readonly Uint8Array[];
}

export function fakeConsole({ terminal = false, stdin = [] }: FakeConsoleOptions = {}): FakeConsole {
  let outText = '';
  let errText = '';
  return {
    out: (text) => {
      outText += text;
    },
    err: (text) => {
      errText += text;
    },
    stdin: (async function* () {
      yield* stdin;
    })(),
    outIsTerminal: terminal,
    errIsTerminal: terminal,
    colors: pc.createColors(false),
    get outText() {
      return outText;
    },
    get errText() {
      return errText;
    },
  };
}
