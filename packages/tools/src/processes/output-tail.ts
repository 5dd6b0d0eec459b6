import type { Readable } from 'node:stream';

/** What was kept of a stream. */
export interface KeptOutput {
  readonly bytes: Buffer;
  /** Bytes that came in all. */
  readonly total: number;
}

/** Reads a stream to its end, or until `give up` after `drainBytes`, and keeps the first `keepBytes`. */
export function readStart(
  stream: Readable,
  { keepBytes, drainBytes, onTooMuch }: { keepBytes: number; drainBytes: number; onTooMuch: () => void },
): { read(): KeptOutput } {
  const chunks: Buffer[] = [];
  let kept = 0;
  let total = 0;
  stream.on('data', (chunk: Buffer) => {
    total += chunk.length;
    if (total > drainBytes) {
      stream.destroy();
      onTooMuch();
      return;
    }
    if (kept >= keepBytes) return;
    const part = chunk.subarray(0, keepBytes - kept);
    chunks.push(part);
    kept += part.length;
  });
  return { read: () => ({ bytes: Buffer.concat(chunks), total }) };
}

/** Reads a stream to its end and keeps the last `keepBytes`, as text. */
export function readTail(stream: Readable, keepBytes: number): { read(): string } {
  let tail = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-keepBytes);
  });
  return { read: () => plainText(tail) };
}

/** Bytes as text: what is not UTF-8 replaced, the escapes of terminals and control characters taken out. */
export function plainText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  return text.replaceAll(escapes, '').replaceAll(controls, '');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const escapes = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
