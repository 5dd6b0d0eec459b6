import { StereoRecording } from '@antiphon/audio';
import { WavFileWriter } from '@antiphon/audio/node';

/** The conversation as one stereo file: left the user, right the agent. A disk that fails is told once. */
export class ConversationRecording {
  readonly #stereo = new StereoRecording();
  readonly #writer: WavFileWriter;
  readonly #onFailure: (error: unknown) => void;

  /** @throws AntiphonError `audio.open_failed` */
  constructor(path: string, sampleRateHz: number, onFailure: (error: unknown) => void) {
    this.#writer = new WavFileWriter(path, { sampleRateHz, channels: 2 });
    this.#onFailure = onFailure;
  }

  user(samples: Int16Array): void {
    this.#stereo.pushUser(samples);
    this.#write(this.#stereo.pull());
  }

  agent(samples: Int16Array): void {
    this.#stereo.pushAgent(samples);
  }

  /** Both sides go on from here together: a turn is over. */
  align(): void {
    this.#stereo.align();
    this.#write(this.#stereo.pull());
  }

  close(): void {
    this.#write(this.#stereo.finish());
    this.#attempt(() => this.#writer.close());
  }

  #write(samples: Int16Array): void {
    if (samples.length > 0) this.#attempt(() => this.#writer.write(samples));
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
