import type { SessionUpdate } from '../protocol/session-config.ts';

/** What a browser needs to begin a call with the provider by itself. */
export interface ClientSecret {
  /** A key that is good for little: to begin calls until it expires. */
  readonly value: string;
  /** Milliseconds since the epoch. Calls that are under way then go on. */
  readonly expiresAtMs: number;
  /** Where the browser posts its SDP offer as `application/sdp`, with the secret as its bearer token. */
  readonly callsUrl: string;
}

/** A call that was begun for a browser. */
export interface NewCall {
  readonly callId: string;
  /** What the browser sets as its remote description. */
  readonly sdpAnswer: string;
}

/** One request about a call; aborted by `signal`. */
interface CallRequest {
  readonly signal?: AbortSignal;
}

/** A request about a call that there is. */
export interface OfCall extends CallRequest {
  readonly callId: string;
}

/**
 * Calls whose sound flows between the user and the provider. A provider that has them offers this beside `connect`, which
 * is then asked to join one by `callId`. `session` is the session object of the agent, without the model, which the
 * provider knows. Everything rejects with an `AntiphonError` of a `call.…` code; keys are in no message.
 */
export interface RemoteCalls {
  /** @param expiresInSeconds 10 to 7,200 */
  createClientSecret(
    request: CallRequest & { readonly session: SessionUpdate; readonly expiresInSeconds: number },
  ): Promise<ClientSecret>;
  /** Begins a call for a browser that has made an SDP offer. */
  create(
    request: CallRequest & { readonly session: SessionUpdate; readonly sdpOffer: string },
  ): Promise<NewCall>;
  /** Takes a call that came in by SIP. */
  accept(request: OfCall & { readonly session: SessionUpdate }): Promise<void>;
  /** Refuses a call that came in by SIP, with a SIP status code. */
  reject(request: OfCall & { readonly statusCode: number }): Promise<void>;
  /** Passes a call on to a `tel:` or `sip:` address. */
  refer(request: OfCall & { readonly targetUri: string }): Promise<void>;
  hangUp(request: OfCall): Promise<void>;
}
