/** What a program tells of its stream, beside the sound. */
export type StreamNews =
  /** It has its device; `id` where it says which. */
  | { readonly kind: 'connected'; readonly id?: string }
  /** How much was played, by the clock of the device. */
  | { readonly kind: 'time'; readonly playedSeconds: number }
  | { readonly kind: 'ran_dry' }
  /** All else; the last of it before the end says why it ended. */
  | { readonly kind: 'other'; readonly text: string };

/** Cuts what a program writes into lines, across pieces. */
export class LineCutter {
  #rest = '';

  push(text: string): readonly string[] {
    const lines = (this.#rest + text).split(/[\r\n]+/);
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
