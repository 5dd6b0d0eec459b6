/** A terminal whose last lines can be drawn anew. */
export interface Screen {
  readonly write: (text: string) => void;
}

const up = '\u001b[1A';
const clearLine = '\r\u001b[K';
const clearBelow = '\r\u001b[J';

/** Lines that stay, and below them lines that change. Nothing is written when nothing has changed. */
export class TalkScreen {
  readonly #screen: Screen;
  #live: readonly string[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Adds lines that stay, and shows `live` below them. */
  show(stays: readonly string[], live: readonly string[]): void {
    const isSame = live.length === this.#live.length && live.every((line, at) => line === this.#live[at]);
    if (stays.length === 0 && isSame) return;
    const back = up.repeat(Math.max(0, this.#live.length - 1));
    const begin = this.#live.length === 0 ? '' : `${back}${clearBelow}`;
    this.#screen.write(`${begin}${stays.map((line) => `${line}\n`).join('')}${live.join('\n')}`);
    this.#live = live;
  }

  /** The width has changed: what was drawn is somewhere else now, and is left there. */
  resized(): void {
    if (this.#live.length > 0) this.#screen.write(`${clearLine}\n`);
    this.#live = [];
  }

  /** Takes the live lines away. */
  end(): void {
    this.show([], []);
  }
}
