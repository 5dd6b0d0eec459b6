import type { ParsedCommandLine } from '../command-line/command.ts';
import { type Console, statusLine } from '../console.ts';
import { jsonView } from './json-view.ts';
import { quietView } from './quiet-view.ts';
import { TextView } from './text-view.ts';
import type { RunView } from './view.ts';

/** The view that the command line asks for: JSON, quiet, live on a terminal, lines elsewhere. */
export function chooseView({ options }: ParsedCommandLine, console: Console): RunView {
  if (options['json'] === true) return jsonView(console.out);
  if (options['quiet'] === true) return quietView(console.out);
  return new TextView({
    write: console.out,
    status: statusLine(console),
    colors: console.colors,
    mode: console.outIsTerminal ? 'live' : 'lines',
  });
}
