import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { type JsonObject, SessionUpdateSchema } from '@antiphon/core';

/** A request to the calls of a {@link FakeCalls}. */
export interface ReceivedCallRequest {
  /** Without what comes before the calls: `/calls/rtc_1/hangup`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A part of a form. */
export interface FormPart {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** An answer instead of the one that is due. */
export interface CallRefusal {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What answers the offers of calls: takes an SDP, gives one. */
export type OfferAnswer = (sdpOffer: string) => string | Promise<string>;

/** The SDP that every call is answered with unless told. */
const sdpAnswer = 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=answer\r\nt=0 0\r\n';
/** Pages of any origin may begin calls, and read where they are. */
const crossOrigin = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*, Authorization',
  'Access-Control-Expose-Headers': '*',
};
const prefix = /^.*\/realtime(?=\/(?:client_secrets|calls))/;

/**
 * The REST side of calls whose sound flows elsewhere, as the hosted service has it: client secrets, calls begun by an
 * offer, calls that came in, and what becomes of them. It refuses what the service refuses.
 */
export class FakeCalls {
  readonly #requests: ReceivedCallRequest[] = [];
  readonly #calls = new Map<string, 'incoming' | 'open' | 'ended'>();
  readonly #endings: ((callId: string) => void)[] = [];
  readonly #refusals: (CallRefusal | 'never')[] = [];
  readonly #secrets = new Set<string>();
  #answerOf: OfferAnswer = () => sdpAnswer;
  #made = 0;

  /** Every request so far. */
  get requests(): readonly ReceivedCallRequest[] {
    return this.#requests;
  }

  /** How a call stands; undefined for one that nobody has begun here. */
  stateOf(callId: string): 'incoming' | 'open' | 'ended' | undefined {
    return this.#calls.get(callId);
  }

  /** A call has come in by SIP and waits to be accepted. Returns its id. */
  ring(): string {
    return this.#add('incoming');
  }

  /** A call begins that nobody has asked for here. Returns its id. */
  begin(): string {
    return this.#add('open');
  }

  /** The other side hangs up. */
  end(callId: string): void {
    this.#calls.set(callId, 'ended');
    for (const listener of this.#endings) listener(callId);
  }

  /** Told of every call that ends, whoever ended it. */
  onEnd(listener: (callId: string) => void): void {
    this.#endings.push(listener);
  }

  /** Calls that are begun from now on are answered by this. */
  answerOffers(answer: OfferAnswer): void {
    this.#answerOf = answer;
  }

  /** The next request is answered like this; `never` is not answered at all. */
  refuseNext(refusal: CallRefusal | 'never'): void {
    this.#refusals.push(refusal);
  }

  /** Whether a request is one about calls: then it is answered. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!prefix.test(url.pathname)) return false;
    if (request.method === 'OPTIONS') {
      response.writeHead(204, crossOrigin).end();
      return true;
    }
    if (request.method !== 'POST') return false;
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const path = url.pathname.replace(prefix, '');
      const received = { path, query: url.searchParams, headers: request.headers, body };
      this.#requests.push(received);
      const refusal = this.#refusals.shift();
      if (refusal === 'never') return;
      this.#respond(refusal ?? this.#answer(received), response).catch((error: unknown) => {
        response.writeHead(500, crossOrigin).end(String(error));
      });
    });
    return true;
  }

  async #respond(answer: CallRefusal | Promise<CallRefusal>, response: ServerResponse): Promise<void> {
    const { status, body = '', headers = {} } = await answer;
    response.writeHead(status, { ...crossOrigin, ...headers }).end(body);
  }

  #answer(request: ReceivedCallRequest): CallRefusal | Promise<CallRefusal> {
    const key = keyOf(request.headers);
    if (key === undefined) return problem(401, 'missing_key', 'You did not provide an API key.');
    const [, collection, callId, verb] = request.path.split('/');
    if (collection === 'client_secrets') return this.#createSecret(request);
    if (callId === undefined) return this.#begin(request, key);
    return this.#control(request, callId, verb ?? '');
  }

  #createSecret({ body }: ReceivedCallRequest): CallRefusal {
    const { session, expires_after: expiry } = parsed(body);
    const wrong = wrongSession(session);
    if (wrong !== undefined) return wrong;
    const { anchor, seconds } = (expiry ?? {}) as JsonObject;
    if (anchor !== 'created_at' || typeof seconds !== 'number')
      return problem(400, 'invalid_value', 'Invalid expires_after.');
    const value = `ek_fake_${this.#next()}`;
    this.#secrets.add(value);
    const expiresAt = Math.floor(Date.now() / 1000) + seconds;
    return json(200, {
      value,
      expires_at: expiresAt,
      session: { ...(session as JsonObject), expires_at: 0 },
    });
  }

  #begin({ headers, body }: ReceivedCallRequest, key: string): CallRefusal | Promise<CallRefusal> {
    const type = headers['content-type'] ?? '';
    if (type === 'application/sdp') {
      if (!this.#secrets.has(key))
        return problem(401, 'invalid_api_key', 'Incorrect client secret provided.');
      return body.startsWith('v=0') ? this.#answerOffer(body) : problem(400, 'invalid_offer', 'Invalid SDP.');
    }
    const parts = formParts(type, body);
    const sdp = parts.find(({ name }) => name === 'sdp');
    const session = parts.find(({ name }) => name === 'session');
    if (sdp?.type !== 'application/sdp' || !sdp.text.startsWith('v=0'))
      return problem(400, 'invalid_offer', 'Invalid SDP offer.');
    const isJson = session?.type === 'application/json';
    return wrongSession(isJson ? parsed(session.text) : undefined) ?? this.#answerOffer(sdp.text);
  }

  async #answerOffer(sdpOffer: string): Promise<CallRefusal> {
    const answer = await this.#answerOf(sdpOffer);
    const callId = this.#add('open');
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', Location: `/v1/realtime/calls/${callId}` };
    return { status: 201, headers, body: answer };
  }

  #control({ body }: ReceivedCallRequest, callId: string, verb: string): CallRefusal {
    const state = this.#calls.get(callId);
    if (state === undefined || state === 'ended') return problem(404, 'call_not_found', `No call ${callId}.`);
    switch (verb) {
      case 'accept': {
        const wrong = wrongSession(parsed(body));
        if (wrong === undefined) this.#calls.set(callId, 'open');
        return wrong ?? { status: 200 };
      }
      case 'reject':
        this.end(callId);
        return { status: 200 };
      case 'refer': {
        const target = parsed(body)['target_uri'];
        return typeof target === 'string'
          ? { status: 200 }
          : problem(400, 'missing_target', 'No target_uri.');
      }
      case 'hangup':
        this.end(callId);
        return { status: 200 };
      default:
        return problem(404, 'not_found', `Unknown action ${verb}.`);
    }
  }

  #add(state: 'incoming' | 'open'): string {
    const callId = `rtc_fake_${this.#next()}`;
    this.#calls.set(callId, state);
    return callId;
  }

  #next(): number {
    this.#made += 1;
    return this.#made;
  }
}

/** The parts of a form as it came. */
export function formParts(contentType: string, body: string): readonly FormPart[] {
  const boundary = /^multipart\/form-data;\s*boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) return [];
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const at = part.indexOf('\r\n\r\n');
      const head = part.slice(0, at);
      return {
        name: /name="([^"]*)"/.exec(head)?.[1] ?? '',
        type: /^content-type:\s*(.*)$/im.exec(head)?.[1]?.trim() ?? '',
        text: part.slice(at + 4, -2),
      };
    });
}

/** The service takes no member that it does not know. */
function wrongSession(session: unknown): CallRefusal | undefined {
  const result = SessionUpdateSchema.safeParse(session);
  if (!result.success) {
    const [issue] = result.error.issues;
    return problem(400, 'invalid_value', `session.${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  return result.data.model === undefined ? problem(400, 'missing_model', 'No model.') : undefined;
}

function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const azure = headers['api-key'];
  if (typeof azure === 'string') return azure;
  return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
}

function problem(status: number, code: string, message: string): CallRefusal {
  return json(status, { error: { type: 'invalid_request_error', code, message, param: null } });
}

function json(status: number, value: JsonObject): CallRefusal {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) };
}

function parsed(body: string): JsonObject {
  try {
    return JSON.parse(body) as JsonObject;
  } catch {
    return {};
  }
}
