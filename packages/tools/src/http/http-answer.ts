import type { JsonValue } from '@antiphon/core';
import { httpError, networkError } from './http-error.ts';
import type { PreparedRequest } from './request-template.ts';

/** Largest answer that is read, in bytes after decompression. */
export const maxAnswerBytes = 1024 * 1024;

/** Longest part of an error answer that the model is given, in characters. */
const maxDetailLength = 300;

/** What sending needs beside the request. */
export interface SendOptions {
  readonly signal: AbortSignal;
  /** Texts that must not appear in an error. */
  readonly secrets: readonly string[];
}

/**
 * Sends a request once, without following redirects, and reads the answer: JSON when it says so, else text.
 *
 * @throws {ToolError} with a `tool.http_…` code for everything but a 2xx answer that could be read.
 */
export async function sendRequest(
  request: PreparedRequest,
  { signal, secrets }: SendOptions,
): Promise<JsonValue> {
  const { host } = request.url;
  const response = await open(request, signal);
  const { status } = response;
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    throw httpError('tool.http_redirect', { host, status }, { data: { status } });
  }
  const text = await readText(response, { host, signal });
  if (!response.ok) {
    const detail = hideSecrets(text.replaceAll(/\s+/g, ' ').trim(), secrets).slice(0, maxDetailLength);
    throw httpError(
      'tool.http_status',
      { host, status, detail: detail === '' ? '' : `: ${detail}` },
      { data: { status } },
    );
  }
  return readValue(response, text, host);
}

async function open({ url, method, headers, body }: PreparedRequest, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { method, headers, body: body ?? null, redirect: 'manual', signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : networkError(error, url.host);
  }
}

async function readText(
  response: Response,
  { host, signal }: { readonly host: string; readonly signal: AbortSignal },
): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      bytes += chunk.byteLength;
      if (bytes > maxAnswerBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : networkError(error, host);
  }
  if (bytes > maxAnswerBytes) throw httpError('tool.http_too_large', { host, limit: maxAnswerBytes });
  return decode(Buffer.concat(chunks), response.headers.get('content-type') ?? '');
}

function decode(bytes: Uint8Array, contentType: string): string {
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

function readValue(response: Response, text: string, host: string): JsonValue {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (/^(image|audio|video|font)\/|^application\/(octet-stream|zip|pdf|gzip)$/.test(type)) {
    throw httpError('tool.http_not_text', { host, type });
  }
  if (!/^application\/json$|^text\/json$|\+json$/.test(type)) return text === '' ? null : text;
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 80) : 'it cannot be read';
    throw httpError('tool.http_not_json', { host, reason }, { cause: error });
  }
}

function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((hidden, secret) => (secret === '' ? hidden : hidden.replaceAll(secret, '…')), text);
}
