import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { floatToInt16 } from '@antiphon/audio';
import { readWavFile } from '@antiphon/audio/node';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-killed-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a stereo ramp in blocks of changing length as fast as it can, and says after each how far it is. */
const writer = `
import { writeSync } from 'node:fs';
import { WavFileWriter } from '@antiphon/audio/node';
const writer = new WavFileWriter(process.argv[1], { sampleRateHz: 24000, channels: 2 });
writeSync(1, 'open\\n');
for (let at = 0, block = 1; at < 2e8; block = (block * 7 + 3) % 1201) {
  writer.write(Int16Array.from({ length: 2 * (block + 1) }, (_, i) => ((at + (i >> 1)) % 30011) * (i % 2 ? -1 : 1)));
  at += block + 1;
  writeSync(1, writer.frames + '\\n');
}
`;

/** Runs the writer, kills it after `lines` lines, and returns the last count of frames that it had announced. */
async function runAndKill(path: string, lines: number): Promise<number> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, path], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let text = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (piece: string) => {
    text += piece;
    if (text.split('\n').length > lines) child.kill('SIGKILL');
  });
  expect(await exited).toEqual([null, 'SIGKILL']);
  return Number(text.split('\n').at(-2)?.replace('open', '0') ?? Number.NaN);
}

describe('a process that is killed while it writes', () => {
  it.each([1, 2, 3, 10, 50, 200, 500, 900, 1500, 2500])(
    'leaves a file that plays, after %i lines',
    async (lines) => {
      const path = join(folder, `${lines}.wav`);
      const announced = await runAndKill(path, lines);
      const { frames, channels, sampleRateHz, samples } = await readWavFile(path);
      expect(announced).toBeGreaterThanOrEqual(0);
      expect(frames).toBeGreaterThanOrEqual(announced);
      expect({ channels, sampleRateHz }).toEqual({ channels: 2, sampleRateHz: 24_000 });
      const wrong = floatToInt16(samples).findIndex(
        (value, i) => value !== ((i >> 1) % 30_011) * (i % 2 ? -1 : 1),
      );
      expect(wrong).toBe(-1);
    },
  );
});
