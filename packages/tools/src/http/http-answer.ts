import type { JsonValue } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { traceStep } from '../dispatch/trace.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import type { PreparedRequest } from './request-template.ts';

/** Largest answer that is read, in bytes after decompression. */
export const maxAnswerBytes = 1024 * 1024;

interface SendOptions {
  readonly signal: AbortSignal;
  readonly secrets: readonly string[];
  readonly credentials: readonly string[];
}

/** Longest part of an error answer that the model is given, in characters. */
const maxDetailLength = 300;

/**
 * Sends a request and reads the answer: JSON when it says so, else text.
 *
 * @param secrets texts that must not appear in an error
 * @param credentials texts that must not appear in what comes back at all
 * @throws {ToolError} with a `tool.http_…` code for everything but a 2xx answer that could be read.
 */
export async function sendRequest(
  request: PreparedRequest,
  client: HttpClient,
  { signal, secrets, credentials }: SendOptions,
): Promise<JsonValue> {
  const answer = await client.send(request, signal);
  const { host, status } = answer;
  traceStep('response', () => ({ status, type: answer.contentType, bytes: answer.bytes.byteLength }));
  const text = decode(answer.bytes, answer.contentType);
  if (status < 200 || status >= 300) {
    const detail = hideSecrets(text.replaceAll(/\s+/g, ' ').trim(), secrets).slice(0, maxDetailLength);
    const retryAfterMs = isPassing(status) ? (answer.retryAfterMs ?? 0) : undefined;
    throw answeredError(
      'tool.http_status',
      { host, status, detail: detail === '' ? '' : `: ${detail}` },
      { data: { status }, ...(retryAfterMs !== undefined && { retryAfterMs }) },
    );
  }
  return readValue(answer, hideSecrets(text, credentials.flatMap(inJson)));
}

/** A text as it stands, and as it stands in JSON. */
function inJson(text: string): readonly string[] {
  const written = JSON.stringify(text).slice(1, -1);
  return written === text ? [text] : [written, text];
}

/** Whether the same request may be answered otherwise in a while. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

function decode(bytes: Uint8Array, contentType: string): string {
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

function readValue({ contentType, host }: HttpAnswer, text: string): JsonValue {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (/^(image|audio|video|font)\/|^application\/(octet-stream|zip|pdf|gzip)$/.test(type)) {
    throw answeredError('tool.http_not_text', { host, type });
  }
  if (!/^application\/json$|^text\/json$|\+json$/.test(type)) return text === '' ? null : text;
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 80) : 'it cannot be read';
    throw answeredError('tool.http_not_json', { host, reason }, { cause: error });
  }
}

/** Takes texts that must not be shown out of another. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((hidden, secret) => (secret === '' ? hidden : hidden.replaceAll(secret, '…')), text);
}
