import { loadUseLite } from '../embedding/use-lite.ts';
import { loadFlite } from '../tts/flite.ts';
import type { VoiceMethods } from './protocol.ts';
import { serveCalls } from './serve-calls.ts';

const synthesizer = loadFlite();
const embedder = loadUseLite();
// A failure to load is the answer to every call, not the end of the worker.
synthesizer.catch(() => undefined);
embedder.catch(() => undefined);

serveCalls<VoiceMethods>({
  synthesize: async ({ text, style }, signal) => (await synthesizer).synthesize(text, style, signal),
  embed: async (texts, signal) => (await embedder).embed(texts, signal),
});
