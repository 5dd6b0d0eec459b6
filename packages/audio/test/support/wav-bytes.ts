/** Bytes from numbers, and from strings as their ASCII codes. */
export function bytes(...parts: readonly (number | string | Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'number') return [part];
      return typeof part === 'string' ? Array.from(part, (c) => c.charCodeAt(0)) : [...part];
    }),
  );
}

export function u16(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

export function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(Math.floor(value / 65_536))];
}

/** A chunk as it should be: its true size, and a pad byte after an odd one. */
export function chunk(id: string, payload: Uint8Array | readonly number[]): Uint8Array {
  return bytes(id, u32(payload.length), payload, payload.length % 2 === 1 ? [0] : []);
}

export function riff(...chunks: readonly Uint8Array[]): Uint8Array {
  const body = bytes('WAVE', ...chunks);
  return bytes('RIFF', u32(body.length), body);
}

export interface FmtFields {
  readonly tag?: number;
  readonly channels?: number;
  readonly rateHz?: number;
  readonly bits?: number;
  readonly blockAlign?: number;
  /** Makes the chunk extensible, with this sub-format tag. */
  readonly subTag?: number;
  readonly validBits?: number;
}

export function fmt(fields: FmtFields = {}): Uint8Array {
  const { channels = 1, rateHz = 16_000, bits = 16, subTag } = fields;
  const {
    tag = subTag === undefined ? 1 : 0xfffe,
    blockAlign = (channels * bits) / 8,
    validBits = bits,
  } = fields;
  const base = [
    u16(tag),
    u16(channels),
    u32(rateHz),
    u32(rateHz * blockAlign),
    u16(blockAlign),
    u16(bits),
  ].flat();
  if (subTag === undefined) return chunk('fmt ', base);
  const guid = [...u16(subTag), 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
  return chunk('fmt ', [...base, ...u16(22), ...u16(validBits), ...u32(4), ...guid]);
}

/** 400 samples of PCM16 as a `data` chunk would hold them: enough that a wrong offset shows. */
export const pcm16: Uint8Array = Uint8Array.from({ length: 800 }, (_, i) => (i * 37 + 11) & 0xff);
