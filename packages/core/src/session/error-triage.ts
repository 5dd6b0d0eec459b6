import type { ConnectObstacle } from '../ports/transport.ts';

/** What an error of the server means for the session. */
export type ErrorVerdict =
  /** Expected in races; nothing is lost. */
  | 'benign'
  /** The same request may succeed later. */
  | 'retryable'
  /** This request is not taken, however often it is made; the session goes on. */
  | 'refused'
  /** The session cannot go on. */
  | 'fatal'
  /** Not in the table: reported and counted, the session goes on. */
  | 'unknown';

/** What a session that cannot be had fails with. */
export type RefusalCode =
  | 'provider.connect_failed'
  | 'provider.timeout'
  | 'provider.tls_failed'
  | 'provider.token_failed'
  | 'provider.proxy_failed'
  | 'provider.rejected'
  | 'provider.not_found'
  | 'provider.not_realtime'
  | 'provider.busy'
  | 'provider.unavailable';

/** What one sign of trouble means, and what a session fails with that it keeps from beginning. */
export interface Triage {
  readonly verdict: ErrorVerdict;
  readonly failure: RefusalCode;
}

const benign: Triage = { verdict: 'benign', failure: 'provider.rejected' };
const refused: Triage = { verdict: 'refused', failure: 'provider.rejected' };
const rejected: Triage = { verdict: 'fatal', failure: 'provider.rejected' };
const notFound: Triage = { verdict: 'fatal', failure: 'provider.not_found' };
const notRealtime: Triage = { verdict: 'fatal', failure: 'provider.not_realtime' };
const busy: Triage = { verdict: 'retryable', failure: 'provider.busy' };
const unavailable: Triage = { verdict: 'retryable', failure: 'provider.unavailable' };
const unreached: Triage = { verdict: 'retryable', failure: 'provider.connect_failed' };
/** Another session may be had. */
const expired: Triage = { verdict: 'fatal', failure: 'provider.unavailable' };
const unknown: Triage = { verdict: 'unknown', failure: 'provider.rejected' };

/** By `error.code`, or by `error.type` where the code does not speak. */
const errors: ReadonlyMap<string, Triage> = new Map(
  Object.entries({
    response_cancel_not_active: benign,
    item_truncate_invalid_item_id: benign,
    item_delete_invalid_item_id: benign,
    item_retrieve_invalid_item_id: benign,
    item_already_truncated: benign,
    unsupported_content_type: benign,
    input_audio_buffer_commit_empty: benign,

    conversation_already_has_active_response: busy,
    rate_limit_exceeded: busy,
    rate_limit_error: busy,
    inference_rate_limit_exceeded: busy,
    requests: busy,
    tokens: busy,
    TooManyRequests: busy,
    server_error: unavailable,
    internal_error: unavailable,
    internal_server_error: unavailable,
    InternalServerError: unavailable,
    service_unavailable: unavailable,
    ServiceUnavailable: unavailable,
    engine_overloaded: unavailable,
    overloaded_error: unavailable,
    timeout: unavailable,

    invalid_json: refused,
    invalid_event: refused,
    invalid_type: refused,
    invalid_value: refused,
    missing_required_parameter: refused,
    unknown_parameter: refused,
    integer_below_min_value: refused,
    integer_above_max_value: refused,
    decimal_below_min_value: refused,
    decimal_above_max_value: refused,
    string_above_max_length: refused,
    array_above_max_length: refused,
    item_create_invalid_previous_item_id: refused,
    invalid_tool_call_id: refused,
    cannot_update_voice: refused,

    invalid_api_key: rejected,
    authentication_error: rejected,
    permission_error: rejected,
    insufficient_permissions: rejected,
    Unauthorized: rejected,
    PermissionDenied: rejected,
    invalid_organization: rejected,
    mismatched_organization: rejected,
    mismatched_project: rejected,
    insufficient_quota: rejected,
    account_deactivated: rejected,
    billing_not_active: rejected,
    billing_hard_limit_reached: rejected,
    unsupported_country_region_territory: rejected,
    session_expired: expired,
    beta_api_shape_disabled: rejected,
    OperationNotSupported: rejected,
    missing_model: notFound,
    invalid_model: notFound,
    model_not_found: notFound,
    DeploymentNotFound: notFound,
    ResourceNotFound: notFound,
  }),
);

const closeCodes: ReadonlyMap<number, Triage> = new Map([
  [1000, { verdict: 'fatal', failure: 'provider.connect_failed' }],
  [1001, unavailable],
  [1002, notRealtime],
  [1003, notRealtime],
  [1005, unreached],
  [1006, unreached],
  [1007, rejected],
  [1008, rejected],
  [1009, rejected],
  [1010, notRealtime],
  [1011, unavailable],
  [1012, unavailable],
  [1013, busy],
  [1014, unavailable],
  [1015, { verdict: 'fatal', failure: 'provider.tls_failed' }],
  [3000, rejected],
  [3003, rejected],
  [3008, unavailable],
  [4000, rejected],
  [4001, rejected],
  [4003, rejected],
  [4004, notFound],
  [4029, busy],
  [4401, rejected],
  [4403, rejected],
  [4404, notFound],
  [4429, busy],
]);

/** By the HTTP status of an upgrade that was not one; classes by their hundreds. */
const statuses: ReadonlyMap<number, Triage> = new Map([
  [200, notRealtime],
  [300, notRealtime],
  [400, rejected],
  [404, notFound],
  [405, notRealtime],
  [406, notRealtime],
  [408, unavailable],
  [410, notFound],
  [415, notRealtime],
  [425, unavailable],
  [426, notRealtime],
  [429, busy],
  [500, unavailable],
  [501, notRealtime],
  [505, notRealtime],
]);

const obstacles: Readonly<Record<ConnectObstacle, Triage>> = {
  tls: { verdict: 'fatal', failure: 'provider.tls_failed' },
  time: { verdict: 'retryable', failure: 'provider.timeout' },
  token: { verdict: 'retryable', failure: 'provider.token_failed' },
  protocol: notRealtime,
  proxy: { verdict: 'retryable', failure: 'provider.proxy_failed' },
};

/**
 * Sorts an `error` event or the error of a failed response.
 *
 * @param code `error.code`; null for many older errors.
 * @param type `error.type`, which speaks when the code does not.
 */
export function triageError(code: string | null | undefined, type: string | null | undefined): ErrorVerdict {
  return triage(code, type).verdict;
}

/** As {@link triageError}, with what a session fails with that the error keeps from beginning. */
export function triage(code: string | null | undefined, type: string | null | undefined): Triage {
  return errors.get(code ?? '') ?? errors.get(type ?? '') ?? unknown;
}

/** Sorts the reason of a close: the type of an error, with its code after a point. */
export function triageReason(reason: string): Triage {
  const [type, code] = reason.split('.');
  return triage(code, type);
}

/** Sorts a close code; one that is not in the table says no more than that the connection is gone. */
export function triageCloseCode(code: number): Triage {
  return closeCodes.get(code) ?? unreached;
}

/** Sorts the HTTP status of an upgrade that was refused. */
export function triageStatus(status: number): Triage {
  return statuses.get(status) ?? statuses.get(Math.floor(status / 100) * 100) ?? notRealtime;
}

/**
 * Sorts what kept a connection from being made.
 *
 * @param status what the proxy answered, where it is the obstacle: it refuses, or cannot reach the server now.
 */
export function triageObstacle(obstacle: ConnectObstacle, status?: number): Triage {
  const found = obstacles[obstacle];
  const isRefused =
    obstacle === 'proxy' && status !== undefined && triageStatus(status).verdict !== 'retryable';
  return isRefused ? { ...found, verdict: 'fatal' } : found;
}
