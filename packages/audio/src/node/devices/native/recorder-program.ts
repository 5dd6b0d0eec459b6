// Hears a microphone in a process of its own: the library waits where it is called, without end when the device is gone.
//   node recorder-program.js --list    the names of the devices, as JSON
//   node recorder-program.js NAME      16-bit samples of the device; that of the system when the name is empty
import { writeSync } from 'node:fs';
import type { StreamNews } from '../program/stream-news.ts';
import { formatNews } from './native-news.ts';

const frameSamples = 320;
/** Fifteen seconds: what the library keeps while nobody reads. */
const keptFrames = 750;

function tell(news: StreamNews): void {
  writeSync(2, formatNews(news));
}

/** What the library calls a device: its place in the list, or -1 for that of the system. */
function indexOf(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index < 0 && name !== '') throw new Error('it is not there');
  return index;
}

try {
  const { PvRecorder } = await import('@picovoice/pvrecorder-node');
  const [what = ''] = process.argv.slice(2);
  if (what === '--list') {
    process.stdout.write(JSON.stringify(PvRecorder.getAvailableDevices()));
  } else {
    const recorder = new PvRecorder(
      frameSamples,
      indexOf(PvRecorder.getAvailableDevices(), what),
      keptFrames,
    );
    recorder.start();
    tell({ kind: 'connected' });
    // Ended from outside, or by a reader that is gone.
    for (;;) {
      const { buffer } = recorder.readSync();
      writeSync(1, new Uint8Array(buffer));
    }
  }
} catch (error) {
  tell({ kind: 'other', text: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
