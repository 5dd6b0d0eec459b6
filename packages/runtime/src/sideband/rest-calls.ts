import { randomUUID } from 'node:crypto';
import {
  AntiphonError,
  type ClientSecret,
  type ConfigSecret,
  type NewCall,
  type RemoteCalls,
  redact,
  type SessionUpdate,
} from '@antiphon/core';
import { post } from '../network/post.ts';
import { describeConnectFailure } from '../providers/connect-failure.ts';
import { type Credential, credentialHeader } from '../providers/credentials.ts';
import { refusalWords } from '../providers/refusal-words.ts';
import { secretHeaders } from '../providers/secrecy.ts';
import { checkedCallId, checkedSeconds, checkedStatusCode, checkedTarget } from './checked-values.ts';

const defaultTimeoutMs = 15_000;

/** Where the calls of a service are, and how it is asked. */
export interface RestCallsOptions {
  /** The name of the provider, for messages. */
  readonly name: string;
  /** `https://HOST/v1/realtime`, without a query. */
  readonly baseUrl: URL;
  /** Added to the address at which calls begin. */
  readonly callsQuery?: Readonly<Record<string, string>>;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly credential: Credential;
  /** For tests. */
  readonly timeoutMs?: number;
}

/** One request to the service. */
interface Request {
  /** What it is for, in the infinitive, for messages. */
  readonly action: string;
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly text: string };
  readonly signal?: AbortSignal | undefined;
}

/** What the service answered, once it was found to be good. */
interface Answer {
  readonly location: string | undefined;
  readonly text: string;
}

/** The calls of OpenAI, and of Azure OpenAI in its current version. */
export function createRestCalls(options: RestCallsOptions): RemoteCalls {
  const { name, model, callsQuery = {} } = options;
  const withModel = (session: SessionUpdate) => ({ ...session, model });
  const ofCall = (callId: string, verb: string) => ['calls', checkedCallId(callId), verb];
  const ask = (request: Request) => send(options, request);
  return {
    async createClientSecret({ session, expiresInSeconds, signal }) {
      const action = 'create a client secret';
      const answer = await ask({
        action,
        path: ['client_secrets'],
        body: json({
          expires_after: { anchor: 'created_at', seconds: checkedSeconds(expiresInSeconds) },
          session: withModel(session),
        }),
        signal,
      });
      return {
        ...readSecret(name, action, answer),
        callsUrl: addressOf(options, ['calls'], callsQuery).href,
      };
    },
    async create({ session, sdpOffer, signal }) {
      const action = 'begin a call';
      const body = multipart([
        { name: 'sdp', type: 'application/sdp', text: sdpOffer },
        { name: 'session', type: 'application/json', text: JSON.stringify(withModel(session)) },
      ]);
      const answer = await ask({ action, path: ['calls'], query: callsQuery, body, signal });
      return readCall(name, action, answer);
    },
    async accept({ callId, session, signal }) {
      const body = json(withModel(session));
      await ask({ action: 'accept the call', path: ofCall(callId, 'accept'), body, signal });
    },
    async reject({ callId, statusCode, signal }) {
      const body = json({ status_code: checkedStatusCode(statusCode) });
      await ask({ action: 'reject the call', path: ofCall(callId, 'reject'), body, signal });
    },
    async refer({ callId, targetUri, signal }) {
      const body = json({ target_uri: checkedTarget(targetUri) });
      await ask({ action: 'pass the call on', path: ofCall(callId, 'refer'), body, signal });
    },
    async hangUp({ callId, signal }) {
      await ask({ action: 'hang up', path: ofCall(callId, 'hangup'), signal });
    },
  };
}

async function send(options: RestCallsOptions, request: Request): Promise<Answer> {
  const { name, timeoutMs = defaultTimeoutMs } = options;
  const { action, body } = request;
  const url = addressOf(options, request.path, request.query);
  const time = AbortSignal.timeout(timeoutMs);
  const signal = request.signal === undefined ? time : AbortSignal.any([request.signal, time]);
  const secrets: ConfigSecret[] = [...secretHeaders(options.headers)];
  const fail = (code: 'call.failed' | 'call.refused', reason: string): AntiphonError<typeof code> =>
    new AntiphonError(code, { name, action, reason: redact(reason, secrets) });
  try {
    const own = await authorization(options.credential, signal, secrets);
    const { status, headers, text } = await post({
      url,
      headers: { ...options.headers, ...own, ...(body && { 'Content-Type': body.type }) },
      body: body?.text ?? '',
      signal,
    });
    if (isGood(status)) return { location: headers.location, text };
    const { location } = headers;
    const { message } = refusalWords(url, { status, body: text, retryAfterMs: undefined, location });
    throw fail(mayPass(status) ? 'call.failed' : 'call.refused', message);
  } catch (error) {
    if (error instanceof AntiphonError) throw error;
    throw fail('call.failed', failureWords(error, { url, timeoutMs, isLate: time.aborted }));
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Whether the same request may succeed later. */
function mayPass(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

async function authorization(
  credential: Credential,
  signal: AbortSignal,
  secrets: ConfigSecret[],
): Promise<Readonly<Record<string, string>>> {
  if (credential.kind === 'none') return {};
  const isKey = credential.kind === 'key';
  const value = isKey ? credential.value : (await credential.source(signal)).trim();
  secrets.push({ name: 'key', value });
  return credentialHeader(isKey ? credential.header : 'Authorization', value);
}

function failureWords(
  error: unknown,
  { url, timeoutMs, isLate }: { readonly url: URL; readonly timeoutMs: number; readonly isLate: boolean },
): string {
  if (isLate) return `${url.host} did not answer within ${timeoutMs / 1000} s`;
  return error instanceof Error ? describeConnectFailure(error, { url }).message : String(error);
}

function addressOf(
  { baseUrl }: RestCallsOptions,
  path: readonly string[],
  query: Readonly<Record<string, string>> = {},
): URL {
  const url = new URL(baseUrl);
  url.pathname = [url.pathname.replace(/\/+$/, ''), ...path.map(encodeURIComponent)].join('/');
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  return url;
}

function readSecret(name: string, action: string, { text }: Answer): Omit<ClientSecret, 'callsUrl'> {
  const { value, expires_at: expiresAt } = objectIn(text);
  if (typeof value !== 'string' || value === '') throw badAnswer(name, action, 'it has no value');
  if (typeof expiresAt !== 'number') throw badAnswer(name, action, 'it has no expires_at');
  return { value, expiresAtMs: expiresAt * 1000 };
}

/** The id of a new call is told by where it is. */
function readCall(name: string, action: string, { location, text }: Answer): NewCall {
  const [, callId] = /\/calls\/([^/?#]+)\/?(?:[?#]|$)/.exec(location ?? '') ?? [];
  if (callId === undefined) throw badAnswer(name, action, 'its Location names no call');
  if (!text.startsWith('v=')) throw badAnswer(name, action, 'its body is no SDP');
  return { callId: decodeURIComponent(callId), sdpAnswer: text };
}

function badAnswer(name: string, action: string, reason: string): AntiphonError<'call.bad_answer'> {
  return new AntiphonError('call.bad_answer', { name, action, reason });
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function json(value: object) {
  return { type: 'application/json', text: JSON.stringify(value) };
}

function multipart(
  parts: readonly { readonly name: string; readonly type: string; readonly text: string }[],
) {
  const boundary = `antiphon-${randomUUID()}`;
  const written = parts.map(
    ({ name, type, text }) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`,
  );
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    text: `${written.join('')}--${boundary}--\r\n`,
  };
}
