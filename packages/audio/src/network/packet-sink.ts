import type { AudioChunk, AudioSink, Clock, PlayoutProgress } from '@antiphon/core';
import { requireInteger } from '../options.ts';
import { PlayoutBuffer, type PlayoutBufferOptions, type PlayoutCounts } from '../playout/playout-buffer.ts';
import type { PartPlayed } from '../playout/playout-ledger.ts';
import { FramePace } from './frame-pace.ts';
import type { LinkMessage } from './link-message.ts';

/** Where packets go, and what is known of the far end. Times in milliseconds. */
export interface PacketSinkOptions extends PlayoutBufferOptions {
  readonly clock: Clock;
  /** Sends a message, `audio` or `clear`, to the far end; it may get lost on its way. */
  readonly send: (message: LinkMessage) => void;
  /** Sound in a packet; 20 when left out. */
  readonly packetMs?: number;
  /** Whether packets go out while nobody speaks; `skip` when left out. A phone line wants them. */
  readonly silence?: 'skip' | 'send';
  /** For a far end that cannot tell what it played: what was sent counts as heard after so long. */
  readonly assumePlayedAfterMs?: number;
  /** Told whenever audio ran out before its end, or did not fit. */
  readonly onTrouble?: (counts: PlayoutCounts) => void;
}

/** What has happened so far, and how far the far end is behind. */
export interface PacketSinkCounts extends PlayoutCounts {
  readonly packets: number;
  /** Speech that was sent and is not known to have been played. */
  readonly unacknowledgedMs: number;
}

/** An agent may send minutes of speech at once: it waits here. */
const defaultCapacityMs = 600_000;

/**
 * The agent's voice to a player at the end of a network, in packets at an even pace. Only what the far end says it has
 * played counts as heard.
 */
export class PacketSink implements AudioSink {
  readonly sampleRateHz: number;
  readonly #options: PacketSinkOptions;
  readonly #buffer: PlayoutBuffer;
  readonly #packetLength: number;
  readonly #pace: FramePace;
  #cancelTimer: () => void = () => {};
  /** Positions of the stream: of the next packet, and of what the far end plays next. */
  #sent = 0;
  #played = 0;
  #packets = 0;
  #troubles = 0;
  #listener: (progress: PlayoutProgress) => void = () => {};

  /** @throws AntiphonError `audio.invalid_option` */
  constructor(options: PacketSinkOptions) {
    const { sampleRateHz, clock, packetMs = 20, assumePlayedAfterMs = 0 } = options;
    this.#options = options;
    this.#buffer = new PlayoutBuffer({ capacityMs: defaultCapacityMs, ...options });
    this.sampleRateHz = sampleRateHz;
    requireInteger('packetMs', packetMs, { min: 5, max: 200 });
    requireInteger('assumePlayedAfterMs', assumePlayedAfterMs, { min: 0, max: 60_000 });
    this.#packetLength = Math.round((sampleRateHz * packetMs) / 1000);
    this.#pace = new FramePace(clock, packetMs);
    this.#wait();
  }

  get counts(): PacketSinkCounts {
    const { counts, inFlightMs } = this.#buffer;
    return { ...counts, packets: this.#packets, unacknowledgedMs: inFlightMs };
  }

  write(chunk: AudioChunk): void {
    this.#buffer.write(chunk, chunk.samples, this.#options.clock.nowMs());
    this.#reportTrouble();
  }

  endPart(itemId: string, contentIndex: number): void {
    this.#buffer.endPart({ itemId, contentIndex });
  }

  /** The far end has played everything before this position. Older news and positions never sent change nothing. */
  played(position: number): void {
    const samples = Math.min(position, this.#sent) - this.#played;
    if (!(samples > 0)) return;
    this.#played += samples;
    for (const progress of this.#buffer.acknowledge(samples)) this.#tell(progress);
  }

  flush(): void {
    const cuts = this.#buffer.flush();
    this.#played = this.#sent;
    if (cuts.length > 0) this.#options.send({ type: 'clear', position: this.#sent });
    for (const cut of cuts) this.#tell(cut);
  }

  onProgress(listener: (progress: PlayoutProgress) => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#listener = () => {};
    this.#cancelTimer();
    this.flush();
  }

  #wait(): void {
    this.#cancelTimer = this.#options.clock.setTimer(this.#pace.waitMs, () => {
      this.#pass(this.#pace.advance());
      this.#wait();
    });
  }

  /** A packet is due; before it so many were missed, for which the far end has played silence. */
  #pass(missed: number): void {
    const { clock, silence = 'skip', assumePlayedAfterMs, send } = this.#options;
    this.#buffer.pass(missed * this.#packetLength);
    this.#sent += missed * this.#packetLength;
    const waitedMs = this.#buffer.waitingMs;
    const samples = this.#buffer.take(this.#packetLength, clock.nowMs());
    const position = this.#sent;
    this.#sent += samples.length;
    if (silence === 'send' || this.#buffer.waitingMs < waitedMs) {
      this.#packets++;
      send({ type: 'audio', position, samples });
    }
    if (assumePlayedAfterMs !== undefined)
      this.played(this.#sent - Math.round((assumePlayedAfterMs * this.sampleRateHz) / 1000));
    this.#reportTrouble();
  }

  #reportTrouble(): void {
    const counts = this.#buffer.counts;
    const troubles = counts.underruns + counts.overruns;
    if (troubles > this.#troubles) this.#options.onTrouble?.(counts);
    this.#troubles = troubles;
  }

  #tell({ itemId, contentIndex, playedMs }: PartPlayed): void {
    this.#listener({ itemId, contentIndex, playedMs });
  }
}
