import { HttpClient } from '../../http/http-client.ts';
import { isOfConnection } from '../../http/request-template.ts';
import { readAllowList } from '../../http/url-policy.ts';
import { isToolError } from '../../tool-error.ts';

const maxAnswerBytes = 1024 * 1024;
const maxBodyLength = 64 * 1024;
const maxRedirects = 3;
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** What `fetch` of a sandbox resolves to: an answer, or an error. */
type FetchAnswer =
  | { readonly status: number; readonly contentType: string; readonly text: string }
  | { readonly error: string; readonly code: string };

interface FetchRequest {
  readonly url?: unknown;
  readonly method?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
}

/** Makes `fetch` of a sandbox, which goes to the hosts of `allow` alone. It never rejects. */
export function sandboxFetch(
  allow: readonly string[],
): (request: unknown, signal: AbortSignal) => Promise<FetchAnswer> {
  const client = new HttpClient({
    policy: {
      origin: undefined,
      allow: readAllowList(allow).filter((entry) => typeof entry !== 'string'),
    },
    redirects: maxRedirects,
    maxBytes: maxAnswerBytes,
  });
  return async (request, signal) => {
    try {
      const answer = await client.send(prepared(request as FetchRequest), signal);
      const text = new TextDecoder().decode(answer.bytes);
      return { status: answer.status, contentType: answer.contentType, text };
    } catch (error) {
      if (isToolError(error)) return { error: error.message, code: error.code, hint: error.hint };
      const reason = error instanceof Error ? error.message : String(error);
      return { error: `the request cannot be made: ${reason}`.slice(0, 300), code: 'tool.http_forbidden' };
    }
  };
}

/** @throws TypeError */
function prepared({ url, method = 'GET', headers = {}, body }: FetchRequest) {
  const name = String(method).toUpperCase();
  if (!methods.has(name)) throw new TypeError(`there is no method ${name.slice(0, 20)}`);
  if (body !== undefined && typeof body !== 'string') throw new TypeError('its body is not a text');
  if (body !== undefined && body.length > maxBodyLength) {
    throw new TypeError(`its body is longer than ${maxBodyLength} characters`);
  }
  const told = new Headers(headers as Record<string, string>);
  // Another "Host" would reach what is served beside the host that is allowed.
  const wrong = [...told.keys()].find(isOfConnection);
  if (wrong !== undefined) throw new TypeError(`the header "${wrong}" belongs to the connection`);
  return { method: name, url: new URL(String(url)), headers: told, body };
}
