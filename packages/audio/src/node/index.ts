// The public surface of @antiphon/audio/node: what needs files and streams.
export { ConversationRecorder, type ConversationRecorderOptions } from './conversation-recorder.ts';
export { rawPcmFromStream } from './raw-pcm.ts';
export { readWavFile } from './read-wav-file.ts';
export { WavFileWriter } from './wav-file-writer.ts';
