import { expect, it } from 'vitest';
import { Listeners } from '../../src/runner/listeners.ts';

it.each<[what: string, thrown: unknown]>([
  ['an error', new Error('no')],
  ['what is no text', Object.create(null)],
  [
    'what throws when it is looked at',
    {
      toString: () => {
        throw new Error('again');
      },
    },
  ],
])('a listener that throws %s keeps no other from being called', (_what, thrown) => {
  const told: string[] = [];
  const log = (message: string): void => void told.push(message);
  const listeners = new Listeners<[word: string]>({ debug: log, info: log, warn: log, error: log });
  listeners.add(() => {
    throw thrown;
  });
  listeners.add((word) => told.push(word));
  expect(() => listeners.call('heard')).not.toThrow();
  expect(told).toEqual(['a listener threw', 'heard']);
});
