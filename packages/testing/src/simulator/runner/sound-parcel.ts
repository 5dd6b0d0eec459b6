import type { HeardAudio } from '../provider/input-buffer.ts';
import type { World } from '../world.ts';

/** Pieces of sound that a connection is given at one moment: the server hears them as one stretch. */
export class SoundParcel {
  #epoch = 0;
  #pieces: HeardAudio[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  add(epoch: number, piece: HeardAudio): void {
    if (epoch !== this.#epoch) this.send();
    this.#epoch = epoch;
    if (this.#pieces.length === 0) this.#world.stage.queue.after(0, () => this.send());
    this.#pieces.push(piece);
  }

  /** Whatever is sent next comes after the sound. */
  send(): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    const last = pieces.at(-1);
    if (last === undefined) return;
    this.#world.network.sendAudio(this.#epoch, {
      ms: pieces.reduce((sum, { ms }) => sum + ms, 0),
      speech: pieces.flatMap(({ speech }) => speech),
      silenceMs: last.silenceMs,
    });
  }
}
