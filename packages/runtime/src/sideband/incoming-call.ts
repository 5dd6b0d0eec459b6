import { createHmac, timingSafeEqual } from 'node:crypto';
import { AntiphonError } from '@antiphon/core';

/** A call that has come in by SIP and waits to be accepted or rejected. */
export interface IncomingCall {
  readonly callId: string;
  /** In their order; a name may come several times. */
  readonly sipHeaders: readonly { readonly name: string; readonly value: string }[];
  /** Who calls, and who is called, as the SIP headers say it; undefined where they do not. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** A webhook as it came. */
export interface IncomingWebhook {
  /** The body exactly as it came: the signature is over its bytes. */
  readonly body: string | Uint8Array;
  /** With names in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The secret of the endpoint, `whsec_…`; null where something before has checked who sends. */
  readonly secret: string | null;
  /** Milliseconds since the epoch; the machine's time unless told. */
  readonly nowMs?: number;
}

/** A webhook older than this, or so far ahead, may be one that somebody has kept. */
const toleranceSeconds = 5 * 60;

/**
 * Reads the webhook of an incoming call, and checks its signature (Standard Webhooks: HMAC-SHA256 over id, time and body).
 * Undefined for webhooks about anything else.
 *
 * @throws AntiphonError `call.bad_webhook`
 */
export function readIncomingCall(webhook: IncomingWebhook): IncomingCall | undefined {
  const body = typeof webhook.body === 'string' ? webhook.body : Buffer.from(webhook.body).toString('utf8');
  if (webhook.secret !== null) checkSignature(body, webhook.secret, webhook);
  const event = parse(body);
  if (event['type'] !== 'realtime.call.incoming') return undefined;
  const data = isObject(event['data']) ? event['data'] : {};
  const callId = data['call_id'];
  if (typeof callId !== 'string' || callId === '') throw refused('it has no call_id');
  const sipHeaders = (Array.isArray(data['sip_headers']) ? data['sip_headers'] : []).flatMap(
    (header: unknown) => {
      const { name, value } = isObject(header) ? header : {};
      return typeof name === 'string' && typeof value === 'string' ? [{ name, value }] : [];
    },
  );
  const valueOf = (wanted: string): string | undefined =>
    sipHeaders.find(({ name }) => name.toLowerCase() === wanted)?.value;
  return { callId, sipHeaders, from: valueOf('from'), to: valueOf('to') };
}

function checkSignature(
  body: string,
  secret: string,
  { headers, nowMs = Date.now() }: IncomingWebhook,
): void {
  const id = headers['webhook-id'];
  const time = headers['webhook-timestamp'];
  const given = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof time !== 'string' || typeof given !== 'string')
    throw refused('it is not signed');
  const ageSeconds = Math.abs(nowMs / 1000 - Number(time));
  if (!(ageSeconds <= toleranceSeconds)) throw refused('its time is not now');
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest();
  const isOurs = given.split(' ').some((signature) => {
    const [version, text = ''] = signature.split(',');
    const bytes = Buffer.from(text, 'base64');
    return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
  if (!isOurs) throw refused('its signature is not that of the secret');
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw refused('its body is no JSON object');
}

function refused(reason: string): AntiphonError<'call.bad_webhook'> {
  return new AntiphonError('call.bad_webhook', { reason });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
