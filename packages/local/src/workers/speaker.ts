import { concatSamples } from '@antiphon/audio';
import { speakClauses } from '../engine/speaking.ts';
import type { SpeechStyle } from '../stages.ts';
import { fliteSampleRateHz } from '../tts/flite-format.ts';
import type { SpeakerMethods } from './protocol.ts';
import { WorkerClient } from './worker-client.ts';
import { workerEntry } from './worker-entry.ts';
import { threadPeer } from './worker-peer.ts';

/** A synthesiser in a thread of its own, for whole texts. */
export interface Speaker {
  readonly sampleRateHz: number;
  /** The text as mono 16-bit samples at `sampleRateHz`. Rejects also when `signal` is aborted. */
  speak(text: string, style: SpeechStyle, signal: AbortSignal): Promise<Int16Array>;
  close(): Promise<void>;
}

/** Makes a speaker; its thread starts with the first text, and does not keep the process alive between texts. */
export function createSpeaker(): Speaker {
  const worker = new WorkerClient<SpeakerMethods>({
    name: 'speaker',
    start: threadPeer(workerEntry('speaker-worker'), undefined),
  });
  const synthesizer = {
    sampleRateHz: fliteSampleRateHz,
    synthesize: (text: string, style: SpeechStyle, signal?: AbortSignal) =>
      worker.call('synthesize', { text, style }, signal),
    close: () => worker.close(),
  };
  return {
    sampleRateHz: fliteSampleRateHz,
    async speak(text, style, signal) {
      const pieces: Int16Array[] = [];
      for await (const clause of speakClauses(text, { synthesizer, style, signal })) {
        pieces.push(clause.samples);
      }
      return concatSamples(pieces, new Int16Array(0));
    },
    close: () => worker.close(),
  };
}
