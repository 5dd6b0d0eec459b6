import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeWav, floatToInt16, resample } from '@antiphon/audio';
import { joined, silence, speechLike } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { loadTurns } from '../src/run/load-turns.ts';
import { tempFolder } from './support/temp-folder.ts';

const sampleRateHz = 24_000;

async function* chunks(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function loadFile(bytes: Uint8Array) {
  const path = join(tempFolder(), 'turn.wav');
  writeFileSync(path, bytes);
  const [turn] = await loadTurns([{ kind: 'audio', path }], { sampleRateHz, stdin: chunks() });
  if (turn?.kind !== 'audio') throw new Error('expected an audio turn');
  return turn;
}

const second = speechLike({ durationMs: 1000, sampleRateHz });

describe('loadTurns', () => {
  it.each([8_000, 16_000, 22_050, 24_000, 44_100, 48_000])('brings %i Hz to its rate', async (rate) => {
    const samples = speechLike({ durationMs: 1000, sampleRateHz: rate });
    const turn = await loadFile(encodeWav(samples, { sampleRateHz: rate, channels: 1 }));
    expect(Math.abs(turn.samples.length - sampleRateHz)).toBeLessThanOrEqual(1);
    expect(turn.warnings).toEqual([]);
  });

  it('keeps samples that have the rate already', async () => {
    const turn = await loadFile(encodeWav(second, { sampleRateHz, channels: 1 }));
    expect(turn.samples).toEqual(second);
  });

  it('mixes two channels into one', async () => {
    const stereo = new Int16Array(second.length * 2);
    for (let at = 0; at < second.length; at++) stereo[2 * at] = second[at] ?? 0;
    const turn = await loadFile(encodeWav(stereo, { sampleRateHz, channels: 2 }));
    expect(turn.samples).toHaveLength(second.length);
    expect(turn.samples.some((sample) => sample !== 0)).toBe(true);
  });

  it('finds where the speech ends', async () => {
    const pause = silence({ durationMs: 700, sampleRateHz });
    const turn = await loadFile(encodeWav(joined(second, pause), { sampleRateHz, channels: 1 }));
    expect(turn.samples).toHaveLength(second.length + pause.length);
    expect(Math.abs((turn.speechEnd ?? 0) - second.length)).toBeLessThan(sampleRateHz / 10);
  });

  it('finds none in silence', async () => {
    const turn = await loadFile(
      encodeWav(silence({ durationMs: 500, sampleRateHz }), { sampleRateHz, channels: 1 }),
    );
    expect(turn.speechEnd).toBeUndefined();
  });

  it('tells what is odd about a file', async () => {
    const whole = encodeWav(second, { sampleRateHz, channels: 1 });
    const turn = await loadFile(whole.subarray(0, whole.length / 2));
    expect(turn.samples.length).toBeGreaterThan(second.length / 3);
    expect(turn.warnings).toHaveLength(1);
  });

  it('reads raw PCM from standard input, however it is cut', async () => {
    const bytes = new Uint8Array(second.buffer.slice(0));
    const stdin = chunks(bytes.subarray(0, 1001), bytes.subarray(1001, 1002), bytes.subarray(1002));
    const [turn] = await loadTurns([{ kind: 'audio', path: '-' }], { sampleRateHz, stdin });
    expect(turn).toMatchObject({ kind: 'audio', input: 'stdin' });
    expect(turn?.kind === 'audio' && turn.samples).toEqual(second);
  });

  it('keeps the order of files and texts', async () => {
    const path = join(tempFolder(), 'a.wav');
    writeFileSync(
      path,
      encodeWav(floatToInt16(resample(new Float32Array(10), { fromHz: 8000, toHz: 8000 })), {
        sampleRateHz: 8000,
        channels: 1,
      }),
    );
    const turns = await loadTurns(
      [
        { kind: 'text', text: 'hello' },
        { kind: 'audio', path },
        { kind: 'text', text: 'bye' },
      ],
      { sampleRateHz, stdin: chunks() },
    );
    expect(turns.map(({ kind, input }) => [kind, input])).toEqual([
      ['text', 'text'],
      ['audio', path],
      ['text', 'text'],
    ]);
  });

  it.each<[string, (folder: string) => string, string]>([
    ['a missing file', (folder) => join(folder, 'none.wav'), 'audio.file_not_found'],
    ['a folder', (folder) => folder, 'audio.not_a_file'],
    ['an empty file', (folder) => written(folder, ''), 'audio.not_wav'],
    ['a text', (folder) => written(folder, 'hello, this is no sound at all, just words'), 'audio.not_wav'],
    [
      'a header cut short',
      (folder) => written(folder, 'RIFF\u0010\u0000\u0000\u0000WAVEfmt '),
      'audio.truncated_header',
    ],
  ])('refuses %s', async (_name, make, code) => {
    const folder = join(tempFolder(), 'in');
    mkdirSync(folder);
    await expect(
      loadTurns([{ kind: 'audio', path: make(folder) }], { sampleRateHz, stdin: chunks() }),
    ).rejects.toMatchObject({ code, exitCode: 2 });
  });
});

function written(folder: string, text: string): string {
  const path = join(folder, 'file.wav');
  writeFileSync(path, text, 'latin1');
  return path;
}
