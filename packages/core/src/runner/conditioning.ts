import { thrownText } from '../errors/thrown-text.ts';
import type { AudioConditioner } from '../ports/audio-conditioner.ts';
import type { Logger } from '../ports/logger.ts';

/** The conditioner of an agent, for one stream; undefined for an agent whose audio is left as it is. */
export type ConditionerLookup = (agentName: string) => AudioConditioner | undefined;

const noSamples = new Int16Array(0);

/** What is done to the user's audio by the agent in charge. */
export class Conditioning {
  readonly #lookup: ConditionerLookup;
  readonly #logger: Logger;
  #agentName: string | undefined;
  #conditioner: AudioConditioner | undefined;

  constructor(lookup: ConditionerLookup, logger: Logger) {
    this.#lookup = lookup;
    this.#logger = logger;
  }

  /** The agent in charge. Returns what was still inside of the one before. */
  setAgent(agentName: string): Int16Array {
    if (agentName === this.#agentName) return noSamples;
    const rest = this.drain();
    this.close();
    this.#agentName = agentName;
    try {
      this.#conditioner = this.#lookup(agentName);
    } catch (error) {
      this.#complain('the audio of the user is left as it is', error);
    }
    return rest;
  }

  push(samples: Int16Array): Int16Array {
    return this.#attempt((conditioner) => conditioner.push(samples)) ?? samples;
  }

  drain(): Int16Array {
    return this.#attempt((conditioner) => conditioner.drain()) ?? noSamples;
  }

  close(): void {
    const conditioner = this.#conditioner;
    this.#conditioner = undefined;
    try {
      conditioner?.close();
    } catch (error) {
      this.#complain('a conditioner could not be closed', error);
    }
  }

  /** One that throws is done without from then on. */
  #attempt(work: (conditioner: AudioConditioner) => Int16Array): Int16Array | undefined {
    if (this.#conditioner === undefined) return undefined;
    try {
      return work(this.#conditioner);
    } catch (error) {
      this.#complain('the audio of the user is left as it is', error);
      this.close();
      return undefined;
    }
  }

  #complain(what: string, error: unknown): void {
    this.#logger.error(what, { agent: this.#agentName ?? '', message: thrownText(error) });
  }
}
