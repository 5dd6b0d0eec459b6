import { isAntiphonError } from '../errors/antiphon-error.ts';
import { thrownText } from '../errors/thrown-text.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  ConnectRequest,
  InboundMessage,
  Provider,
  TransportClose,
  TransportHandlers,
} from '../ports/transport.ts';
import type { SessionEvent } from '../session/events.ts';
import { GuardedTransport } from './guarded-transport.ts';

/** Finds a provider by its name. One that is made when it is first used may be a promise. */
export type ProviderLookup = (name: string) => Provider | Promise<Provider>;

/** Takes an event, and the bytes that travel beside it. */
export type Report = (event: SessionEvent, sound?: Uint8Array) => void;

/** What connections are made with. */
export interface ConnectionsOptions {
  readonly providers: ProviderLookup;
  readonly clock: Clock;
  readonly report: Report;
}

/** Where a connection goes. */
export interface Destination {
  readonly epoch: number;
  readonly provider: string;
  readonly request: ConnectRequest;
}

interface Connection {
  transport: GuardedTransport | undefined;
  closing: 'no' | 'asked';
}

/** What stands for a connection that broke or never came up. */
const abnormalClosure = 1006;
/** A provider that cannot be had, however often it is tried. */
const policyViolation = 1008;
const normalClosure = 1000;
/** A connection that does not say that it has ended is left alone after this long. */
const closeTimeoutMs = 2_500;

/** So many different things that were left out of events are told in a session. */
const maxToldLeftOut = 16;

/** The connections of a session, by epoch: the one in use, one being made, and those that are being closed. */
export class Connections {
  readonly #connections = new Map<number, Connection>();
  readonly #options: ConnectionsOptions;
  readonly #toldLeftOut = new Set<string>();
  #whenEmpty: (() => void) | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Dials. Every failure is a `transport.closed`. */
  open(destination: Destination): void {
    const connection: Connection = { transport: undefined, closing: 'no' };
    this.#connections.set(destination.epoch, connection);
    try {
      const provider = this.#options.providers(destination.provider);
      if (!isPromise(provider)) return this.#connect(connection, provider, destination);
      provider
        .then((made) => this.#connect(connection, made, destination))
        .catch((error: unknown) => this.#fail(destination.epoch, error));
    } catch (error) {
      this.#fail(destination.epoch, error);
    }
  }

  /** The connection of an epoch, as long as it lasts. */
  get(epoch: number): GuardedTransport | undefined {
    return this.#connections.get(epoch)?.transport;
  }

  close(epoch: number, code: number, reason: string): void {
    const connection = this.#connections.get(epoch);
    if (connection === undefined || connection.closing === 'asked') return;
    connection.closing = 'asked';
    if (connection.transport === undefined) this.#remove(epoch);
    else connection.transport.close(code, reason);
  }

  /** Closes every connection; settles when all have ended. */
  async closeAll(): Promise<void> {
    for (const epoch of [...this.#connections.keys()])
      this.close(epoch, normalClosure, 'the session is over');
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.setTimer(closeTimeoutMs, resolve);
      this.#whenEmpty = () => {
        cancel();
        resolve();
      };
    });
  }

  #connect(connection: Connection, provider: Provider, { epoch, request }: Destination): void {
    if (this.#connections.get(epoch) !== connection) return;
    const transport = provider.connect(request, this.#handlers(epoch));
    connection.transport = new GuardedTransport(transport, (error) => this.#broke(epoch, error));
  }

  /** A connection that throws is of no use any more. */
  #broke(epoch: number, error: unknown): void {
    this.close(epoch, normalClosure, 'the connection is broken');
    this.#fail(epoch, error);
  }

  #handlers(epoch: number): TransportHandlers {
    const { report } = this.#options;
    return {
      onOpen: () => report({ type: 'transport.opened', epoch }),
      onMessage: (message) => this.#receive(message, epoch),
      onClose: (close) => this.#ended(epoch, close),
    };
  }

  #receive(message: InboundMessage, epoch: number): void {
    const { report } = this.#options;
    switch (message.kind) {
      case 'event':
        if (message.leftOut !== undefined) this.#tellLeftOut(message.leftOut, epoch);
        return report({ type: 'server.event', epoch, event: message.event });
      case 'invalid':
        return report({ type: 'server.invalid', epoch, reason: message.reason });
      case 'leaving':
        return report({ type: 'server.leaving', epoch, leftMs: message.leftMs });
      case 'calls_withdrawn':
        return report({ type: 'server.calls_withdrawn', epoch, callIds: message.callIds });
      case 'audio': {
        const { responseId, itemId, contentIndex, audio } = message;
        const byteLength = audio.byteLength;
        return report({ type: 'server.audio', epoch, responseId, itemId, contentIndex, byteLength }, audio);
      }
    }
  }

  /** A server with a strange member has it in every event: once is enough. */
  #tellLeftOut(reason: string, epoch: number): void {
    const told = this.#toldLeftOut;
    if (told.has(reason) || told.size === maxToldLeftOut) return;
    told.add(reason);
    this.#options.report({ type: 'server.invalid', epoch, reason });
  }

  #fail(epoch: number, error: unknown): void {
    const isFinal = isAntiphonError(error) && !error.retryable;
    this.#ended(epoch, {
      code: isFinal ? policyViolation : abnormalClosure,
      reason: '',
      error: error instanceof Error ? error : new Error(thrownText(error)),
    });
  }

  #ended(epoch: number, { code, reason, error, ...more }: TransportClose): void {
    if (!this.#connections.has(epoch)) return;
    this.#remove(epoch);
    this.#options.report({
      type: 'transport.closed',
      epoch,
      code,
      reason,
      cause: error?.message,
      ...more,
    });
  }

  #remove(epoch: number): void {
    this.#connections.delete(epoch);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }
}

function isPromise(provider: Provider | Promise<Provider>): provider is Promise<Provider> {
  return 'then' in provider;
}
