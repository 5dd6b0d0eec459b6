import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeWav } from '@antiphon/audio';
import { speechLike } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { type EndedProcess, folderWith, sharedData } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const wav = encodeWav(speechLike({ durationMs: 300, sampleRateHz: 8_000 }), {
  sampleRateHz: 8_000,
  channels: 1,
});

const sound = `version: 1
default_agent: a
agents:
  a: { instructions: Help. }
`;

/** What holds for every command that failed before anything was started. */
function expectRefusal(ended: EndedProcess, code: string, words: string): void {
  expect(ended.stderr).toContain(`[${code}]`);
  expect(ended.stderr).toContain(words);
  expect(ended.stderr).not.toMatch(/^ {4}at /m);
  expect(ended.stderr).not.toContain('defect');
  expect(ended.stdout).toBe('');
  expect(ended.exitCode).toBe(2);
}

describe('bad input ends with exit code 2, a code and words', () => {
  it.for<[name: string, args: string[], code: string, words: string]>([
    ['a missing file', ['run', '@none.wav'], 'audio.file_not_found', 'none.wav'],
    ['an empty file', ['run', '@empty.wav'], 'audio.not_wav', 'empty.wav'],
    ['a folder', ['run', '@folder.wav'], 'audio.not_a_file', 'folder.wav'],
    ['a text', ['run', '@text.wav'], 'audio.not_wav', 'text.wav'],
    ['a header cut short', ['run', '@cut.wav'], 'audio.truncated_header', 'cut.wav'],
    ['a bad file after a good one', ['run', '@good.wav', '@none.wav'], 'audio.file_not_found', 'none.wav'],
    ['no turns', ['run'], 'cli.usage', 'nothing to say'],
    ['an unknown option', ['run', '@good.wav', '--pase', 'fast'], 'cli.usage', 'did you mean --pace?'],
    ['an unknown choice', ['run', '@good.wav', '--pace', 'slow'], 'cli.usage', '"slow"'],
    ['an unknown command', ['fly'], 'cli.unknown_command', '"fly"'],
    ['an unknown agent', ['run', '@good.wav', '--agent', 'nobody'], 'session.unknown_agent', '"nobody"'],
    ['an unknown provider', ['run', '@good.wav', '--provider', 'nowhere'], 'provider.unknown', '"nowhere"'],
    [
      'an agent file that is not there',
      ['run', '@good.wav', '--config', '@none.yaml'],
      'config.file_not_found',
      'none.yaml',
    ],
    ['an agent file that is a folder', ['check', '@folder.wav'], 'config.read_failed', 'EISDIR'],
    ['answers in a file', ['run', '@good.wav', '--out', '@text.wav'], 'cli.bad_directory', 'text.wav'],
    [
      'answers below a file',
      ['run', '@good.wav', '--out', '@text.wav/deep'],
      'cli.bad_directory',
      'text.wav/deep',
    ],
    [
      'answers where nobody may write',
      ['run', '@good.wav', '--out', '/proc/answers'],
      'cli.bad_directory',
      '/proc/answers',
    ],
    [
      'answers in a folder without room for them',
      ['run', '@good.wav', '--out', '@taken'],
      'audio.open_failed',
      'conversation.wav',
    ],
  ])('%s', async ([_name, args, code, words]) => {
    const folder = folderWith({
      'agents.yaml': sound,
      'good.wav': wav,
      'empty.wav': '',
      'folder.wav/inside': '',
      'taken/conversation.wav/inside': '',
      'text.wav': 'These are words, and words only, for well over forty-four bytes.',
      'cut.wav': wav.subarray(0, 30),
    });
    expectRefusal(await runHere(args, { folder }), code, words);
  });

  it.for(['--agent', '--provider'])(
    'an unknown %s leaves no files, and check knows of it',
    async (option) => {
      const folder = folderWith({ 'agents.yaml': sound });
      const run = await runHere(['run', '--text', 'Hi', '--out', '@answers', option, 'nobody'], { folder });
      const check = await runHere(['check', option, 'nobody'], { folder });
      expect(readdirSync(folder)).toEqual(['agents.yaml']);
      expect(check).toEqual(run);
      expect(check.exitCode).toBe(2);
    },
  );

  it.skipIf(!existsSync(sharedData)).for<[file: string, code: string]>([
    ['53-mp3-id3.wav', 'audio.not_wav'],
    ['55-ogg.wav', 'audio.not_wav'],
    ['61-mp3-in-wav.wav', 'audio.unsupported_codec'],
    ['47-empty.wav', 'audio.not_wav'],
    ['49-truncated-in-fmt.wav', 'audio.truncated_header'],
    ['57-rate-0.wav', 'audio.bad_fmt'],
  ])('%s', async ([file, code]) => {
    const folder = folderWith({ 'agents.yaml': sound });
    expectRefusal(await runHere(['run', join(sharedData, 'wavs', file)], { folder }), code, file);
  });
});
