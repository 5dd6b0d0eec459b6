/** What `pacat --verbose` tells of its stream, in English. */
export type StreamNews =
  | { readonly kind: 'connected'; readonly id: string }
  /** How much was played, by the clock of the device. */
  | { readonly kind: 'time'; readonly playedSeconds: number }
  | { readonly kind: 'ran_dry' }
  /** All else; the last such line before the end says why it ended. */
  | { readonly kind: 'other'; readonly text: string };

/** Reads one line. Lines end in CR or LF. */
export function parseNews(line: string): StreamNews | undefined {
  // Progress lines are followed by what clears the rest of a terminal line.
  const text = line.replaceAll('\u001b[K', '').trim();
  if (text === '') return undefined;
  const time = /^Time: (-?[\d.]+) sec/.exec(text)?.[1];
  if (time !== undefined) return { kind: 'time', playedSeconds: Math.max(0, Number(time)) };
  const id = /^(?:Connected to device|Stream moved to device) (\S+) \(/.exec(text)?.[1];
  if (id !== undefined) return { kind: 'connected', id };
  return text.startsWith('Stream underrun') ? { kind: 'ran_dry' } : { kind: 'other', text };
}

/** Cuts what a program writes into lines, across pieces. */
export class LineCutter {
  #rest = '';

  push(text: string): readonly string[] {
    const lines = (this.#rest + text).split(/[\r\n]+/);
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
