import type { ErrorRow } from '../error-row.ts';

/** Errors of reading, writing and converting audio. `source` is a file path, or what stands for it. */
export const audioErrors = {
  'audio.not_wav': {
    message: '{source} is not a WAV file: {reason}',
    hint: 'Give a RIFF/WAVE file (PCM 8/16/24/32, float 32/64, A-law or mu-law), or raw PCM16 at 24 kHz through "-".',
    retryable: false,
    exitCode: 2,
  },
  'audio.truncated_header': {
    message: '{source} ends after {byte_length} bytes, inside its WAV header',
    hint: 'The file was cut short: copy or record it again.',
    retryable: false,
    exitCode: 2,
  },
  'audio.no_fmt': {
    message: '{source} has no "fmt " chunk before its audio',
    hint: 'Without it the rate and encoding are unknown: export the recording again as PCM16 WAV.',
    retryable: false,
    exitCode: 2,
  },
  'audio.no_data': {
    message: '{source} has no "data" chunk: it holds no audio',
    hint: 'The file was cut short or is damaged: copy or record it again.',
    retryable: false,
    exitCode: 2,
  },
  'audio.bad_fmt': {
    message: '{source} has an impossible "fmt " chunk: {reason}',
    hint: 'The file is damaged: export the recording again as PCM16 WAV.',
    retryable: false,
    exitCode: 2,
  },
  'audio.unsupported_codec': {
    message: '{source} holds {codec}, which is not decoded',
    hint: 'Convert it to PCM16 WAV, for example: ffmpeg -i INPUT -c:a pcm_s16le OUTPUT.wav',
    retryable: false,
    exitCode: 2,
  },
  'audio.file_not_found': {
    message: 'there is no file {path}',
    hint: 'Check the path; it is taken from the folder the command runs in.',
    retryable: false,
    exitCode: 2,
  },
  'audio.not_a_file': {
    message: '{path} is a folder, not an audio file',
    hint: 'Name the WAV files one by one, for example {path}/*.wav.',
    retryable: false,
    exitCode: 2,
  },
  'audio.read_failed': {
    message: 'could not read {path}: {reason}',
    hint: 'Check that the file is there and that you may read it.',
    retryable: true,
    exitCode: 2,
  },
  'audio.open_failed': {
    message: 'could not open {path} for writing: {reason}',
    hint: 'Check that its folder is there and that you may write to it.',
    retryable: false,
    exitCode: 2,
  },
  'audio.write_failed': {
    message: 'could not write to {path}: {reason}; what was written before is kept',
    hint: 'Check the free space of the disk, then run again.',
    retryable: true,
    exitCode: 4,
  },
  'audio.wav_too_large': {
    message:
      'the audio does not fit into a WAV file: it would hold {byte_length} bytes, over the limit of 4 GiB',
    hint: 'Start a new file before the limit, or let the file become an RF64 (over4GiB: rf64).',
    retryable: false,
    exitCode: 4,
  },
  'audio.suppression_unavailable': {
    message: 'noise suppression cannot be had: {reason}',
    hint: 'Allow WebAssembly, or set noise_suppression to none.',
    retryable: false,
    exitCode: 2,
  },
  'audio.opus_unavailable': {
    message: 'Opus cannot be encoded: {reason}',
    hint: 'Allow WebAssembly and check that libopus-wasm is installed ("npm ls libopus-wasm"), or record as WAV.',
    retryable: false,
    exitCode: 2,
  },
  'audio.no_device': {
    message: 'there is no {kind} to use: {reason}',
    hint: 'Connect one; on Linux, PulseAudio or PipeWire has to run (test it with "pactl info"). "antiphon talk --list-devices" shows what is found; "antiphon run" needs no devices.',
    retryable: true,
    exitCode: 2,
  },
  'audio.device_not_found': {
    message: 'no single {kind} is meant by "{wanted}"; {which}: {available}',
    hint: 'Give its number in "antiphon talk --list-devices", or a part of its name that no other has.',
    retryable: false,
    exitCode: 2,
  },
  'audio.device_failed': {
    message: 'the {kind} {device} could not be opened: {reason}',
    hint: 'Check that it is connected, that no other program holds it, and that this one may use it (on macOS and Windows: the privacy settings).',
    retryable: true,
    exitCode: 2,
  },
  'audio.invalid_option': {
    message: '{option} is {value}, expected {expected}',
    hint: 'Pass {expected} as {option}.',
    retryable: false,
    exitCode: 2,
  },
} as const satisfies Record<string, ErrorRow>;
