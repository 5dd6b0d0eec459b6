import { requireInteger } from '../options.ts';

/** A content part of an agent item. */
export interface PlayoutPart {
  readonly itemId: string;
  readonly contentIndex: number;
}

/** How much of a part has been played so far; never decreases. */
export interface PartPlayed extends PlayoutPart {
  readonly playedMs: number;
}

/** What a flush did to a part. */
export interface PartCut extends PartPlayed {
  /** Audio of this part that was dropped by this flush. */
  readonly droppedMs: number;
}

/** All that is known of a part. generatedMs = playedMs + droppedMs + what still waits. */
export interface PartAccount extends PartCut {
  readonly generatedMs: number;
}

interface Account extends PlayoutPart {
  generated: number;
  played: number;
  dropped: number;
}

interface Stretch {
  readonly account: Account;
  left: number;
}

/**
 * Counts, for a sink, how much of each content part was handed in, played and dropped. It plays nothing: the sink says
 * what it queued and how many samples its device consumed, in the order they were queued.
 */
export class PlayoutLedger {
  readonly #sampleRateHz: number;
  readonly #accounts = new Map<string, Account>();
  #queue: Stretch[] = [];

  /** @throws AntiphonError `audio.invalid_option` when the rate is no positive integer. */
  constructor(options: { readonly sampleRateHz: number }) {
    this.#sampleRateHz = requireInteger('sampleRateHz', options.sampleRateHz, { min: 1, max: 1_000_000 });
  }

  /** Audio that waits to be played, over all parts. */
  get pendingMs(): number {
    return this.#ms(this.#queue.reduce((total, { left }) => total + left, 0));
  }

  /** The account of a part; undefined when nothing of it was appended, or after {@link forget}. */
  account(part: PlayoutPart): PartAccount | undefined {
    const account = this.#accounts.get(keyOf(part));
    if (account === undefined) return undefined;
    return {
      ...this.#played(account),
      generatedMs: this.#ms(account.generated),
      droppedMs: this.#ms(account.dropped),
    };
  }

  /** Queues `samples` more of a part, behind everything queued before. */
  append(part: PlayoutPart, samples: number): void {
    requireInteger('samples', samples, { min: 0, max: Number.MAX_SAFE_INTEGER });
    const account = this.#open(part);
    account.generated += samples;
    const last = this.#queue.at(-1);
    if (last?.account === account) last.left += samples;
    else if (samples > 0) this.#queue.push({ account, left: samples });
  }

  /** The device consumed `playedSamples` more. More than is queued was silence and counts for nothing. */
  advance(playedSamples: number): PartPlayed[] {
    requireInteger('playedSamples', playedSamples, { min: 0, max: Number.MAX_SAFE_INTEGER });
    const touched = new Set<Account>();
    let rest = playedSamples;
    for (let next = this.#queue[0]; next !== undefined && rest > 0; next = this.#queue[0]) {
      const count = Math.min(rest, next.left);
      next.left -= count;
      next.account.played += count;
      rest -= count;
      touched.add(next.account);
      if (next.left === 0) this.#queue.shift();
    }
    return [...touched].map((account) => this.#played(account));
  }

  /** Drops everything that waits. One entry for each part that lost audio, in the order of playing. */
  flush(): PartCut[] {
    const droppedOf = new Map<Account, number>();
    for (const { account, left } of this.#queue) {
      account.dropped += left;
      droppedOf.set(account, (droppedOf.get(account) ?? 0) + left);
    }
    this.#queue = [];
    return Array.from(droppedOf, ([account, dropped]) => ({
      ...this.#played(account),
      droppedMs: this.#ms(dropped),
    }));
  }

  /** Forgets a part that is over; one with audio still waiting is kept. Without it the accounts of a session add up. */
  forget(part: PlayoutPart): void {
    const account = this.#accounts.get(keyOf(part));
    if (!this.#queue.some((stretch) => stretch.account === account)) this.#accounts.delete(keyOf(part));
  }

  #open(part: PlayoutPart): Account {
    const known = this.#accounts.get(keyOf(part));
    if (known !== undefined) return known;
    const { itemId, contentIndex } = part;
    const account = { itemId, contentIndex, generated: 0, played: 0, dropped: 0 };
    this.#accounts.set(keyOf(part), account);
    return account;
  }

  #played({ itemId, contentIndex, played }: Account): PartPlayed {
    return { itemId, contentIndex, playedMs: this.#ms(played) };
  }

  #ms(samples: number): number {
    return (samples * 1000) / this.#sampleRateHz;
  }
}

function keyOf({ itemId, contentIndex }: PlayoutPart): string {
  return `${contentIndex}:${itemId}`;
}
