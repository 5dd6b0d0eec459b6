import { AntiphonError } from '@antiphon/core';

/** A place in the audio, and a word for it. */
export interface WavMark {
  readonly frame: number;
  readonly label: string;
}

/**
 * An INFO list of texts by their four-letter names; no bytes when there are none.
 *
 * @throws AntiphonError `audio.invalid_option` for other names.
 */
export function infoChunk(info: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(info).map(([id, text]) => {
    if (!/^[A-Z][A-Z0-9]{3}$/.test(id)) {
      const expected = 'four capital letters or digits, such as ICMT';
      throw new AntiphonError('audio.invalid_option', { option: 'info', value: id, expected });
    }
    return chunk(id, terminated(text));
  });
  return entries.length === 0 ? new Uint8Array(0) : chunk('LIST', joined([ascii('INFO'), ...entries]));
}

/** A `cue ` chunk with the places, and a list of their labels; no bytes when there are none. */
export function cueChunks(marks: readonly WavMark[]): Uint8Array {
  if (marks.length === 0) return new Uint8Array(0);
  const points = marks.map(({ frame }, i) =>
    joined([numbers(i + 1, frame), ascii('data'), numbers(0, 0, frame)]),
  );
  const labels = marks.map(({ label }, i) => chunk('labl', joined([numbers(i + 1), terminated(label)])));
  return joined([
    chunk('cue ', joined([numbers(marks.length), ...points])),
    chunk('LIST', joined([ascii('adtl'), ...labels])),
  ]);
}

function chunk(id: string, payload: Uint8Array): Uint8Array {
  return joined([ascii(id), numbers(payload.length), payload, new Uint8Array(payload.length % 2)]);
}

/** A text as RIFF wants it, ended by a zero; zeros inside would cut it short. */
function terminated(text: string): Uint8Array {
  // Made where it is needed: an AudioWorklet has none.
  return new TextEncoder().encode(`${text.replaceAll('\0', '')}\0`);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** 32-bit little-endian integers. */
function numbers(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value, true));
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
