import type { AudioChunk, AudioSink, PlayoutProgress } from '@antiphon/core';

/** What the watchers of a sink are told. */
export interface SinkWatcher {
  readonly onReceived: (chunk: AudioChunk) => void;
  readonly onPartEnd: (itemId: string, contentIndex: number) => void;
  /** Told of what was heard, before the session is. */
  readonly onProgress: (progress: PlayoutProgress) => void;
  /** What waits is about to be dropped: what is told until then ends in a fade. */
  readonly onFlushing: () => void;
  /** What waited was dropped, after its progress was told. */
  readonly onFlushed: () => void;
}

/** A sink that others may watch. */
export class WatchedSink implements AudioSink {
  readonly #sink: AudioSink;
  readonly #watcher: SinkWatcher;

  constructor(sink: AudioSink, watcher: SinkWatcher) {
    this.#sink = sink;
    this.#watcher = watcher;
  }

  get sampleRateHz(): number {
    return this.#sink.sampleRateHz;
  }

  write(chunk: AudioChunk): void {
    this.#watcher.onReceived(chunk);
    this.#sink.write(chunk);
  }

  endPart(itemId: string, contentIndex: number): void {
    this.#watcher.onPartEnd(itemId, contentIndex);
    this.#sink.endPart(itemId, contentIndex);
  }

  flush(): void {
    this.#watcher.onFlushing();
    this.#sink.flush();
    this.#watcher.onFlushed();
  }

  onProgress(listener: (progress: PlayoutProgress) => void): void {
    this.#sink.onProgress((progress) => {
      this.#watcher.onProgress(progress);
      listener(progress);
    });
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}
