import { alawDecode, alawEncode, int16ToBytes, mulawDecode, mulawEncode } from '@antiphon/audio';
import { tone } from '@antiphon/testing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSessionCodec } from '../src/audio/session-codec.ts';

const pcm = { type: 'audio/pcm' } as const;
const samples = tone({ durationMs: 20, sampleRateHz: 24_000 });

describe('the session codec', () => {
  it.each([
    ['audio/pcm', 24_000, 48],
    ['audio/pcmu', 8_000, 8],
    ['audio/pcma', 8_000, 8],
  ] as const)('of %s has %i Hz and %i bytes a millisecond', (type, rateHz, bytesPerMs) => {
    expect(createSessionCodec({ type }, { type })).toMatchObject({
      inputSampleRateHz: rateHz,
      outputSampleRateHz: rateHz,
      outputBytesPerMs: bytesPerMs,
    });
  });

  it('has its own format in each direction', () => {
    const codec = createSessionCodec({ type: 'audio/pcmu' }, pcm);
    expect(codec).toMatchObject({ inputSampleRateHz: 8_000, outputSampleRateHz: 24_000 });
    expect(codec.encode(samples)).toEqual(mulawEncode(samples));
    expect(codec.decode(int16ToBytes(samples), 'a:0')).toEqual(samples);
  });

  it.each([
    ['audio/pcmu', mulawEncode, mulawDecode],
    ['audio/pcma', alawEncode, alawDecode],
  ] as const)('codes %s', (type, encode, decode) => {
    const codec = createSessionCodec({ type }, { type });
    expect(codec.encode(samples)).toEqual(encode(samples));
    expect(codec.decode(encode(samples), 'a:0')).toEqual(decode(encode(samples)));
  });

  it('decodes PCM however it is cut', () => {
    const bytes = int16ToBytes(samples);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const codec = createSessionCodec(pcm, pcm);
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        const decoded = pieces.flatMap((piece) => [...codec.decode(piece, 'a:0')]);
        expect(Int16Array.from(decoded)).toEqual(samples);
      }),
    );
  });

  it('takes no half sample of one part into the next', () => {
    const codec = createSessionCodec(pcm, pcm);
    expect(codec.decode(Uint8Array.of(1, 0, 9), 'a:0')).toEqual(Int16Array.of(1));
    expect(codec.decode(Uint8Array.of(2, 0, 3, 0), 'b:0')).toEqual(Int16Array.of(2, 3));
    expect(codec.decode(Uint8Array.of(4, 0), 'b:1')).toEqual(Int16Array.of(4));
  });

  it('reads bytes that do not begin at an even address', () => {
    const codec = createSessionCodec(pcm, pcm);
    const bytes = Uint8Array.of(0, 1, 0, 2, 0).subarray(1);
    expect(codec.decode(bytes, 'a:0')).toEqual(Int16Array.of(1, 2));
  });
});
