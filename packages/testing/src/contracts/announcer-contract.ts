import type { Announcer } from '@antiphon/core';

/**
 * Holds an announcer against the contract of its port: it speaks, and stops when it is told to. Rejects with what is
 * wrong.
 */
export async function checkAnnouncer(
  announcer: Announcer,
  options: { readonly text?: string } = {},
): Promise<void> {
  const { text = 'One moment, please.' } = options;
  const { samples, sampleRateHz = 24_000 } = await announcer.speak(text, new AbortController().signal);
  const durationMs = (samples.length * 1000) / sampleRateHz;
  if (!(samples instanceof Int16Array)) throw new Error('the announcer does not speak in 16-bit samples');
  if (durationMs < 300 || durationMs > 10_000) {
    throw new Error(`the announcer says "${text}" in ${durationMs} ms: is its rate ${sampleRateHz} Hz?`);
  }
  if (samples.every((sample) => Math.abs(sample) < 100)) throw new Error('the announcer is silent');
  const outcome = announcer.speak(text, AbortSignal.abort()).then(
    () => 'spoke',
    () => 'stopped',
  );
  if ((await outcome) === 'spoke') throw new Error('the announcer speaks though its signal was aborted');
}
