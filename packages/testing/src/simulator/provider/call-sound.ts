import type { ServerEvent } from '@antiphon/core';
import type { EventQueue } from '../event-queue.ts';
import type { PartPlace } from './server-says.ts';

/** A stretch of the agent's voice on its way from the server to the ear. */
interface Chunk {
  readonly at: PartPlace;
  readonly startMs: number;
  readonly endMs: number;
  /** What of the part was queued before it. */
  readonly offsetMs: number;
}

/** What was heard of a content part. */
interface HeardPart {
  readonly at: PartPlace;
  madeMs: number;
}

/** What the sound of a call may use. */
export interface CallSoundPorts {
  readonly queue: EventQueue;
  readonly emit: (event: ServerEvent) => void;
  /** Whether more of a response may come. */
  readonly isActive: (responseId: string) => boolean;
  /** The model is to keep of a part what was heard. */
  readonly onCut: (at: PartPlace, heardMs: number) => void;
}

/** The buffer of a server that plays what it says to the user itself, in real time, and knows what was heard. */
export class CallSound {
  #queue: Chunk[] = [];
  readonly #parts = new Map<string, HeardPart>();
  /** Responses whose sound is being heard. */
  readonly #started = new Set<string>();
  /** Responses of which nothing more is to be heard. */
  readonly #cut = new Set<string>();
  #over = false;
  readonly #ports: CallSoundPorts;

  constructor(ports: CallSoundPorts) {
    this.#ports = ports;
  }

  get isPlaying(): boolean {
    return (this.#queue.at(-1)?.endMs ?? 0) > this.#ports.queue.nowMs;
  }

  /** The response that is being heard. */
  get sounding(): string | undefined {
    return this.#queue[0]?.at.responseId;
  }

  add(at: PartPlace, ms: number): void {
    if (this.#over || this.#cut.has(at.responseId)) return;
    const key = `${at.itemId}/${at.contentIndex}`;
    const part = this.#parts.get(key) ?? { at, madeMs: 0 };
    this.#parts.set(key, part);
    const { queue } = this.#ports;
    const startMs = Math.max(queue.nowMs, this.#queue.at(-1)?.endMs ?? 0);
    const chunk = { at, startMs, endMs: startMs + ms, offsetMs: part.madeMs };
    part.madeMs += ms;
    this.#queue.push(chunk);
    queue.at(chunk.startMs, () => this.#start(chunk));
    queue.at(chunk.endMs, () => this.#end(chunk));
  }

  /** No more of a response comes. */
  finish(responseId: string): void {
    this.#stopWhenDrained(responseId);
  }

  /** What was not heard is dropped, and so is what still comes of the response that is under way. */
  clear(activeId: string | undefined): void {
    if (activeId !== undefined) this.#cut.add(activeId);
    const dropped = this.#queue.splice(0);
    for (const { at } of dropped) this.#cut.add(at.responseId);
    for (const responseId of this.#started)
      this.#ports.emit({ type: 'output_audio_buffer.cleared', response_id: responseId });
    this.#started.clear();
    this.#truncate(dropped);
  }

  /** The call is over. */
  end(): void {
    this.#over = true;
    this.#queue = [];
  }

  #start(chunk: Chunk): void {
    const { responseId } = chunk.at;
    if (!this.#queue.includes(chunk) || this.#started.has(responseId)) return;
    this.#started.add(responseId);
    this.#ports.emit({ type: 'output_audio_buffer.started', response_id: responseId });
  }

  #end(chunk: Chunk): void {
    const at = this.#queue.indexOf(chunk);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#stopWhenDrained(chunk.at.responseId);
  }

  #stopWhenDrained(responseId: string): void {
    const isDrained = !this.#queue.some(({ at }) => at.responseId === responseId);
    if (this.#over || !isDrained || this.#ports.isActive(responseId) || !this.#started.delete(responseId))
      return;
    this.#ports.emit({ type: 'output_audio_buffer.stopped', response_id: responseId });
  }

  /** Tells of each part that was not heard whole how much of it was. */
  #truncate(dropped: readonly Chunk[]): void {
    const { nowMs } = this.#ports.queue;
    const heard = new Map<string, { readonly at: PartPlace; readonly ms: number }>();
    for (const { at, startMs, offsetMs } of dropped) {
      const key = `${at.itemId}/${at.contentIndex}`;
      if (!heard.has(key)) heard.set(key, { at, ms: offsetMs + Math.max(0, nowMs - startMs) });
    }
    for (const { at, ms } of heard.values()) {
      this.#ports.onCut(at, ms);
      this.#ports.emit({
        type: 'conversation.item.truncated',
        item_id: at.itemId,
        content_index: at.contentIndex,
        audio_end_ms: Math.floor(ms),
      });
    }
  }
}
