import {
  type ClientSecret,
  initialState,
  openingSession,
  providersOf,
  type RemoteCalls,
  type SessionUpdate,
} from '@antiphon/core';
import type { Session } from '../session/session.ts';
import type { StartSessionOptions } from '../session/session-options.ts';
import { agentNamed, planSession, type SessionParts } from '../session/session-parts.ts';
import type { SessionStarter } from '../session/session-starter.ts';
import { callsOf } from './calls-of.ts';
import { checkedOffer } from './checked-values.ts';

/** The agent of a call, and what it is told. */
export type CallAgentOptions = Pick<StartSessionOptions, 'agent' | 'provider' | 'variables'>;

/** What a client secret is made for. */
export interface ClientSecretOptions extends CallAgentOptions {
  /** For how long calls can be begun with it: 10 to 7,200 seconds, 600 unless told. */
  readonly expiresInSeconds?: number;
  readonly signal?: AbortSignal;
}

/** What a session of a call is started with. */
export type CallSessionOptions = Omit<StartSessionOptions, 'source' | 'sink' | 'callId'>;

/** What a call is begun with. */
export interface CreateCallOptions extends CallSessionOptions {
  /** The offer of the browser, as it made it. */
  readonly sdpOffer: string;
}

/** A call that was begun, and the session that has joined it. */
export interface CreatedCall {
  readonly callId: string;
  /** What the browser sets as its remote description. */
  readonly sdpAnswer: string;
  readonly session: Session;
}

/** Which call a request is about. */
export interface CallOptions {
  readonly callId: string;
  /** The provider that has the call; that of the default agent when absent. */
  readonly provider?: string;
}

const defaultSecretSeconds = 600;
const busyEverywhere = 603;

/** Begins calls whose sound flows between the user and the provider, and says what becomes of them. */
export class CallDesk {
  readonly #parts: SessionParts;
  readonly #sessions: SessionStarter;

  constructor(parts: SessionParts, sessions: SessionStarter) {
    this.#parts = parts;
    this.#sessions = sessions;
  }

  async createClientSecret(options: ClientSecretOptions): Promise<ClientSecret> {
    const { expiresInSeconds = defaultSecretSeconds, signal } = options;
    const { calls, session } = await this.#prepare(options);
    return calls.createClientSecret({ session, expiresInSeconds, ...(signal && { signal }) });
  }

  async create({ sdpOffer, ...options }: CreateCallOptions): Promise<CreatedCall> {
    const offer = checkedOffer(sdpOffer);
    const { calls, session, provider } = await this.#prepare(options);
    const { signal } = options;
    const { callId, sdpAnswer } = await calls.create({ session, sdpOffer: offer, ...(signal && { signal }) });
    return { callId, sdpAnswer, session: await this.#join(calls, { ...options, provider, callId }) };
  }

  async accept({ callId, ...options }: CallSessionOptions & { readonly callId: string }): Promise<Session> {
    const { calls, session, provider } = await this.#prepare(options);
    const { signal } = options;
    await calls.accept({ callId, session, ...(signal && { signal }) });
    return this.#join(calls, { ...options, provider, callId });
  }

  async reject({ statusCode = busyEverywhere, ...call }: CallOptions & { readonly statusCode?: number }) {
    const calls = await this.#callsOf(call);
    await calls.reject({ callId: call.callId, statusCode });
  }

  async refer({ targetUri, ...call }: CallOptions & { readonly targetUri: string }): Promise<void> {
    const calls = await this.#callsOf(call);
    await calls.refer({ callId: call.callId, targetUri });
  }

  async hangUp(call: CallOptions): Promise<void> {
    const calls = await this.#callsOf(call);
    await calls.hangUp({ callId: call.callId });
  }

  /** A call that cannot be joined is ended: nobody would answer in it. */
  async #join(
    calls: RemoteCalls,
    options: StartSessionOptions & { readonly callId: string },
  ): Promise<Session> {
    try {
      return await this.#sessions.start(options);
    } catch (error) {
      await calls.hangUp({ callId: options.callId }).catch((cause: unknown) => {
        this.#parts.logger.warn('a call that could not be joined could not be ended', {
          callId: options.callId,
          message: String(cause),
        });
      });
      throw error;
    }
  }

  async #prepare(options: CallAgentOptions & Pick<StartSessionOptions, 'toolHost'>): Promise<{
    readonly calls: RemoteCalls;
    readonly session: SessionUpdate;
    readonly provider: string;
  }> {
    const { name: agentName, agent } = agentNamed(this.#parts, options.agent);
    const provider = options.provider ?? providersOf(agent)[0] ?? '';
    const calls = await callsOf(this.#parts.providers, provider);
    const { variables = {}, toolHost } = options;
    const choice = {
      agentName,
      providerNames: [provider],
      variables,
      history: [],
      toolHost,
      callId: 'rtc_new',
    };
    return { calls, provider, session: openingSession(initialState(planSession(this.#parts, choice))) };
  }

  #callsOf({ provider }: CallOptions): Promise<RemoteCalls> {
    const { agent } = agentNamed(this.#parts, undefined);
    return callsOf(this.#parts.providers, provider ?? providersOf(agent)[0] ?? '');
  }
}
