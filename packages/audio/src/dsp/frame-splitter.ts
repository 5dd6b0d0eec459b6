import { requireInteger } from '../options.ts';
import { concatSamples, emptyLike, type Samples } from '../pcm/samples.ts';

/** Cuts a stream that comes in pieces of any size into frames of one size. */
export class FrameSplitter<S extends Samples = Samples> {
  readonly frameLength: number;
  #rest: S | undefined;

  /**
   * @param frameLength samples of a frame, of all channels together.
   * @throws AntiphonError `audio.invalid_option` when it is no positive integer.
   */
  constructor(frameLength: number) {
    this.frameLength = requireInteger('frameLength', frameLength, { min: 1, max: 2 ** 30 });
  }

  /** The frames that are whole now, each in memory of its own. */
  push(samples: S): S[] {
    const joined = this.#rest === undefined ? samples : concatSamples([this.#rest, samples], samples);
    const frames: S[] = [];
    let at = 0;
    for (; at + this.frameLength <= joined.length; at += this.frameLength) {
      frames.push(joined.slice(at, at + this.frameLength) as S);
    }
    this.#rest = at < joined.length ? (joined.slice(at) as S) : undefined;
    return frames;
  }

  /** Ends the stream: the last, shorter frame, filled up with zeros when `pad` is set; undefined when nothing is left. */
  flush(options: { readonly pad?: boolean } = {}): S | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest === undefined || options.pad !== true) return rest;
    return concatSamples([rest, emptyLike(rest, this.frameLength - rest.length)], rest);
  }
}
