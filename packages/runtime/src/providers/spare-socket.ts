import { Socket } from 'node:net';

/** When another socket is made: not while the connection that took the last one is being made. */
const refillMs = 100;

/** A socket that is made before it is needed: nothing is connected, but a caller would wait for the making. */
let spare: Socket | undefined = new Socket();

/** Connects to a port of a host, as `net.connect` does. */
export function connectSocket(host: string, port: number): Socket {
  const socket = spare ?? new Socket();
  if (spare !== undefined) setTimeout(refill, refillMs).unref();
  spare = undefined;
  return socket.connect({ host, port });
}

function refill(): void {
  spare ??= new Socket();
}
