/** Cuts a stream of bytes into its lines, each of at most `maxBytes`. */
export class LineBuffer {
  readonly #maxBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that are whole now, without their ends; undefined once a line is too long. */
  push(chunk: Buffer): readonly Buffer[] | undefined {
    const lines: Buffer[] = [];
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      if (this.#pendingBytes + end > this.#maxBytes) return undefined;
      lines.push(Buffer.concat([...this.#pending, rest.subarray(0, end)]));
      this.#pending = [];
      this.#pendingBytes = 0;
      rest = rest.subarray(end + 1);
    }
    this.#pending.push(rest);
    this.#pendingBytes += rest.length;
    return this.#pendingBytes > this.#maxBytes ? undefined : lines;
  }
}
