import { type ChildProcess, fork } from 'node:child_process';
import { maxMessageLength } from './messages.ts';
import { outOfMemory, type PeerListener, type StartPeer, type ThreadSetup } from './plugin-peer.ts';

/** What the process of a plugin is told beside messages, which are texts. */
export type ToProcess = { readonly start: ProcessSetup } | { readonly end: true };

/** What the process of a plugin tells beside messages. */
export interface FromProcess {
  /** Why it ends now. */
  readonly ended: string;
}

/** The thread that the process is to run, and what the process as a whole may hold. */
export interface ProcessSetup {
  readonly thread: ThreadSetup;
  /** Megabytes that are resident, buffers included; unbounded when absent. */
  readonly residentMb?: number;
}

/** Milliseconds in which a process has to end when told to; then it is killed. */
const endMs = 1_000;
/** Milliseconds that the last words of a process are waited for once it is gone. */
const lastWordsMs = 250;
/** How the engine begins its account of memory that it could not have: pages of machine code, of use to nobody. */
const memoryReport = /<--- Last few GCs --->|FATAL ERROR: .*(memory|allocation)/i;

/**
 * A worker in a process of its own, which has the plugin in a thread. So the process can always be told to end, and what
 * ends a process (memory that cannot be had, a crash of native code) ends no other.
 *
 * @param entry the module that the process runs
 */
export function processPeer(entry: URL, setup: ProcessSetup): StartPeer {
  return (listener) => {
    // The flags of the host (--inspect, --import, --conditions) are not meant for this process.
    const child = fork(entry, { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const post = (message: string | ToProcess): void => void child.send(message, () => undefined);
    const gone = watchEnd(child, listener);
    child.on('message', (message: string | FromProcess) => {
      if (typeof message !== 'string') listener.onEnd(message.ended);
      else if (message.length <= maxMessageLength) listener.onMessage(message);
      else listener.onEnd('it sent a message that is too large');
    });
    post({ start: setup });
    unref(child);
    return {
      post,
      ref: () => {
        child.ref();
        child.channel?.ref();
      },
      unref: () => unref(child),
      end: async () => {
        post({ end: true });
        const timer = setTimeout(() => child.kill('SIGKILL'), endMs);
        await gone;
        clearTimeout(timer);
      },
    };
  };
}

/** Tells why the process is gone, and hands on what it writes. Resolves when it is gone. */
function watchEnd(child: ChildProcess, listener: PeerListener): Promise<void> {
  let isFull = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      isFull ||= memoryReport.test(text);
      if (!isFull) listener.onOutput(text);
    });
  }
  return new Promise((resolve) => {
    const tell = (reason: string): void => {
      listener.onEnd(isFull ? outOfMemory : reason);
      resolve();
    };
    child.once('error', (error) => tell(`it could not be started: ${error.message}`.slice(0, 300)));
    child.once('exit', (code, signal) => {
      const reason = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
      const timer = setTimeout(tell, lastWordsMs, reason);
      child.once('close', () => {
        clearTimeout(timer);
        tell(reason);
      });
    });
  });
}

function unref(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr]) (stream as { unref?: () => void } | null)?.unref?.();
}
