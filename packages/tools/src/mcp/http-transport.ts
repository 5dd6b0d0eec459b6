import { AsyncLocalStorage } from 'node:async_hooks';
import type { Transport } from '@modelcontextprotocol/client';
import { boundedFetch } from './bounded-fetch.ts';

/** Whether the answer to a request comes as a stream of events, which goes on when `send` has settled. */
const answers = new AsyncLocalStorage<{ isStream: boolean }>();

/**
 * Streamable HTTP. The transport of the SDK leaves a request waiting whose answer ends without its result (a stream that
 * was closed, 202, the result of another request); here sending it fails then.
 */
export async function openHttpTransport(
  url: URL,
  headers: Readonly<Record<string, string>>,
): Promise<Transport> {
  const { StreamableHTTPClientTransport, isJSONRPCRequest } = await import('@modelcontextprotocol/client');
  const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers }, fetch: watchedFetch });
  const send = transport.send.bind(transport);
  transport.send = async (message, options) => {
    if (!isJSONRPCRequest(message)) return send(message, options);
    const answer = { isStream: false };
    let endStream: () => void = () => undefined;
    const streamEnded = new Promise<void>((resolve) => (endStream = resolve));
    const onRequestStreamEnd = () => {
      options?.onRequestStreamEnd?.();
      endStream();
    };
    await answers.run(answer, () => send(message, { ...options, onRequestStreamEnd }));
    if (answer.isStream) await streamEnded;
    // A result that came is read by now, and the request settled: this says no more then.
    await new Promise(setImmediate);
    throw new Error('the answer ended without a result');
  };
  return transport;
}

async function watchedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await boundedFetch(input, init);
  const answer = answers.getStore();
  const type = response.headers.get('content-type') ?? '';
  if (answer !== undefined) answer.isStream = response.ok && /^text\/event-stream\s*(;|$)/i.test(type);
  return response;
}
