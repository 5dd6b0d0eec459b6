import { AntiphonError } from '@antiphon/core';

/** What every check here throws: AntiphonError `call.bad_value`. */
function badValue(what: string, got: unknown, expected: string): AntiphonError<'call.bad_value'> {
  const shown = JSON.stringify(got) ?? String(got);
  return new AntiphonError('call.bad_value', { what, got: shown.slice(0, 80), expected });
}

/** An id that may stand in an address. */
export function checkedCallId(callId: string): string {
  if (/^[\w-][\w.-]{0,127}$/.test(callId)) return callId;
  throw badValue('the id of the call', callId, 'letters, digits, _ and -, as in rtc_…');
}

export function checkedSeconds(seconds: number): number {
  if (Number.isInteger(seconds) && seconds >= 10 && seconds <= 7_200) return seconds;
  throw badValue('expiresInSeconds', seconds, 'a whole number from 10 to 7200');
}

export function checkedStatusCode(statusCode: number): number {
  if (Number.isInteger(statusCode) && statusCode >= 300 && statusCode <= 699) return statusCode;
  throw badValue('statusCode', statusCode, 'a SIP status from 300 to 699');
}

export function checkedTarget(targetUri: string): string {
  if (/^(?:tel|sips?):[^\s]+$/i.test(targetUri)) return targetUri;
  throw badValue('targetUri', targetUri, 'a tel: or sip: address');
}

export function checkedOffer(sdpOffer: string): string {
  if (sdpOffer.startsWith('v=0')) return sdpOffer;
  throw badValue('sdpOffer', sdpOffer.slice(0, 40), 'an SDP offer, which begins with v=0');
}
