import { AntiphonError } from '@antiphon/core';
import type { ApproveCall } from '@antiphon/tools';
import type { ParsedCommandLine } from '../command-line/command.ts';
import type { Console } from '../console.ts';
import { printable } from '../render/printable.ts';

/** Who is asked, by the command that asks. */
export interface Asked {
  readonly command: string;
  /** Puts a call to whoever sits there; undefined where nobody can be asked. */
  readonly ask: ApproveCall | undefined;
}

/**
 * Agrees to calls as the command line says; undefined where nobody does.
 *
 * @throws AntiphonError `cli.usage` when somebody is to be asked and there is no terminal
 */
export function approverOf({ options }: ParsedCommandLine, { command, ask }: Asked): ApproveCall | undefined {
  const { approve } = options;
  if (approve === 'all') return () => true;
  if (approve === 'ask' && ask === undefined) {
    throw new AntiphonError('cli.usage', {
      problem: '--approve ask needs a terminal: take all or none',
      command,
    });
  }
  return approve === 'none' ? undefined : ask;
}

/** Asks by a key, one call after the other; undefined without a terminal. */
export function askByKey({ err, terminal }: Pick<Console, 'err' | 'terminal'>): ApproveCall | undefined {
  const onKey = terminal?.onKey;
  if (onKey === undefined) return undefined;
  let before: Promise<unknown> = Promise.resolve();
  return (request) => {
    const answer = before.then(() => askKey(request, { err, onKey }));
    before = answer;
    return answer;
  };
}

/** Shows a call and waits for a key: only `y` is a yes. */
function askKey(
  { tool, arguments: values, signal }: Parameters<ApproveCall>[0],
  { err, onKey }: Pick<Console, 'err'> & { readonly onKey: (listener: (key: string) => void) => () => void },
): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (word: string): void => {
      stop();
      signal.removeEventListener('abort', onAbort);
      err(`${word}\n`);
      resolve(word === 'yes');
    };
    const onAbort = (): void => end('too late');
    const stop = onKey((key) => end(key.toLowerCase() === 'y' ? 'yes' : 'no'));
    signal.addEventListener('abort', onAbort, { once: true });
    // A key that is pressed at once is echoed unless it is listened to by now.
    err(`${printable(`run ${tool} ${JSON.stringify(values)}?`)} [y/N] `);
  });
}
