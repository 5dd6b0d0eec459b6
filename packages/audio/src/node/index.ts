// The public surface of @antiphon/audio/node: what needs files, streams and devices.
export { ConversationRecorder, type ConversationRecorderOptions } from './conversation-recorder.ts';
export { chooseDevice } from './devices/choose-device.ts';
export type {
  AudioDevice,
  CaptureHandlers,
  DeviceBackend,
  DeviceKind,
  DeviceStream,
  PlaybackHandlers,
} from './devices/device-backend.ts';
export type { DeviceEvent, DeviceKeeperOptions } from './devices/device-keeper.ts';
export { type MicrophoneOptions, MicrophoneSource } from './devices/microphone-source.ts';
export { type BackendOptions, type DeviceSystem, openDeviceBackend } from './devices/open-backend.ts';
export { type SpeakerOptions, SpeakerSink } from './devices/speaker-sink.ts';
export { EchoCanceller } from './echo-canceller.ts';
export { type OggOpusFileOptions, OggOpusFileWriter } from './ogg-opus-file-writer.ts';
export { OpusEncoder, type OpusEncoderOptions } from './opus-encoder.ts';
export { rawPcmFromStream } from './raw-pcm.ts';
export { readWavFile } from './read-wav-file.ts';
export { WavFileWriter } from './wav-file-writer.ts';
