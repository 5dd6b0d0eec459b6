import { fadeOut } from '../dsp/fade.ts';
import { StereoRecording } from '../dsp/stereo-recording.ts';
import { HeardAudio } from '../playout/heard-audio.ts';
import type { PartPlayed, PlayoutPart } from '../playout/playout-ledger.ts';
import { OggOpusFileWriter } from './ogg-opus-file-writer.ts';
import type { OpusEncoder } from './opus-encoder.ts';
import { WavFileWriter } from './wav-file-writer.ts';

/** How a conversation is recorded. */
export interface ConversationRecorderOptions {
  readonly sampleRateHz: number;
  /** What of the agent is kept: what was `heard`, or all that was `generated`, placed as if it had been. */
  readonly agent: 'heard' | 'generated';
  /**
   * Whether the user has agreed to being recorded, as the file will say. `required`: nothing is kept, and there is no
   * file, until {@link ConversationRecorder.allow}.
   */
  readonly consent: 'given' | 'not_needed' | 'unknown' | 'required';
  /** Who says that it was given. */
  readonly consentBy?: string;
  /** Makes the file Ogg/Opus: of the same rate, stereo, for this recording alone. WAV when left out. */
  readonly opus?: OpusEncoder;
  /** Told of the first failure of the disk; the conversation goes on unrecorded. */
  readonly onFailure: (error: unknown) => void;
}

/** A file that takes audio as it comes. Where its format has no place for marks, it has none. */
interface RecordingFile {
  write(samples: Int16Array): void;
  mark?(label: string, frame: number): void;
  close(): void;
}

/** Of whoever says that there is consent. */
const longestName = 100;

/**
 * Writes a conversation as one stereo file, WAV or Ogg/Opus: left the user, right the agent, placed by counting samples. The
 * file plays at every moment, also after the process was killed. Its comment says what is in it and whether there was
 * consent, its marks, which only WAV has, where it was paused.
 */
export class ConversationRecorder {
  readonly #options: ConversationRecorderOptions;
  readonly #stereo: StereoRecording;
  readonly #heard: HeardAudio;
  readonly path: string;
  /** Undefined until there is consent. */
  #writer: RecordingFile | undefined;
  #marksWritten = 0;
  #sink: 'playing' | 'flushing' = 'playing';

  /** @throws AntiphonError `audio.open_failed`, `audio.write_failed`, `audio.invalid_option` */
  constructor(path: string, options: ConversationRecorderOptions) {
    const { sampleRateHz, consent, consentBy } = options;
    this.path = path;
    this.#options = options;
    this.#stereo = new StereoRecording({ sampleRateHz });
    this.#heard = new HeardAudio({ sampleRateHz });
    if (consent !== 'required') this.#writer = this.#create(consent, consentBy);
  }

  /** Whether there is a file: from the beginning, or from consent on. */
  get hasBegun(): boolean {
    return this.#writer !== undefined;
  }

  /**
   * The user agrees to being recorded. Where that is required the file begins here; elsewhere a mark says so.
   *
   * @param by who says so.
   */
  allow(by: string): void {
    this.#attempt(() => {
      if (this.#writer === undefined) this.#writer = this.#create('given', by);
      else this.#writer.mark?.(`consent given by ${by}`, this.#stereo.frames);
    });
  }

  /** What the user said next: the user's side is the clock of the recording. */
  user(samples: Int16Array): void {
    if (this.#writer === undefined) return;
    this.#stereo.pushUser(samples);
    this.#write(this.#stereo.pull());
  }

  /** The agent's audio came in. */
  received(part: PlayoutPart, samples: Int16Array): void {
    if (this.#options.agent === 'heard') this.#heard.received(part, samples);
    else if (this.#writer !== undefined) this.#stereo.pushAgent(samples);
  }

  /** The sink has played a part so far: what was heard of it since is placed here. */
  played(progress: PartPlayed): void {
    if (this.#options.agent !== 'heard') return;
    const samples = this.#heard.played(progress);
    if (this.#writer === undefined) return;
    const { sampleRateHz } = this.#options;
    this.#stereo.pushAgent(this.#sink === 'flushing' ? fadeOut(samples, { sampleRateHz }) : samples);
  }

  /** The sink is about to drop what it has: what it tells of until {@link flushed} ends without a click. */
  flushing(): void {
    this.#sink = 'flushing';
  }

  /** No more of this part comes in. */
  partEnded(part: PlayoutPart): void {
    this.#heard.end(part);
  }

  /** The sink has dropped what it had, after it told how much of it was played. */
  flushed(): void {
    this.#sink = 'playing';
    this.#heard.flush();
  }

  /** Keeps nothing of what is said until {@link resume}, as for the number of a card: both sides are silent. */
  pause(): void {
    this.#stereo.pause();
  }

  resume(): void {
    this.#stereo.resume();
  }

  /** Both sides go on from here together: a turn is over, and no audio of the user counts the time. */
  align(): void {
    this.#stereo.align();
    this.#write(this.#stereo.pull());
  }

  /** Completes the file. Idempotent. */
  close(): void {
    this.#write(this.#stereo.finish());
    this.#attempt(() => this.#writer?.close());
    this.#options.opus?.close();
  }

  #write(samples: Int16Array): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#attempt(() => {
      if (samples.length > 0) writer.write(samples);
      const { markers } = this.#stereo;
      for (const { label, frame } of markers.slice(this.#marksWritten)) writer.mark?.(label, frame);
      this.#marksWritten = markers.length;
    });
  }

  #create(consent: string, by: string | undefined): RecordingFile {
    const { sampleRateHz, agent, opus } = this.#options;
    const said = by === undefined ? '' : ` consent_by=${JSON.stringify(by.slice(0, longestName))}`;
    const comment = `left=user right=agent agent=${agent} consent=${consent}${said}`;
    if (opus !== undefined)
      return new OggOpusFileWriter(this.path, { encoder: opus, comments: { DESCRIPTION: comment } });
    return new WavFileWriter(this.path, {
      sampleRateHz,
      channels: 2,
      info: { ICMT: comment },
      over4GiB: 'rf64',
    });
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#options.onFailure(error);
    }
  }
}
