import type { StreamNews } from '../program/stream-news.ts';

/** Reads one line of what `pacat --verbose` and `parec --verbose` tell, in English. Lines end in CR or LF. */
export function parsePacatNews(line: string): StreamNews | undefined {
  // Progress lines are followed by what clears the rest of a terminal line.
  const text = line.replaceAll('\u001b[K', '').trim();
  if (text === '') return undefined;
  const time = /^Time: (-?[\d.]+) sec/.exec(text)?.[1];
  if (time !== undefined) return { kind: 'time', playedSeconds: Math.max(0, Number(time)) };
  const id = /^(?:Connected to device|Stream moved to device) (\S+) \(/.exec(text)?.[1];
  if (id !== undefined) return { kind: 'connected', id };
  return text.startsWith('Stream underrun') ? { kind: 'ran_dry' } : { kind: 'other', text };
}
