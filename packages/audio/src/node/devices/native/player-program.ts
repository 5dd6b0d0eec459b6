// Plays its standard input, 16-bit samples of one channel at 48 kHz, on the speaker of the system, in a process of its
// own: the library may take the process with it when the device is gone.
import { writeSync } from 'node:fs';
import { Int16Assembler } from '../../../pcm/bytes.ts';
import type { StreamNews } from '../program/stream-news.ts';
import { formatNews } from './native-news.ts';

const sampleRateHz = 48_000;
/** Both ears: what becomes of one channel is left to no driver. */
const channels = 2;
const bufferMs = 30;
/** A device is gone when it asked for nothing between so many looks: one alone may have come late. */
const silentLooks = 3;
const lookEveryMs = 500;

const waiting: Int16Array[] = [];
const assembler = new Int16Assembler();
/** Samples that came from the input; what is played in their absence does not count. */
let taken = 0;
let inDevice = 0;
let input: 'flows' | 'ran_dry' | 'ended' = 'ran_dry';
let looks = 0;

function tell(news: StreamNews): void {
  writeSync(2, formatNews(news));
}

function end(text: string): never {
  tell({ kind: 'other', text });
  // Without a farewell to the library: it hangs or breaks where its device is gone.
  process.kill(process.pid, 'SIGKILL');
  throw new Error(text);
}

function fill(buffer: Int16Array): void {
  looks = 0;
  // While a buffer is asked for, the one before it plays.
  const playedSeconds = Math.max(0, taken - inDevice) / sampleRateHz;
  if (taken > 0) tell({ kind: 'time', playedSeconds });
  if (input === 'ended' && waiting.length === 0) end('all was played');
  inDevice = spread(buffer);
  taken += inDevice;
  if (inDevice < buffer.length / channels && input === 'flows') {
    input = 'ran_dry';
    tell({ kind: 'ran_dry' });
  }
}

/** Puts what waits into both channels; returns how much that was. */
function spread(buffer: Int16Array): number {
  let at = 0;
  const frames = buffer.length / channels;
  for (let next = waiting[0]; next !== undefined && at < frames; next = waiting[0]) {
    const piece = next.subarray(0, frames - at);
    for (const sample of piece) buffer.fill(sample, at * channels, ++at * channels);
    if (piece.length === next.length) waiting.shift();
    else waiting[0] = next.subarray(piece.length);
  }
  buffer.fill(0, at * channels);
  return at;
}

try {
  const { createAudioOutput } = await import('@echogarden/audio-io');
  await createAudioOutput(
    { sampleRate: sampleRateHz, channelCount: channels, bufferDuration: bufferMs },
    fill,
  );
  tell({ kind: 'connected' });
  setInterval(() => {
    looks++;
    if (looks > silentLooks) end('it takes no more sound');
  }, lookEveryMs);
  process.stdin.on('data', (bytes: Uint8Array) => {
    const samples = assembler.push(bytes);
    if (samples.length > 0) waiting.push(samples);
    if (input === 'ran_dry') input = 'flows';
  });
  process.stdin.on('end', () => {
    input = 'ended';
  });
} catch (error) {
  end(error instanceof Error ? error.message : String(error));
}
