import { loadFlite } from '../tts/flite.ts';
import type { SpeakerMethods } from './protocol.ts';
import { serveCalls } from './serve-calls.ts';

const synthesizer = loadFlite();
// A failure to load is the answer to every call, not the end of the worker.
synthesizer.catch(() => undefined);

serveCalls<SpeakerMethods>({
  synthesize: async ({ text, style }, signal) => (await synthesizer).synthesize(text, style, signal),
});
