import { oggPageToBytes, oggSegments, oggSegmentsPerPage } from './ogg-page.ts';

/** What a stream of Opus in Ogg says of itself (RFC 7845). */
export interface OggOpusOptions {
  readonly channels: 1 | 2;
  /** Of what was encoded; players only show it. */
  readonly sampleRateHz: number;
  /** Samples at 48 kHz that the encoder puts before the first. */
  readonly preSkip: number;
  /** By the names of Vorbis comments: `TITLE`, `DESCRIPTION`. */
  readonly comments: Readonly<Record<string, string>>;
  /** Tells streams of one file apart; any number of 32 bits. */
  readonly serial: number;
}

/** Audio in a page, at least: so much a killed process loses at most. At 48 kHz, as all of Opus. */
const pageSamples = 48_000;

/** Makes an Ogg file of Opus packets as they come: pages of a second each, every one playable without those after it. */
export class OggOpusStream {
  readonly #options: OggOpusOptions;
  #sequence = 0;
  #granule = 0;
  #packets: Uint8Array[] = [];
  #samples = 0;
  #segments = 0;

  constructor(options: OggOpusOptions) {
    this.#options = options;
  }

  /** The beginning of the file. */
  header(): Uint8Array[] {
    return [
      this.#page('first', 0, [opusHead(this.#options)]),
      this.#page('middle', 0, [opusTags(this.#options)]),
    ];
  }

  /** A packet of so many samples at 48 kHz; the page that is complete before it, if one is. */
  push(packet: Uint8Array, samples: number): Uint8Array[] {
    const isFull = this.#samples >= pageSamples || this.#segments + oggSegments(packet) > oggSegmentsPerPage;
    // The last page must hold a packet, whose end may be cut.
    const pages = isFull ? this.#flush('middle') : [];
    this.#packets.push(packet);
    this.#segments += oggSegments(packet);
    this.#samples += samples;
    return pages;
  }

  /** The end of the file, of which only the first `samples` at 48 kHz, after the pre-skip, are to be played. */
  finish(samples: number): Uint8Array[] {
    return this.#flush('last', this.#options.preSkip + samples);
  }

  #flush(kind: 'middle' | 'last', granule = this.#granule + this.#samples): Uint8Array[] {
    const packets = this.#packets;
    this.#granule = granule;
    this.#packets = [];
    this.#samples = 0;
    this.#segments = 0;
    return [this.#page(kind, granule, packets)];
  }

  #page(kind: 'first' | 'middle' | 'last', granule: number, packets: readonly Uint8Array[]): Uint8Array {
    const { serial } = this.#options;
    return oggPageToBytes({ kind, granule, serial, sequence: this.#sequence++, packets });
  }
}

function opusHead({ channels, preSkip, sampleRateHz }: OggOpusOptions): Uint8Array {
  const bytes = new Uint8Array(19);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('OpusHead'));
  bytes[8] = 1;
  bytes[9] = channels;
  view.setUint16(10, preSkip, true);
  view.setUint32(12, sampleRateHz, true);
  return bytes;
}

function opusTags({ comments }: OggOpusOptions): Uint8Array {
  const text = (value: string): Uint8Array[] => {
    const bytes = new TextEncoder().encode(value);
    return [uint32(bytes.length), bytes];
  };
  const entries = Object.entries(comments);
  const parts = [
    new TextEncoder().encode('OpusTags'),
    ...text('antiphon'),
    uint32(entries.length),
    ...entries.flatMap(([name, value]) => text(`${name}=${value}`)),
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
