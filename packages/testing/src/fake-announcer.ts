import type { Announcer } from '@antiphon/core';
import { tone } from './signals.ts';

/** An announcer that hums, and remembers what it was to say. */
export interface FakeAnnouncer extends Announcer {
  readonly said: readonly string[];
}

/** Makes an announcer; `failsWith` keeps it from speaking. */
export function fakeAnnouncer(
  options: {
    readonly sampleRateHz?: number;
    readonly msPerCharacter?: number;
    readonly failsWith?: string;
  } = {},
): FakeAnnouncer {
  const { sampleRateHz = 24_000, msPerCharacter = 50, failsWith } = options;
  const said: string[] = [];
  return {
    said,
    async speak(text, signal) {
      signal.throwIfAborted();
      said.push(text);
      if (failsWith !== undefined) throw new Error(failsWith);
      return { samples: tone({ durationMs: text.length * msPerCharacter, sampleRateHz }, 200), sampleRateHz };
    },
  };
}
