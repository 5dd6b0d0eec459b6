import { resample } from '@antiphon/audio';
import type { Announcer, LocalTurns, TurnDetector, TurnListener } from '@antiphon/core';
import type { Speaker, SpeechDetectors, TurnFinderOptions } from '@antiphon/local';
import { type FrameJudge, QueuedTurnDetector } from './queued-turn-detector.ts';

/** How a session's turns are found on this side. Names and units as in the agent file. */
export interface LocalVadSettings extends TurnFinderOptions {
  /** The rate of the session's input audio. */
  readonly sampleRateHz: number;
}

/** What the stages of {@link LocalSpeech} are loaded with: the offline engine is large, and most sessions need none of it. */
export interface LocalSpeechLoader {
  loadDetectors(): Promise<SpeechDetectors>;
  createSpeaker(): Promise<Speaker>;
  createJudge(detectors: SpeechDetectors, options: TurnFinderOptions): Promise<FrameJudge>;
}

/** A voice that every listener takes for the machine's own. */
const defaultVoice = 'rms';

/** Hearing and voice of this process, beside those of the model. Loaded when first used, and shared by all sessions. */
export class LocalSpeech {
  readonly #loader: LocalSpeechLoader;
  #detectors: Promise<SpeechDetectors> | undefined;
  #speaker: Promise<Speaker> | undefined;

  constructor(loader: LocalSpeechLoader = engineLoader) {
    this.#loader = loader;
  }

  /** The process's own voice, at the rate given. */
  announcer(sampleRateHz: number, voice: string = defaultVoice): Announcer {
    return {
      speak: async (text, signal) => {
        const speaker = await this.#loadSpeaker();
        signal.throwIfAborted();
        const spoken = await speaker.speak(text, { voice, speed: 1 }, signal);
        const rates = { fromHz: speaker.sampleRateHz, toHz: sampleRateHz };
        return { samples: resample(spoken, rates), sampleRateHz };
      },
    };
  }

  /** Turns found by voice activity: audio flows inside them only. */
  vadTurns(settings: LocalVadSettings): LocalTurns {
    return {
      gate: 'turns',
      prefixPaddingMs: settings.prefixPaddingMs,
      openDetector: (listener) => this.openDetector(settings, listener),
    };
  }

  /** A detector of one session. A failure to load is told to the listener. */
  openDetector(settings: LocalVadSettings, listener: TurnListener): TurnDetector {
    const { sampleRateHz, ...options } = settings;
    const judge = this.#loadDetectors().then((detectors) => this.#loader.createJudge(detectors, options));
    // Looked at when there is audio to judge.
    judge.catch(() => undefined);
    return new QueuedTurnDetector({ sampleRateHz, judge, listener });
  }

  /** Frees what was loaded. */
  async close(): Promise<void> {
    const parts = [this.#detectors, this.#speaker];
    this.#detectors = undefined;
    this.#speaker = undefined;
    await Promise.allSettled(parts.map(async (part) => (await part)?.close()));
  }

  /** What could not be loaded is tried again when it is asked for again. */
  #loadDetectors(): Promise<SpeechDetectors> {
    this.#detectors ??= this.#loader.loadDetectors().catch((error: unknown) => {
      this.#detectors = undefined;
      throw error;
    });
    return this.#detectors;
  }

  #loadSpeaker(): Promise<Speaker> {
    this.#speaker ??= this.#loader.createSpeaker().catch((error: unknown) => {
      this.#speaker = undefined;
      throw error;
    });
    return this.#speaker;
  }
}

/** Turns that a button begins and ends: audio flows while it is held, and a little from before. */
export function buttonTurns(prefixPaddingMs: number): LocalTurns {
  return { gate: 'turns', prefixPaddingMs };
}

/** The stages of the offline engine. */
const engineLoader: LocalSpeechLoader = {
  loadDetectors: async () => (await import('@antiphon/local')).loadSpeechDetectors(),
  createSpeaker: async () => (await import('@antiphon/local')).createSpeaker(),
  createJudge: async (detectors, options) => {
    const { TurnFinder } = await import('@antiphon/local');
    return new TurnFinder(detectors.open(), options);
  },
};
