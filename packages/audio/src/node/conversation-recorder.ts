import { fadeOut } from '../dsp/fade.ts';
import { StereoRecording } from '../dsp/stereo-recording.ts';
import { HeardAudio } from '../playout/heard-audio.ts';
import type { PartPlayed, PlayoutPart } from '../playout/playout-ledger.ts';
import { WavFileWriter } from './wav-file-writer.ts';

/** How a conversation is recorded. */
export interface ConversationRecorderOptions {
  readonly sampleRateHz: number;
  /** What of the agent is kept: what was `heard`, or all that was `generated`, placed as if it had been. */
  readonly agent: 'heard' | 'generated';
  /** Whether the user has agreed to being recorded, as the file will say. */
  readonly consent: 'given' | 'not_needed' | 'unknown';
  /** Told of the first failure of the disk; the conversation goes on unrecorded. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Writes a conversation as one stereo WAV file: left the user, right the agent, placed by counting samples. The file
 * plays at every moment, also after the process was killed. Its comment says what is in it and whether there was
 * consent, its marks where it was paused.
 */
export class ConversationRecorder {
  readonly #options: ConversationRecorderOptions;
  readonly #stereo = new StereoRecording();
  readonly #heard: HeardAudio;
  readonly #writer: WavFileWriter;
  #marksWritten = 0;
  #sink: 'playing' | 'flushing' = 'playing';

  /** @throws AntiphonError `audio.open_failed`, `audio.write_failed`, `audio.invalid_option` */
  constructor(path: string, options: ConversationRecorderOptions) {
    const { sampleRateHz, agent, consent } = options;
    this.#options = options;
    this.#heard = new HeardAudio({ sampleRateHz });
    const comment = `left=user right=agent agent=${agent} consent=${consent}`;
    this.#writer = new WavFileWriter(path, {
      sampleRateHz,
      channels: 2,
      info: { ICMT: comment },
      over4GiB: 'rf64',
    });
  }

  /** What the user said next: the user's side is the clock of the recording. */
  user(samples: Int16Array): void {
    this.#stereo.pushUser(samples);
    this.#write(this.#stereo.pull());
  }

  /** The agent's audio came in. */
  received(part: PlayoutPart, samples: Int16Array): void {
    if (this.#options.agent === 'generated') this.#stereo.pushAgent(samples);
    else this.#heard.received(part, samples);
  }

  /** The sink has played a part so far: what was heard of it since is placed here. */
  played(progress: PartPlayed): void {
    if (this.#options.agent !== 'heard') return;
    const samples = this.#heard.played(progress);
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
    this.#attempt(() => this.#writer.close());
  }

  #write(samples: Int16Array): void {
    this.#attempt(() => {
      if (samples.length > 0) this.#writer.write(samples);
      const { markers } = this.#stereo;
      for (const { label, frame } of markers.slice(this.#marksWritten)) this.#writer.mark(label, frame);
      this.#marksWritten = markers.length;
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
