import type { HeardAudio } from '../provider/input-buffer.ts';
import type { World } from '../world.ts';

/** Pieces of sound that a connection is given at one moment: the server hears them turn by turn. */
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
    for (const turn of turnsOf(pieces)) {
      this.#world.network.sendAudio(this.#epoch, {
        ms: turn.reduce((sum, { ms }) => sum + ms, 0),
        speech: turn.flatMap(({ speech }) => speech),
        silenceMs: turn.at(-1)?.silenceMs ?? 0,
      });
    }
  }
}

/** Each stretch of silence ends a turn. */
function turnsOf(pieces: readonly HeardAudio[]): readonly (readonly HeardAudio[])[] {
  const turns: HeardAudio[][] = [];
  for (const piece of pieces) {
    const turn = turns.at(-1);
    const begins = piece.speech.length > 0 && turn?.at(-1)?.speech.length === 0;
    if (turn === undefined || begins) turns.push([piece]);
    else turn.push(piece);
  }
  return turns;
}
