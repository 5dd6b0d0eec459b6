/** Why a response failed, as far as the server said. */
export interface FailureDetail {
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly text: string;
}

/** Reads `status_details` of any shape: some servers send plain text. */
export function describeDetails(details: unknown): FailureDetail | undefined {
  if (typeof details === 'string') return { code: undefined, type: undefined, text: details };
  if (typeof details !== 'object' || details === null) return undefined;
  const { reason, error, type } = details as Readonly<Record<string, unknown>>;
  const inner = (typeof error === 'object' && error !== null ? error : {}) as Readonly<
    Record<string, unknown>
  >;
  const text = [inner['code'] ?? reason ?? type, inner['message']]
    .filter((part) => typeof part === 'string')
    .join(': ');
  return { code: asText(inner['code']), type: asText(inner['type']), text };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
