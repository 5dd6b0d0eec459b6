import { alawDecode, Int16Assembler, mulawDecode } from '@antiphon/audio';
import { decodeBase64 } from '@antiphon/core';
import { wireFormat } from './model-voice.ts';
import { SpeechGate } from './speech-gate.ts';

/** How the user's speech is found; undefined when the client says where turns end. */
export interface DetectionSettings {
  readonly speechRms: number;
  readonly prefixPaddingMs: number;
  readonly silenceDurationMs: number;
}

/** What was heard that matters. */
export interface Heard {
  readonly kind: 'started' | 'stopped';
  readonly atMs: number;
}

/** How much was heard. */
export interface Amount {
  readonly ms: number;
  readonly bytes: number;
}

/** What a commit takes. */
export interface Utterance {
  readonly ms: number;
  /** The same for the same sound, whatever silence is around and within it. */
  readonly sketch: string;
}

/** Samples that are not louder are silence to {@link Utterance.sketch}. */
const loudest = 500;

/** The input audio buffer: what was heard and not committed. */
export class ModelInput {
  #assembler = new Int16Assembler();
  #gate: SpeechGate | undefined;
  #format = 'audio/pcm';
  #heard: Amount = { ms: 0, bytes: 0 };
  /** What a commit would take. */
  #buffer: Sketch = emptyBuffer;

  /** Everything heard, since the connection was made. */
  get heard(): Amount {
    return this.#heard;
  }

  /** What a commit would take. */
  get bufferedMs(): number {
    return this.#buffer.ms;
  }

  get hasSpeech(): boolean {
    return this.#gate?.isSpeech ?? false;
  }

  configure(format: string, detection: DetectionSettings | undefined): void {
    this.#format = format;
    const { sampleRateHz } = wireFormat(format);
    this.#gate =
      detection === undefined ? undefined : new SpeechGate({ sampleRateHz, ...detection }, this.#heard.ms);
    this.#assembler = new Int16Assembler();
  }

  push(audioBase64: string): readonly Heard[] {
    const bytes = decodeBase64(audioBase64) ?? new Uint8Array();
    const samples = this.#samplesOf(bytes);
    const ms = (samples.length * 1000) / wireFormat(this.#format).sampleRateHz;
    this.#heard = { ms: this.#heard.ms + ms, bytes: this.#heard.bytes + bytes.length };
    this.#buffer = grown(this.#buffer, samples, ms);
    return this.#gate?.push(samples) ?? [];
  }

  /** Empties the buffer; returns what was in it. */
  take(): Utterance {
    const { ms, length, hash } = this.#buffer;
    this.#buffer = emptyBuffer;
    this.#gate?.reset();
    return { ms, sketch: `${length}:${hash}` };
  }

  #samplesOf(bytes: Uint8Array): Int16Array {
    switch (this.#format) {
      case 'audio/pcmu':
        return mulawDecode(bytes);
      case 'audio/pcma':
        return alawDecode(bytes);
      default:
        return this.#assembler.push(bytes);
    }
  }
}

/** What is buffered, with a hash (FNV-1a) of its loud samples. */
interface Sketch {
  readonly ms: number;
  readonly length: number;
  readonly hash: number;
}

const emptyBuffer: Sketch = { ms: 0, length: 0, hash: 0x811c9dc5 };

function grown(buffer: Sketch, samples: Int16Array, ms: number): Sketch {
  let { length, hash } = buffer;
  for (const sample of samples) {
    if (Math.abs(sample) > loudest) {
      length++;
      hash = Math.imul(hash ^ (sample & 0xffff), 0x01000193) >>> 0;
    }
  }
  return { ms: buffer.ms + ms, length, hash };
}
