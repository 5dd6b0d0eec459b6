import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AntiphonError, type JsonObject, type JsonValue } from '@antiphon/core';
import { HttpClient } from '../http/http-client.ts';
import { isToolError } from '../tool-error.ts';

/** An OpenAPI document, read. */
export interface OpenApiDocument {
  readonly content: JsonObject;
  /** Its address when it was fetched: relative servers start there. */
  readonly url: URL | undefined;
}

const maxDocumentBytes = 8 * 1024 * 1024;

/**
 * Reads a document of OpenAPI 3.0 or 3.1, in JSON or YAML, from an address or a file that starts at `baseDir`.
 *
 * @throws AntiphonError `tool.openapi_unreadable`
 */
export async function readDocument(source: string, baseDir: string): Promise<OpenApiDocument> {
  const isAddress = /^https?:\/\//i.test(source);
  const text = isAddress ? await fetchText(source) : await readText(source, baseDir);
  const content = await parseText(text, source);
  const version = content['openapi'];
  if (typeof version !== 'string' || !/^3\.[01](\.|$)/.test(version)) {
    const found =
      'swagger' in content
        ? `Swagger ${JSON.stringify(content['swagger'])}`
        : JSON.stringify(version ?? null);
    throw unreadable(source, `its version is ${found}, not 3.0 or 3.1`, 'Convert the document to OpenAPI 3.');
  }
  return { content, url: isAddress ? new URL(source) : undefined };
}

async function readText(source: string, baseDir: string): Promise<string> {
  const file = resolve(baseDir, source);
  try {
    const bytes = await readFile(file);
    if (bytes.length <= maxDocumentBytes) return bytes.toString('utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const reason = code === 'ENOENT' ? `there is no file ${file}` : `the system says ${code}`;
    throw unreadable(source, reason, 'Correct the path; it starts at the folder of the agent file.', cause);
  }
  throw unreadable(
    source,
    `it is larger than ${maxDocumentBytes} bytes`,
    'Keep only the operations that are needed.',
  );
}

async function fetchText(source: string): Promise<string> {
  const url = new URL(source);
  const policy = { origin: url.origin, allow: [] };
  const client = new HttpClient({ policy, redirects: 0, maxBytes: maxDocumentBytes });
  const headers = new Headers({ accept: 'application/json, application/yaml, */*;q=0.5' });
  try {
    const answer = await client.send(
      { method: 'GET', url, headers, body: undefined },
      AbortSignal.timeout(20_000),
    );
    if (answer.status >= 200 && answer.status < 300) return new TextDecoder().decode(answer.bytes);
    throw unreadable(source, `the server answered with status ${answer.status}`, 'Correct the address.');
  } catch (error) {
    if (!isToolError(error) && !isTimeout(error)) throw error;
    throw unreadable(source, error.message, 'Correct the address, or save the document as a file.', error);
  }
}

function isTimeout(error: unknown): error is Error {
  return error instanceof Error && error.name === 'TimeoutError';
}

async function parseText(text: string, source: string): Promise<JsonObject> {
  const value = text.trimStart().startsWith('{') ? parseJson(text, source) : await parseYaml(text, source);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw unreadable(source, 'it is not a mapping', 'Name an OpenAPI document.');
}

function parseJson(text: string, source: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw unreadable(source, `it is not JSON: ${messageOf(error)}`, 'Correct the document.', error);
  }
}

async function parseYaml(text: string, source: string): Promise<JsonValue> {
  const { parseDocument } = await import('yaml');
  try {
    const document = parseDocument(text, { version: '1.2', uniqueKeys: true });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS({ maxAliasCount: 100 }) as JsonValue;
  } catch (error) {
    throw unreadable(source, `it is not YAML: ${messageOf(error)}`, 'Correct the document.', error);
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? '';
}

function unreadable(document: string, reason: string, fix: string, cause?: unknown) {
  return new AntiphonError('tool.openapi_unreadable', { document, reason, fix }, { cause });
}
