import type { AudioSink, PlayoutProgress } from '@antiphon/core';

/** A sink for agents nobody listens to: everything counts as played at once. */
export function silentSink(sampleRateHz = 24_000): AudioSink {
  const played = new Map<string, number>();
  let report: (progress: PlayoutProgress) => void = () => {};
  return {
    sampleRateHz,
    write({ itemId, contentIndex, samples }) {
      const key = `${contentIndex}:${itemId}`;
      const total = (played.get(key) ?? 0) + samples.length;
      played.set(key, total);
      report({ itemId, contentIndex, playedMs: (total * 1000) / sampleRateHz });
    },
    endPart: (itemId, contentIndex) => void played.delete(`${contentIndex}:${itemId}`),
    flush: () => {},
    onProgress(listener) {
      report = listener;
    },
    close: async () => {},
  };
}
