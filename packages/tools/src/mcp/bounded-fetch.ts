/** Longest message in an answer, in bytes: a line of an event stream, or the whole of anything else. */
const maxMessageBytes = 4 * 1024 * 1024;

/**
 * A `fetch` that follows no redirect and breaks an answer off whose message is too long. A stream of events may go on for
 * as long as each of its lines is short enough.
 */
export async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'error' });
  if (response.body === null) return response;
  let bytes = 0;
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const bounded = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const lineEnd = isStream ? chunk.lastIndexOf(0x0a) : -1;
      bytes = lineEnd < 0 ? bytes + chunk.length : chunk.length - lineEnd - 1;
      if (bytes > maxMessageBytes || chunk.length > maxMessageBytes) {
        controller.error(new Error(`the server sent a message of more than ${maxMessageBytes} bytes`));
      } else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  const copy = new Response(response.body.pipeThrough(bounded), { status, statusText, headers });
  Object.defineProperty(copy, 'url', { value: response.url });
  return copy;
}
