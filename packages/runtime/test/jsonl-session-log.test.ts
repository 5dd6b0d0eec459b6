import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { redact } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { openJsonlSessionLog } from '../src/stores/jsonl-session-log.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { tempFolder } from './support/temp-folder.ts';

const plain = (line: string) => line;

function linesOf(path: string): unknown[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('the session log', () => {
  it('has a line for each record, at once', async () => {
    const path = join(tempFolder(), 'deep', 'session.jsonl');
    const log = openJsonlSessionLog(path, { redact: plain, logger: recordingLogger() });
    log.append({ type: 'a', text: 'two\nlines', none: undefined });
    expect(linesOf(path)).toEqual([{ type: 'a', text: 'two\nlines' }]);
    log.append({ type: 'b' });
    await log.close();
    await log.close();
    log.append({ type: 'late' });
    expect(linesOf(path)).toEqual([{ type: 'a', text: 'two\nlines' }, { type: 'b' }]);
  });

  it('is for its owner only', () => {
    const path = join(tempFolder(), 'session.jsonl');
    openJsonlSessionLog(path, { redact: plain, logger: recordingLogger() });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['sk-12345678', { key: 'Bearer sk-12345678', list: ['x sk-12345678 y'] }],
    ['with "quotes" \\ and\nlines', { key: 'with "quotes" \\ and\nlines' }],
    ['9000', { at_ms: 9000, port: 19_000, url: 'ws://127.0.0.1:9000/v1' }],
    ['true', { flag: true, text: 'true' }],
  ])('holds no secret %j and stays readable', (value, data) => {
    const path = join(tempFolder(), 'session.jsonl');
    const log = openJsonlSessionLog(path, {
      redact: (line) => redact(line, [{ name: 'KEY', value }]),
      logger: recordingLogger(),
    });
    log.append({ type: 'a', ...data });
    const [record] = linesOf(path) as Readonly<Record<string, unknown>>[];
    expect(record?.['type']).toBe('a');
    const texts: unknown[] = Object.values(record ?? {})
      .flat()
      .filter((member) => typeof member === 'string');
    expect(texts.join(' ')).toContain('[secret:KEY]');
    expect(texts.join(' ')).not.toContain(value);
  });

  it('ends with one warning when the disk refuses', () => {
    const logger = recordingLogger();
    const log = openJsonlSessionLog('/dev/full', { redact: plain, logger });
    log.append({ type: 'a' });
    log.append({ type: 'b' });
    expect(logger.lines).toEqual(['warn: the session log ends here: it could not be written']);
  });
});
