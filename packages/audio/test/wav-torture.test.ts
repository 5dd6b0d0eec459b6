import { decodeWav, type WavWarning } from '@antiphon/audio';
import { isAntiphonError } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { bytes, chunk, fmt, pcm16, riff, u16, u32 } from './support/wav-bytes.ts';

const data = chunk('data', pcm16);
const plain = riff(fmt(), data);
const frames = pcm16.length / 2;

type Expected = { readonly frames: number; readonly warnings: readonly WavWarning['code'][] } | string;

function read(file: Uint8Array): Expected {
  try {
    const decoded = decodeWav(file);
    return { frames: decoded.frames, warnings: decoded.warnings.map(({ code }) => code) };
  } catch (error) {
    if (isAntiphonError(error)) return error.code;
    throw error;
  }
}

const whole = { frames, warnings: [] };

/** The sizes of a header written over: of the RIFF chunk, and of the `data` chunk. */
function sized(
  riffSize: number,
  dataSize: number,
  audio: Uint8Array | readonly number[] = pcm16,
): Uint8Array {
  return bytes('RIFF', u32(riffSize), 'WAVE', fmt(), 'data', u32(dataSize), audio);
}

function ds64(riffBytes: number, dataBytes: number, table: readonly number[] = []): Uint8Array {
  const long = (value: number) => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))];
  return chunk('ds64', [
    ...long(riffBytes),
    ...long(dataBytes),
    ...long(0),
    ...u32(table.length / 12),
    ...table,
  ]);
}

function long(kind: string, dataBytes: number, ...after: Uint8Array[]): Uint8Array {
  return bytes(
    kind,
    u32(0xffffffff),
    'WAVE',
    ds64(900, dataBytes),
    fmt(),
    'data',
    u32(0xffffffff),
    pcm16,
    ...after,
  );
}

/** A `fmt ` chunk of 18 bytes: with the size of an extension that is not there. */
const fmt18 = chunk('fmt ', [
  ...u16(1),
  ...u16(1),
  ...u32(16_000),
  ...u32(32_000),
  ...u16(2),
  ...u16(16),
  ...u16(0),
]);

/** Extensible with a GUID that is not made from a format tag. */
const foreignGuid = chunk('fmt ', [
  ...[
    ...u16(0xfffe),
    ...u16(1),
    ...u32(16_000),
    ...u32(32_000),
    ...u16(2),
    ...u16(16),
    ...u16(22),
    ...u16(16),
  ],
  ...[...u32(4), 1, 0, 0, 0, 0x21, 7, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0, 0, 0],
]);

/** In a RIFX, sox swaps the tag and leaves the rest of the GUID as it is in a RIFF. */
const soxBigEndian = bytes(
  'RIFX',
  [0, 0, 0, 68],
  'WAVE',
  'fmt ',
  [0, 0, 0, 40, 0xff, 0xfe, 0, 1, 0, 0, 0x3e, 0x80, 0, 0, 0xbb, 0x80, 0, 3, 0, 24, 0, 22, 0, 24],
  [0, 0, 0, 4, 0, 1, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
  'data',
  [0, 0, 0, 6, 1, 2, 3, 4, 5, 6],
);

const info = chunk('LIST', bytes('INFOISFT', u32(14), 'Lavf59.27.100', [0]));

describe('what writers leave', () => {
  it.each<[string, Uint8Array, Expected]>([
    ['a fmt chunk of 18 bytes', riff(fmt18, data), whole],
    ['a fact chunk', riff(fmt(), chunk('fact', u32(frames)), data), whole],
    ['a bext chunk of odd size', riff(chunk('bext', new Uint8Array(603)), fmt(), data), whole],
    ['tags after the audio', riff(fmt(), data, info, chunk('id3 ', bytes('ID3', [4, 0, 0]))), whole],
    [
      'an ID3v1 tag after the end',
      bytes(plain, 'TAG', new Uint8Array(125)),
      { frames, warnings: ['trailing-bytes'] },
    ],
    ['a wrong byte rate', bytes(plain.subarray(0, 28), u32(1), plain.subarray(32)), whole],
    ['a RIFF size that is too small', sized(100, pcm16.length), whole],
    ['a RIFF size that is too large', sized(1e9, pcm16.length), whole],
    ['a RIFF size of all ones', sized(0xffffffff, pcm16.length), whole],
    [
      'a data size of 0 under a true RIFF size',
      sized(36 + pcm16.length, 0),
      { frames, warnings: ['unknown-length'] },
    ],
    [
      'a data size of 0, no audio, and tags',
      bytes('RIFF', u32(36 + info.length), 'WAVE', fmt(), 'data', u32(0), info),
      { frames: 0, warnings: [] },
    ],
    [
      'a data size of 0, then an unknown chunk that fits',
      bytes('RIFF', u32(36 + 12), 'WAVE', fmt(), 'data', u32(0), chunk('abcd', [1, 2, 3, 4])),
      { frames: 0, warnings: [] },
    ],
    [
      'a data size of 0 and audio that reads like text',
      sized(36 + 400, 0, bytes('text'.repeat(100))),
      { frames: 200, warnings: ['unknown-length'] },
    ],
    ['no length for 16 MiB of claims', sized(36, 2 ** 24), { frames, warnings: ['truncated'] }],
    ['one byte too few', plain.subarray(0, -1), { frames: frames - 1, warnings: ['truncated'] }],
    ['an end after the data header', plain.subarray(0, 44), { frames: 0, warnings: ['truncated'] }],
    [
      'a data chunk without its pad byte at the end',
      bytes(plain.subarray(0, 40), u32(3), [1, 2, 3]),
      { frames: 1, warnings: ['partial-frame'] },
    ],
    ['RF64', long('RF64', pcm16.length), whole],
    [
      'RF64 with a table of sizes',
      bytes(
        'RF64',
        u32(0xffffffff),
        'WAVE',
        ds64(900, pcm16.length, [...bytes('LIST'), ...u32(8), ...u32(0)]),
        fmt(),
        'data',
        u32(0xffffffff),
        pcm16,
      ),
      whole,
    ],
    [
      'BW64 with chunks after the audio',
      long('BW64', pcm16.length, chunk('chna', new Uint8Array(40)), info),
      whole,
    ],
    ['RF64 that claims 8 EiB', long('RF64', 2 ** 62), { frames, warnings: ['truncated'] }],
    [
      'RF64 with a data size of its own',
      bytes('RF64', u32(0xffffffff), 'WAVE', ds64(900, 12), fmt(), data),
      whole,
    ],
    [
      'RF64 without audio, and tags',
      bytes('RF64', u32(0xffffffff), 'WAVE', ds64(72 + info.length, 0), fmt(), 'data', u32(0xffffffff), info),
      { frames: 0, warnings: [] },
    ],
    ['RF64 of a writer that was killed', long('RF64', 0), { frames, warnings: ['unknown-length'] }],
    ['extensible in a RIFX of sox', soxBigEndian, { frames: 2, warnings: [] }],
    [
      'RF64 without ds64',
      bytes('RF64', u32(0xffffffff), 'WAVE', fmt(), 'data', u32(0xffffffff), pcm16),
      { frames, warnings: ['unknown-length'] },
    ],
    [
      'a ds64 chunk of 0 bytes',
      bytes('RF64', u32(0xffffffff), 'WAVE', chunk('ds64', []), fmt(), 'data', u32(0xffffffff), pcm16),
      { frames, warnings: ['unknown-length'] },
    ],
  ])('%s', (_, file, expected) => {
    expect(read(file)).toEqual(expected);
  });
});

describe('what is refused', () => {
  it.each<[string, Uint8Array, Expected]>([
    ['an end after the RIFF header, which claims more', plain.subarray(0, 12), 'audio.truncated_header'],
    ['an end in a chunk before fmt', riff(info, fmt(), data).subarray(0, 30), 'audio.truncated_header'],
    ['an end after fmt', plain.subarray(0, 36), 'audio.no_data'],
    ['an end in the name of the audio', plain.subarray(0, 38), 'audio.truncated_header'],
    ['tags alone', riff(info), 'audio.no_fmt'],
    ['RIFX with the sizes of RIFF', bytes('RIFX', plain.subarray(4)), 'audio.bad_fmt'],
    ['a rate of 4 GHz', riff(fmt({ rateHz: 4e9, blockAlign: 2 }), data), 'audio.bad_fmt'],
    ['257 channels', riff(fmt({ channels: 257, blockAlign: 514 }), data), 'audio.bad_fmt'],
    ['33 bits', riff(fmt({ bits: 33, blockAlign: 5 }), data), 'audio.bad_fmt'],
    ['64-bit integers', riff(fmt({ bits: 64 }), data), 'audio.bad_fmt'],
    ['24-bit float', riff(fmt({ tag: 3, bits: 24 }), data), 'audio.bad_fmt'],
    ['16-bit mu-law', riff(fmt({ tag: 7, bits: 16 }), data), 'audio.bad_fmt'],
    ['GSM', riff(fmt({ tag: 0x31, bits: 0, blockAlign: 65 }), data), 'audio.unsupported_codec'],
    ['format tag 0', riff(fmt({ tag: 0 }), data), 'audio.unsupported_codec'],
    ['another GUID', riff(foreignGuid, data), 'audio.unsupported_codec'],
    ['FLAC', bytes('fLaC', new Uint8Array(40)), 'audio.not_wav'],
    ['AIFF', bytes('FORM', u32(4), 'AIFF', new Uint8Array(40)), 'audio.not_wav'],
    ['a RIFF file in lower case', bytes('riff', plain.subarray(4)), 'audio.not_wav'],
    ['a RIFF file after a byte order mark', bytes([0xef, 0xbb, 0xbf], plain), 'audio.not_wav'],
    ['zeros', new Uint8Array(4096), 'audio.not_wav'],
    ['AVI', bytes('RIFF', u32(1000), 'AVI LIST', new Uint8Array(100)), 'audio.not_wav'],
  ])('%s', (_, file, expected) => {
    expect(read(file)).toEqual(expected);
  });
});
