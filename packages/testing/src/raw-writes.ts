import type { Socket } from 'node:net';

/** Makes everything written to `socket` leave in pieces of `bytes`, with a turn of the event loop between them. */
export function splitWrites(socket: Socket, bytes: number): void {
  const write = socket.write.bind(socket);
  const pieces: Buffer[] = [];
  let isRunning = false;
  const next = (): void => {
    const piece = pieces.shift();
    isRunning = piece !== undefined && !socket.destroyed && !socket.writableEnded;
    if (piece !== undefined && isRunning) {
      write(piece);
      setImmediate(next);
    }
  };
  socket.setNoDelay(true);
  const split = (chunk: Uint8Array | string, ...rest: readonly unknown[]): boolean => {
    const whole = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
    for (let start = 0; start < whole.length; start += bytes) {
      pieces.push(whole.subarray(start, start + bytes));
    }
    const done = rest.find((argument) => typeof argument === 'function');
    if (done !== undefined) {
      queueMicrotask(done as () => void);
    }
    if (!isRunning) {
      isRunning = true;
      setImmediate(next);
    }
    return true;
  };
  socket.write = split as typeof socket.write;
}

/** The first half of a WebSocket text frame from a server: its header promises the whole. */
export function halfOfTextFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header =
    payload.length < 126
      ? Buffer.from([0x81, payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff])
        : longHeader(payload.length);
  return Buffer.concat([header, payload.subarray(0, payload.length >> 1)]);
}

function longHeader(length: number): Buffer {
  const header = Buffer.alloc(10);
  header.writeUInt16BE(0x81_7f);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
