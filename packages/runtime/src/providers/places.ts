/** Sessions whose place in the conversation is remembered, the newest ones. */
const rememberedSessions = 1_000;

/** Where the server left off, by session. */
export class Places<Place> {
  readonly #places = new Map<string, Place>();

  of(sessionId: string): Place | undefined {
    return this.#places.get(sessionId);
  }

  /** The latest place of a session, or that there is none any more. */
  set(sessionId: string, place: Place | undefined): void {
    this.#places.delete(sessionId);
    if (place !== undefined) this.#places.set(sessionId, place);
    const [oldest] = this.#places.keys();
    if (this.#places.size > rememberedSessions && oldest !== undefined) this.#places.delete(oldest);
  }

  clear(): void {
    this.#places.clear();
  }
}
