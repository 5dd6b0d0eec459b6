import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '@antiphon/audio';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads a small file, so that the code is there, then a large one; tells by how many bytes the second raised the peak. */
const reader = `
import { readFileSync } from 'node:fs';
import { readWavFile } from '@antiphon/audio/node';
const peakBytes = () => 1024 * Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
const [small, large] = process.argv.slice(1);
await readWavFile(small);
const before = peakBytes();
const { frames } = await readWavFile(large);
console.log(JSON.stringify({ frames, bytes: peakBytes() - before }));
`;

it.skipIf(!existsSync('/proc/self/status'))(
  'reading a file of 16 bits takes the process no more than its samples, twice the file',
  () => {
    const samples = new Int16Array(32 * 2 ** 20).fill(1234);
    const [small, large] = [1000, samples.length].map((length) => {
      const path = join(folder, `${length}.wav`);
      writeFileSync(path, encodeWav(samples.subarray(0, length), { sampleRateHz: 48_000, channels: 1 }));
      return path;
    });
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const args = ['--input-type=module', '-e', reader, small ?? '', large ?? ''];
    const output = execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
    const { frames, bytes } = JSON.parse(output) as { frames: number; bytes: number };
    expect(frames).toBe(samples.length);
    expect(bytes / (samples.length * 2)).toBeLessThan(2.15);
  },
);
