import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWav, floatToInt16 } from '@antiphon/audio';
import { describe, expect, it } from 'vitest';
import { AnswerFiles } from '../src/run/answer-files.ts';
import { tempFolder } from './support/temp-folder.ts';

const sampleRateHz = 24_000;
const samples = new Int16Array(2400).fill(100);

function answersIn(folder: string) {
  const failures: unknown[] = [];
  return { files: new AnswerFiles(folder, sampleRateHz, (error) => failures.push(error)), failures };
}

describe('AnswerFiles', () => {
  it('writes one playable file an item', () => {
    const folder = tempFolder();
    const { files, failures } = answersIn(folder);
    files.write({ itemId: 'item_1', contentIndex: 0, samples });
    files.write({ itemId: 'item_2', contentIndex: 0, samples });
    files.write({ itemId: 'item_1', contentIndex: 0, samples });
    files.end('item_1', 0);
    expect(files.of('item_1')).toEqual([{ id: 'item_1', file: 'item_1.wav', ms: 200 }]);
    expect(files.of('item_2')).toEqual([]);
    files.close();
    expect(files.of('item_2')).toEqual([{ id: 'item_2', file: 'item_2.wav', ms: 100 }]);
    expect(decodeWav(readFileSync(join(folder, 'item_1.wav')))).toMatchObject({
      sampleRateHz,
      channels: 1,
      frames: 4800,
      warnings: [],
    });
    expect(failures).toEqual([]);
  });

  it('goes on with the file of a part that was complete, when more comes of it', () => {
    const folder = tempFolder();
    const { files, failures } = answersIn(folder);
    const parts = [1, -32_768, 32_767].map((value) => new Int16Array(240).fill(value));
    for (const samples of parts) {
      files.write({ itemId: 'a', contentIndex: 0, samples });
      files.end('a', 0);
    }
    expect(files.of('a')).toEqual([{ id: 'a', file: 'a.wav', ms: 30 }]);
    const { samples: written } = decodeWav(readFileSync(join(folder, 'a.wav')));
    expect(floatToInt16(written)).toEqual(Int16Array.from(parts.flatMap((part) => [...part])));
    expect(failures).toEqual([]);
  });

  it('gives each part of an item a file of its own', () => {
    const folder = tempFolder();
    const { files } = answersIn(folder);
    files.write({ itemId: 'a', contentIndex: 0, samples });
    files.write({ itemId: 'a', contentIndex: 2, samples });
    files.close();
    files.close();
    expect(files.of('a').map(({ file }) => file)).toEqual(['a.wav', 'a.2.wav']);
    expect(readdirSync(folder).toSorted()).toEqual(['a.2.wav', 'a.wav']);
  });

  it.each([
    '../../escape',
    '/etc/passwd',
    'a/b\\c',
    '..',
    '.',
    '',
    'nul\u0000byte',
    'line\nbreak',
    'C:evil',
    'ü'.repeat(300),
    '%2e%2e%2f',
  ])('keeps the file of the item %j in its folder', (itemId) => {
    const parent = tempFolder();
    const folder = join(parent, 'answers');
    mkdirSync(folder);
    const { files, failures } = answersIn(folder);
    files.write({ itemId, contentIndex: 0, samples });
    files.close();
    expect(failures).toEqual([]);
    expect(readdirSync(parent)).toEqual(['answers']);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[\w-]{1,64}\.wav$/)]);
    expect(files.of(itemId)[0]?.file).toBe(readdirSync(folder)[0]);
  });

  it('keeps items apart whose names come out alike', () => {
    const folder = tempFolder();
    const { files } = answersIn(folder);
    files.write({ itemId: 'a/b', contentIndex: 0, samples });
    files.write({ itemId: 'a:b', contentIndex: 0, samples: new Int16Array(240) });
    files.close();
    const names = [...files.of('a/b'), ...files.of('a:b')].map(({ file }) => file);
    expect(new Set(names).size).toBe(2);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('does not write over the files of the conversation', () => {
    const folder = tempFolder();
    const { files } = answersIn(folder);
    files.write({ itemId: 'conversation', contentIndex: 0, samples });
    files.close();
    expect(readdirSync(folder)).not.toContain('conversation.wav');
  });

  it('tells of a file that cannot be made once, and goes on', () => {
    const folder = tempFolder();
    const { files, failures } = answersIn(folder);
    rmSync(folder, { recursive: true });
    for (let at = 0; at < 5; at++) files.write({ itemId: 'a', contentIndex: 0, samples });
    files.end('a', 0);
    expect(failures).toEqual([expect.objectContaining({ code: 'audio.open_failed' })]);
    expect(files.of('a')).toEqual([]);
  });
});
