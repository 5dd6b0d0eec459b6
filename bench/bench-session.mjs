// What the benches of sound have in common: a runtime that talks to a server on this machine, and a microphone.

/** A runtime with one agent on a server of the Realtime protocol at `port`. */
export async function benchRuntime(/** @type {number} */ port) {
  const { createAntiphon } = await import('../packages/runtime/dist/index.js');
  const text = `version: 1
providers: { bench: { type: openai_compatible, base_url: "ws://127.0.0.1:${port}/v1", model: any, api_key: none } }
agents: { a: { provider: bench, instructions: Talk. } }`;
  const logger = { debug() {}, info() {}, warn() {}, error: console.error };
  return createAntiphon({ config: { file: 'bench.yaml', text }, env: {}, logger });
}

/** A microphone that hears what it is given. */
export class BenchSource {
  sampleRateHz = 24_000;
  kind = 'live';
  #waiting = [];
  #wake = () => {};

  push(samples) {
    this.#waiting.push(samples);
    this.#wake();
  }

  async *frames(signal) {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else await new Promise((resolve) => (this.#wake = resolve));
    }
  }
}
