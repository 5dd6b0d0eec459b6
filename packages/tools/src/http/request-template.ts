import type { JsonObject, JsonValue } from '@antiphon/core';
import { nearest } from '../suggest.ts';
import { httpError } from './http-error.ts';
import {
  type BodyTemplate,
  bodySlotNames,
  fillBody,
  fillTemplate,
  readBody,
  readTemplate,
  type SlotValues,
  slotNames,
  slotValue,
  type Template,
  valueText,
} from './template.ts';

/** The request of a tool as it is declared; texts may hold `{{parameter}}` slots. */
export interface HttpRequestDeclaration {
  /** `GET` when absent. */
  readonly method?: string;
  readonly url: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A mapping or list is sent as JSON (or as a form when the content-type header says so), a text as it stands. */
  readonly body?: JsonValue | undefined;
}

/** A mistake in a declaration; `field` is its path inside the tool, such as `http.url`. */
export interface RequestProblem {
  readonly field: string;
  readonly problem: string;
}

/** A request ready to be sent. */
export interface PreparedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | undefined;
}

/** A declaration read and found sound. */
export interface RequestTemplate {
  readonly method: string;
  /** Scheme, host and port, all fixed. */
  readonly origin: string;
  readonly host: string;
  readonly path: Template;
  readonly query: readonly (readonly [string, Template])[];
  readonly headers: readonly (readonly [string, Template])[];
  readonly body: BodyTemplate | undefined;
  readonly isForm: boolean;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Reads a declaration against the fields of the tool. */
export function readRequest(
  declaration: HttpRequestDeclaration,
  parameters: JsonObject,
): { readonly template: RequestTemplate | undefined; readonly problems: readonly RequestProblem[] } {
  const problems: RequestProblem[] = [];
  const method = (declaration.method ?? 'GET').toUpperCase();
  if (!methods.includes(method)) {
    problems.push({ field: 'http.method', problem: `"${method}" is not one of ${methods.join(', ')}` });
  }
  const address = readAddress(declaration.url);
  if (typeof address === 'string') problems.push({ field: 'http.url', problem: address });
  const query = readTemplates(declaration.query ?? {});
  const headers = readTemplates(declaration.headers ?? {});
  const body = declaration.body === undefined ? undefined : readBody(declaration.body);
  problems.push(...headerProblems(declaration.headers ?? {}), ...bodyProblems(method, declaration));
  if (typeof address === 'string') return { template: undefined, problems };
  const used = [
    ...slotNames(address.path).map((slot) => ({ field: 'http.url', slot })),
    ...query.flatMap(([key, value]) =>
      slotNames(value).map((slot) => ({ field: `http.query.${key}`, slot })),
    ),
    ...headers.flatMap(([key, value]) =>
      slotNames(value).map((slot) => ({ field: `http.headers.${key}`, slot })),
    ),
    ...(body === undefined ? [] : bodySlotNames(body).map((slot) => ({ field: 'http.body', slot }))),
  ];
  problems.push(...slotProblems(used, parameters));
  const isForm = contentType(declaration.headers ?? {}).startsWith('application/x-www-form-urlencoded');
  return { template: { method, ...address, query, headers, body, isForm }, problems };
}

function readTemplates(
  texts: Readonly<Record<string, string | number | boolean>>,
): (readonly [string, Template])[] {
  return Object.entries(texts).map(([key, text]) => [key, readTemplate(String(text))]);
}

/** Splits a url at its host, which must be fixed; a text is the problem with it. */
function readAddress(url: string): { origin: string; host: string; path: Template } | string {
  const match = /^(https?):\/\/([^/?#]*)([\s\S]*)$/i.exec(url.trim());
  if (match === null) return `"${url.slice(0, 40)}" does not begin with http:// or https://`;
  const [, scheme = '', authority = '', rest = ''] = match;
  if (authority.includes('{{')) return 'the host holds a slot; only the path and the query may';
  if (authority.includes('@')) return 'the host holds a user name or a password; use an authorization header';
  if (rest.includes('#')) return 'it holds a "#", which is never sent';
  try {
    const { origin, host } = new URL(`${scheme}://${authority}`);
    return { origin, host, path: readTemplate(rest === '' ? '/' : rest) };
  } catch {
    return `"${authority.slice(0, 60)}" is not a host`;
  }
}

function* headerProblems(headers: Readonly<Record<string, string>>): Generator<RequestProblem> {
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name))
      yield { field: 'http.headers', problem: `"${name}" is not the name of a header` };
    else if (/[\r\n\0]/.test(value)) {
      yield { field: `http.headers.${name}`, problem: `the header "${name}" holds a line break` };
    }
  }
}

function* bodyProblems(method: string, { body, headers }: HttpRequestDeclaration): Generator<RequestProblem> {
  if (body === undefined) return;
  if (method === 'GET' || method === 'HEAD')
    yield { field: 'http.body', problem: `a ${method} request has no body` };
  const type = contentType(headers ?? {});
  if (typeof body === 'string' && type.includes('json') && body.includes('{{')) {
    yield { field: 'http.body', problem: 'a JSON body with slots must be a mapping or a list, not a text' };
  }
  const isMapping = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (type.startsWith('application/x-www-form-urlencoded') && !isMapping) {
    yield { field: 'http.body', problem: 'the body of a form must be a mapping' };
  }
}

function contentType(headers: Readonly<Record<string, string>>): string {
  const entry = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type');
  return entry?.[1].toLowerCase() ?? '';
}

function* slotProblems(
  used: readonly { readonly field: string; readonly slot: string }[],
  parameters: JsonObject,
): Generator<RequestProblem> {
  const fields = Object.keys(parameters['properties'] ?? {});
  for (const { field, slot } of used) {
    if (fields.includes(slot)) continue;
    const near = nearest(slot, fields);
    const known = fields.length === 0 ? 'it has none' : `it has ${fields.join(', ')}`;
    const advice = near === undefined ? known : `did you mean {{${near}}}?`;
    yield { field, problem: `{{${slot}}} is not a parameter of the tool; ${advice}` };
  }
}

/**
 * Fills a template.
 *
 * @throws {ToolError} `tool.http_argument` when an argument cannot stand where it would have to.
 */
export function prepareRequest(template: RequestTemplate, values: SlotValues): PreparedRequest {
  const url = buildUrl(template, values);
  for (const [key, text] of template.query) addQuery(url, { key, text, values });
  const headers = buildHeaders(template, values);
  const body =
    template.body === undefined ? undefined : buildBody(template, template.body, { values, headers });
  return { method: template.method, url, headers, body };
}

function buildUrl({ origin, path }: RequestTemplate, values: SlotValues): URL {
  for (const name of slotNames(path)) {
    const value = slotValue(values, name);
    if (value === undefined || value === null) {
      throw httpError('tool.http_argument', { argument: name, problem: 'it is needed in the address' });
    }
  }
  const filled = fillTemplate(path, values, encodeText) ?? '';
  const segments = (filled.split('?')[0] ?? '').split('/');
  const hasDots = segments.some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
  const slot = slotNames(path)[0];
  if (hasDots && slot !== undefined) {
    throw httpError('tool.http_argument', { argument: slot, problem: 'it would lead to another address' });
  }
  return new URL(filled.startsWith('/') ? filled : `/${filled}`, origin);
}

/** Percent-encodes; lone surrogates, which have no encoding, become U+FFFD. */
function encodeText(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}

interface QueryField {
  readonly key: string;
  readonly text: Template;
  readonly values: SlotValues;
}

/** Adds one query parameter; a list gives one for each item, a missing value none. */
function addQuery(url: URL, { key, text, values }: QueryField): void {
  const [only] = text;
  const value = text.length === 1 && only?.kind === 'slot' ? slotValue(values, only.name) : undefined;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) url.searchParams.append(key, valueText(item));
    return;
  }
  const filled = fillTemplate(text, values);
  if (filled !== undefined) url.searchParams.append(key, filled);
}

function buildHeaders({ headers }: RequestTemplate, values: SlotValues): Headers {
  const built = new Headers({ accept: 'application/json, text/*;q=0.9, */*;q=0.5' });
  for (const [name, text] of headers) {
    const filled = fillTemplate(text, values, (value, slot) => {
      if (/^[\t\x20-\x7e]*$/.test(value)) return value;
      throw httpError('tool.http_argument', {
        argument: slot,
        problem: 'it holds characters a header cannot carry',
      });
    });
    if (filled !== undefined) built.set(name, filled);
  }
  return built;
}

function buildBody(
  { isForm }: RequestTemplate,
  body: BodyTemplate,
  { values, headers }: { readonly values: SlotValues; readonly headers: Headers },
): string | undefined {
  const filled = fillBody(body, values);
  if (filled === undefined) return undefined;
  if (isForm && typeof filled === 'object' && filled !== null) {
    const fields = Object.entries(filled).map(([key, value]): [string, string] => [
      key,
      valueText(value as JsonValue),
    ]);
    return new URLSearchParams(fields).toString();
  }
  if (typeof filled === 'string' && body.kind === 'text') {
    if (!headers.has('content-type')) headers.set('content-type', 'text/plain; charset=utf-8');
    return filled;
  }
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return JSON.stringify(filled);
}
