import type { ConnectObstacle } from '@antiphon/core';

/** Codes of TLS that mean that the server's certificate was not accepted. */
const certificateCode =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(VERIFY|GET)_|ERR_TLS_CERT_ALTNAME|HOSTNAME_MISMATCH|INVALID_CA)/;
const otherTlsCode = /^(EPROTO$|ERR_SSL_|ERR_TLS_)/;
/** What answered was no HTTP, or no upgrade to a WebSocket. */
const httpCode = /^HPE_/;
const upgradeMessage = /^(Invalid Upgrade header|Invalid Sec-WebSocket-|Missing Sec-WebSocket-|Server sent )/;

/** What came over a connection that was accepted is no frame of a WebSocket. */
const frameCode = /^WS_ERR_/;
const largeCode = /^WS_ERR_(UNSUPPORTED_|TOO_MANY_)/;

/** Where a connection was to go. */
interface Address {
  readonly url: URL;
}

/** What kept a connection from being made, or broke it, in words for the user; the code of the system is kept in them. */
export function describeConnectFailure(error: Error, { url }: Address): Error {
  const { code, message } = firstFailure(error);
  const words = wordsFor(code, message, url);
  if (words === undefined) return error;
  const detail = code === undefined || words.includes(code) ? '' : ` (${code})`;
  return new Error(`${words}${detail}`, { cause: error });
}

/** How far a connection has come: not yet, accepted, and something was said on it. */
export type ConnectionPhase = 'opening' | 'open' | 'talking';

/** What kept a connection from being made, where it is none of the ways in which networks fail. */
export function obstacleOf(error: Error, phase: ConnectionPhase): ConnectObstacle | undefined {
  const { code, message } = firstFailure(error);
  if (phase === 'talking') return undefined;
  if (phase === 'open') return code !== undefined && frameCode.test(code) ? 'protocol' : undefined;
  if (code === undefined) return upgradeMessage.test(message) ? 'protocol' : undefined;
  if (httpCode.test(code)) return 'protocol';
  return certificateCode.test(code) || otherTlsCode.test(code) ? 'tls' : undefined;
}

function wordsFor(code: string | undefined, message: string, { host, hostname }: URL): string | undefined {
  switch (code) {
    case 'ENOTFOUND':
      return `the name ${hostname} is not known`;
    case 'EAI_AGAIN':
      return `the name ${hostname} could not be looked up`;
    case 'ECONNREFUSED':
      return `nothing listens at ${host}`;
    case 'ECONNRESET':
      if (message.includes('before secure TLS'))
        return `${host} broke the connection before TLS was agreed on`;
      return `${host} broke the connection`;
    case 'EPIPE':
      return `${host} broke the connection`;
    case 'ETIMEDOUT':
      return `${host} did not answer`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${host} cannot be reached from here`;
    case undefined:
      // Said by the library that makes the way through a proxy.
      if (message.startsWith('Proxy connection ended')) return `${host} broke the connection`;
      return upgradeMessage.test(message) ? `${host} speaks HTTP and no WebSocket: ${message}` : undefined;
    default:
      if (certificateCode.test(code)) return `the certificate of ${host} was not accepted${faultOf(code)}`;
      if (httpCode.test(code)) return `${host} does not speak HTTP`;
      if (largeCode.test(code)) return `${host} sent more in one message than is taken`;
      if (frameCode.test(code)) return `${host} sent what is no frame of a WebSocket`;
      return otherTlsCode.test(code) ? `${host} does not speak TLS as it should` : undefined;
  }
}

/** What is wrong with a certificate, behind a colon, where that is known. */
function faultOf(code: string): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return ': it has expired';
    case 'CERT_NOT_YET_VALID':
      return ': it is not valid yet';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return ': it is for another name';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return ': it is signed by itself';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return ': this machine does not know who signed it';
    default:
      return '';
  }
}

/** A host with several addresses fails with all their errors: the first tells enough. */
function firstFailure(error: Error): { readonly code: string | undefined; readonly message: string } {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return { code: undefined, message: error.message };
  const { code } = first as NodeJS.ErrnoException;
  return { code: typeof code === 'string' ? code : undefined, message: first.message };
}
