import { writeFileSync } from 'node:fs';
import { outOfMemory, type PluginPeer, threadPeer } from './plugin-peer.ts';
import type { FromProcess, ProcessSetup, ToProcess } from './process-peer.ts';

const residentCheckMs = 250;
const bytesPerMb = 1024 * 1024;

let worker: PluginPeer | undefined;

process.on('message', (message: string | ToProcess) => {
  if (typeof message === 'string') worker?.post(message);
  else if ('start' in message) worker ??= start(message.start);
  else void stop();
});
process.once('disconnect', end);
// A terminal, and whoever ends a service, tell all its processes to end: this one goes when its owner does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
goFirst();

function start({ thread, residentMb }: ProcessSetup): PluginPeer {
  if (residentMb !== undefined) watchMemory(residentMb);
  return threadPeer(thread)({
    onMessage: (text) => void process.send?.(text),
    onEnd: leave,
    onOutput: (text) => void process.stdout.write(text),
  });
}

async function stop(): Promise<void> {
  await worker?.end();
  end();
}

/** At once: an orderly exit waits for threads, also for one that is stuck in native code. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}

function leave(reason: string): void {
  const last: FromProcess = { ended: reason };
  process.send?.(last, undefined, undefined, end);
}

/** Buffers are outside the heap that a thread is held to. */
function watchMemory(residentMb: number): void {
  setInterval(() => {
    if (process.memoryUsage.rss() > residentMb * bytesPerMb) leave(outOfMemory);
  }, residentCheckMs);
}

/** Where a machine has no memory left, Linux ends this process before any that was not marked so. */
function goFirst(): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not everybody may say so.
  }
}
