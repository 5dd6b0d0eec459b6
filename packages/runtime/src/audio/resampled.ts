import { Resampler, resample } from '@antiphon/audio';
import type { Announcer, AudioChunk, AudioSink, AudioSource, PlayoutProgress } from '@antiphon/core';

/** The rate of announcements that name none. */
const announcementRateHz = 24_000;

/** A source at another rate. A source that has the rate already is returned as it is. */
export function resampledSource(source: AudioSource, sampleRateHz: number): AudioSource {
  if (source.sampleRateHz === sampleRateHz) return source;
  return {
    sampleRateHz,
    kind: source.kind,
    async *frames(signal) {
      const resampler = new Resampler<Int16Array>({ fromHz: source.sampleRateHz, toHz: sampleRateHz });
      for await (const frame of source.frames(signal)) {
        const samples = resampler.push(frame);
        if (samples.length > 0) yield samples;
      }
      const rest = resampler.flush();
      if (rest.length > 0) yield rest;
    },
  };
}

/** A sink that takes audio at another rate. A sink that has the rate already is returned as it is. */
export function resampledSink(sink: AudioSink, sampleRateHz: number): AudioSink {
  return sink.sampleRateHz === sampleRateHz ? sink : new ResampledSink(sink, sampleRateHz);
}

/** An announcer whose speech comes at another rate. */
export function resampledAnnouncer(announcer: Announcer, toHz: number): Announcer {
  return {
    speak: async (text, signal) => {
      const spoken = await announcer.speak(text, signal);
      const { samples, sampleRateHz: fromHz = announcementRateHz } = spoken;
      return fromHz === toHz ? spoken : { samples: resample(samples, { fromHz, toHz }), sampleRateHz: toHz };
    },
  };
}

class ResampledSink implements AudioSink {
  readonly sampleRateHz: number;
  readonly #sink: AudioSink;
  /** One per content part: parts are separate stretches of sound. */
  readonly #resamplers = new Map<string, Resampler<Int16Array>>();

  constructor(sink: AudioSink, sampleRateHz: number) {
    this.sampleRateHz = sampleRateHz;
    this.#sink = sink;
  }

  write(chunk: AudioChunk): void {
    const key = partKey(chunk.itemId, chunk.contentIndex);
    let resampler = this.#resamplers.get(key);
    if (resampler === undefined) {
      resampler = new Resampler<Int16Array>({ fromHz: this.sampleRateHz, toHz: this.#sink.sampleRateHz });
      this.#resamplers.set(key, resampler);
    }
    this.#sink.write({ ...chunk, samples: resampler.push(chunk.samples) });
  }

  endPart(itemId: string, contentIndex: number): void {
    const key = partKey(itemId, contentIndex);
    const resampler = this.#resamplers.get(key);
    this.#resamplers.delete(key);
    if (resampler) this.#sink.write({ itemId, contentIndex, samples: resampler.flush() });
    this.#sink.endPart(itemId, contentIndex);
  }

  flush(): void {
    this.#resamplers.clear();
    this.#sink.flush();
  }

  onProgress(listener: (progress: PlayoutProgress) => void): void {
    this.#sink.onProgress(listener);
  }

  close(): Promise<void> {
    this.#resamplers.clear();
    return this.#sink.close();
  }
}

function partKey(itemId: string, contentIndex: number): string {
  return `${itemId}:${contentIndex}`;
}
