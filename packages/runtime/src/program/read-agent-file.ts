import { readFile } from 'node:fs/promises';
import { AntiphonError } from '@antiphon/core';

/**
 * Reads the text of an agent file.
 *
 * @throws AntiphonError `config.file_not_found`, `config.read_failed`
 */
export async function readAgentFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new AntiphonError('config.file_not_found', { file }, { cause });
    throw new AntiphonError('config.read_failed', { file, reason: code ?? String(cause) }, { cause });
  }
}
