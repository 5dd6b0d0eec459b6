import { thrownText } from '../errors/thrown-text.ts';
import type { Announcer } from '../ports/announcer.ts';
import type { AudioCodec } from '../ports/audio-codec.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SessionEvent } from '../session/events.ts';
import { within } from './within.ts';

/** What announcements are made with. */
export interface AnnouncementsOptions {
  readonly announcer: Announcer | undefined;
  readonly codec: AudioCodec;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes an event, and the samples that travel beside it. */
  readonly report: (event: SessionEvent, samples?: Int16Array) => void;
}

/** Speech that comes later than this would be out of place. */
const timeoutMs = 10_000;

/** What the process itself says. Each announcement has one answer: its sound, or its failure. */
export class Announcements {
  readonly #options: AnnouncementsOptions;
  /** Made when something is under way. */
  #ended: AbortController | undefined;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  speak({ itemId, text }: { readonly itemId: string; readonly text: string }): void {
    const { announcer, codec, clock, logger, report } = this.#options;
    if (announcer === undefined) {
      return report({ type: 'announcement.failed', itemId, reason: 'there is no announcer' });
    }
    this.#ended ??= new AbortController();
    const { signal } = this.#ended;
    within({ clock, timeoutMs, signal }, (cut) => announcer.speak(text, cut))
      .then(({ samples }) => {
        const ms = (samples.length * 1000) / codec.outputSampleRateHz;
        const byteLength = Math.round(ms * codec.outputBytesPerMs);
        report({ type: 'announcement.audio', itemId, byteLength }, samples);
      })
      .catch((error: unknown) => {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : thrownText(error);
        logger.warn('an announcement could not be spoken', { reason });
        report({ type: 'announcement.failed', itemId, reason });
      });
  }

  /** Ends what is under way; it is not answered any more. */
  close(): void {
    this.#ended?.abort();
  }
}
