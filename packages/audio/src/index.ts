// The public surface of @antiphon/audio: pure code, for Node and browsers alike. Files and streams: @antiphon/audio/node.
export { AutomaticGain, type AutomaticGainOptions } from './conditioning/automatic-gain.ts';
export { ComfortNoise, type ComfortNoiseOptions } from './conditioning/comfort-noise.ts';
export type { ConditioningStage } from './conditioning/conditioning-stage.ts';
export { HighPass, type HighPassOptions } from './conditioning/high-pass.ts';
export { InputConditioner } from './conditioning/input-conditioner.ts';
export { type Denoiser, NoiseSuppressor } from './conditioning/noise-suppressor.ts';
export { DcBlocker, type DcBlockerOptions } from './dsp/dc-blocker.ts';
export { type FadeOptions, fadeIn, fadeOut, flushTail, GainRamp } from './dsp/fade.ts';
export type { ResamplerProfile } from './dsp/filter-bank.ts';
export { FrameSplitter } from './dsp/frame-splitter.ts';
export { type Levels, levels } from './dsp/levels.ts';
export { LoudnessMeter, type LoudnessOptions } from './dsp/loudness-meter.ts';
export { Resampler, type ResamplerOptions, resample } from './dsp/resampler.ts';
export { speechEndFrame } from './dsp/speech-end.ts';
export { type RecordingMarker, StereoRecording } from './dsp/stereo-recording.ts';
export { type LinkMessage, linkMessageFromBytes, linkMessageToBytes } from './network/link-message.ts';
export { PacketSink, type PacketSinkCounts, type PacketSinkOptions } from './network/packet-sink.ts';
export { PacketSource, type PacketSourceOptions } from './network/packet-source.ts';
export { bytesToInt16, Int16Assembler, int16ToBytes } from './pcm/bytes.ts';
export { floatToInt16, int16ToFloat } from './pcm/convert.ts';
export { TpdfDither } from './pcm/dither.ts';
export { downmixToMono } from './pcm/downmix.ts';
export { alawDecode, alawEncode, mulawDecode, mulawEncode } from './pcm/g711.ts';
export { concatSamples, type Samples } from './pcm/samples.ts';
export { HeardAudio } from './playout/heard-audio.ts';
export {
  type AudioPacket,
  JitterBuffer,
  type JitterBufferOptions,
  type JitterCounts,
} from './playout/jitter-buffer.ts';
export { PlayoutBuffer, type PlayoutBufferOptions, type PlayoutCounts } from './playout/playout-buffer.ts';
export {
  type PartAccount,
  type PartCut,
  type PartPlayed,
  PlayoutLedger,
  type PlayoutPart,
} from './playout/playout-ledger.ts';
export { type DecodedWav, decodeWav } from './wav/decode-wav.ts';
export { encodeWav } from './wav/encode-wav.ts';
export type { WavEncoding, WavFormat, WavWarning } from './wav/format.ts';
export { type StoredFormat, samplesFromBytes, samplesToBytes } from './wav/stored-samples.ts';
export type { WavWriteOptions } from './wav/wav-header.ts';
export type { WavMark } from './wav/wav-metadata.ts';
export { WavReader, type WavSummary } from './wav/wav-reader.ts';
export { type WavPatch, WavWriter } from './wav/wav-writer.ts';
