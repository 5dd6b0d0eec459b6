/**
 * A cursor over the bytes of one push, with a small buffer that gathers a header across pushes. Nothing is ever
 * allocated by a size that a file claims.
 */
export class ByteInput {
  /** What {@link fill} has gathered. */
  readonly held = new Uint8Array(64);
  #heldLength = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bytes taken so far, over all pushes. */
  #position = 0;

  get heldLength(): number {
    return this.#heldLength;
  }

  get position(): number {
    return this.#position;
  }

  get isEmpty(): boolean {
    return this.#at === this.#bytes.length;
  }

  feed(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
  }

  /** Gathers until `length` bytes are held; false when the push ends first. */
  fill(length: number): boolean {
    const taken = this.take(Math.max(length - this.#heldLength, 0));
    this.held.set(taken, this.#heldLength);
    this.#heldLength += taken.length;
    return this.#heldLength >= length;
  }

  /** Drops the first `length` held bytes. */
  release(length: number = this.#heldLength): void {
    this.held.copyWithin(0, length, this.#heldLength);
    this.#heldLength -= length;
  }

  /** A copy of what is held, which is dropped. */
  takeHeld(): Uint8Array {
    const bytes = this.held.slice(0, this.#heldLength);
    this.release();
    return bytes;
  }

  /** A view on up to `length` bytes of this push. */
  take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#at, this.#at + Math.min(length, this.#bytes.length - this.#at));
    this.#at += taken.length;
    this.#position += taken.length;
    return taken;
  }
}
