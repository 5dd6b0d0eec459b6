import { ComfortNoise } from '@antiphon/audio';
import type { AgentConfig, AudioChunk, AudioSink, PlayoutProgress } from '@antiphon/core';

/**
 * A sink with a quiet noise beneath what is played, where the agent in charge has one. A sink whose agents have none is
 * returned as it is.
 */
export function comfortableSink(
  sink: AudioSink,
  agents: Readonly<Record<string, AgentConfig>>,
  agentInCharge: () => string,
): AudioSink {
  const noises = new Map<string, ComfortNoise>();
  for (const [name, { comfort_noise: wanted }] of Object.entries(agents)) {
    if (wanted === undefined) continue;
    const options = { sampleRateHz: sink.sampleRateHz, levelDbfs: wanted.level_dbfs };
    noises.set(name, new ComfortNoise(options));
  }
  return noises.size === 0 ? sink : new ComfortNoiseSink(sink, () => noises.get(agentInCharge()));
}

class ComfortNoiseSink implements AudioSink {
  readonly sampleRateHz: number;
  readonly #sink: AudioSink;
  readonly #noise: () => ComfortNoise | undefined;

  constructor(sink: AudioSink, noise: () => ComfortNoise | undefined) {
    this.sampleRateHz = sink.sampleRateHz;
    this.#sink = sink;
    this.#noise = noise;
  }

  write(chunk: AudioChunk): void {
    const noise = this.#noise();
    this.#sink.write(noise === undefined ? chunk : { ...chunk, samples: noise.push(chunk.samples) });
  }

  endPart(itemId: string, contentIndex: number): void {
    this.#sink.endPart(itemId, contentIndex);
  }

  flush(): void {
    this.#sink.flush();
  }

  onProgress(listener: (progress: PlayoutProgress) => void): void {
    this.#sink.onProgress(listener);
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}
