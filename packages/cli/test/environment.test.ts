import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingProxies, readEnvironment } from '../src/environment.ts';
import { tempFolder } from './support/temp-folder.ts';

describe('readEnvironment', () => {
  it('reads .env; what the process has wins', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, '.env'), '# keys\nA=file\nB="two words"\nexport C=exported\nEMPTY=\n');
    expect(readEnvironment(folder, { A: 'process', D: 'd' })).toEqual({
      A: 'process',
      B: 'two words',
      C: 'exported',
      D: 'd',
      EMPTY: '',
    });
  });

  it('is the environment of the process where there is no .env', () => {
    expect(readEnvironment(tempFolder(), { A: 'a' })).toEqual({ A: 'a' });
  });
});

describe('missingProxies', () => {
  const file = { HTTPS_PROXY: 'http://file', no_proxy: 'a.example', OPENAI_API_KEY: 'k', ALL_PROXY: '' };

  it('is what the file has of proxies, and nothing else', () => {
    expect(missingProxies(file, {})).toEqual({
      HTTPS_PROXY: 'http://file',
      no_proxy: 'a.example',
      ALL_PROXY: '',
    });
  });

  it('leaves what the process has, however it is spelled', () => {
    expect(missingProxies(file, { https_proxy: 'http://process', NO_PROXY: '' })).toEqual({ ALL_PROXY: '' });
  });
});
