// Runs a program of Node at the lowest priority: it takes the time of the processors that nobody else wants.
//   node scripts/in-background.mjs [OPTION OF NODE…] PROGRAM [ARGUMENT…]
// It gets a process of its own: a priority that is lowered reaches what is started after that, and not the threads there are.
import { constants, setPriority } from 'node:os';
import { runNode } from './lib/run-command.mjs';

setPriority(constants.priority.PRIORITY_LOW);
const { exitCode } = await runNode(process.argv.slice(2), { cwd: process.cwd(), show: true });
process.exitCode = exitCode;
