import type { JsonObject, JsonValue } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { isCallerSlot } from '../declared/caller-values.ts';
import type { DeclarationProblem } from '../declared/declaration-problem.ts';
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
} from '../declared/template.ts';
import { nearest } from '../suggest.ts';
import { type AddressTemplate, addressSlots, fillAddress, readAddress } from './address-template.ts';
import { addAuth, authProblems, authSlots, type HttpAuthDeclaration } from './http-auth.ts';
import { readAllowList } from './url-policy.ts';

/** The request of a tool as it is declared; texts may hold `{{parameter}}` slots. */
export interface HttpRequestDeclaration {
  /** `GET` when absent. */
  readonly method?: string;
  readonly url: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A mapping or list is sent as JSON (or as a form when the content-type header says so), a text as it stands. */
  readonly body?: JsonValue | undefined;
  /** Fields of a form that is sent as the body. */
  readonly form?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly auth?: HttpAuthDeclaration | undefined;
  /** Hosts that a filled address or a redirect may lead to. */
  readonly allow?: readonly string[] | undefined;
  /** How many redirects are followed; none when absent. */
  readonly redirects?: number | undefined;
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
  readonly address: AddressTemplate;
  readonly query: readonly QueryTemplate[];
  readonly headers: readonly (readonly [string, Template])[];
  readonly body: BodyTemplate | undefined;
  readonly isForm: boolean;
  readonly auth: HttpAuthDeclaration | undefined;
}

/** A parameter of the query; `style` says how a list or a mapping is written, as OpenAPI names it. */
export interface QueryTemplate {
  readonly key: string;
  readonly text: Template;
  readonly style: 'repeat' | 'comma' | 'space' | 'pipe' | 'deep' | 'json';
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const formType = 'application/x-www-form-urlencoded';
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Reads a declaration against the fields of the tool. */
export function readRequest(
  declaration: HttpRequestDeclaration,
  parameters: JsonObject,
): { readonly template: RequestTemplate | undefined; readonly problems: readonly DeclarationProblem[] } {
  const problems: DeclarationProblem[] = [];
  const method = (declaration.method ?? 'GET').toUpperCase();
  if (!methods.includes(method)) {
    problems.push({ field: 'http.method', problem: `"${method}" is not one of ${methods.join(', ')}` });
  }
  const address = readAddress(declaration.url, declaration.allow);
  if (typeof address === 'string') problems.push({ field: 'http.url', problem: address });
  const query = readTemplates(declaration.query ?? {}).map(([key, text]) => ({
    key,
    text,
    style: 'repeat' as const,
  }));
  const headers = readTemplates(declaration.headers ?? {});
  const content = declaration.form ?? declaration.body;
  const body = content === undefined ? undefined : readBody(content);
  problems.push(
    ...headerProblems(declaration.headers ?? {}),
    ...bodyProblems(method, declaration),
    ...authProblems(declaration.auth, 'http.auth'),
    ...allowProblems(declaration.allow ?? []),
  );
  if (typeof address === 'string') return { template: undefined, problems };
  const bodyField = declaration.form === undefined ? 'http.body' : 'http.form';
  const used = [
    ...addressSlots(address).map((slot) => ({ field: 'http.url', slot })),
    ...query.flatMap(({ key, text }) =>
      slotNames(text).map((slot) => ({ field: `http.query.${key}`, slot })),
    ),
    ...headers.flatMap(([key, value]) =>
      slotNames(value).map((slot) => ({ field: `http.headers.${key}`, slot })),
    ),
    ...(body === undefined ? [] : bodySlotNames(body).map((slot) => ({ field: bodyField, slot }))),
  ];
  problems.push(...slotProblems(used, parameters));
  const isForm =
    declaration.form !== undefined || contentType(declaration.headers ?? {}).startsWith(formType);
  return { template: { method, address, query, headers, body, isForm, auth: declaration.auth }, problems };
}

function readTemplates(
  texts: Readonly<Record<string, string | number | boolean>>,
): (readonly [string, Template])[] {
  return Object.entries(texts).map(([key, text]) => [key, readTemplate(String(text))]);
}

function* headerProblems(headers: Readonly<Record<string, string>>): Generator<DeclarationProblem> {
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name))
      yield { field: 'http.headers', problem: `"${name}" is not the name of a header` };
    else if (isOfConnection(name)) {
      yield { field: `http.headers.${name}`, problem: `the header "${name}" is made by the connection` };
    } else if (/[\r\n\0]/.test(value)) {
      yield { field: `http.headers.${name}`, problem: `the header "${name}" holds a line break` };
    }
  }
}

/** Headers that say how a message is carried, or to which host: nobody sets them but the connection. */
export function isOfConnection(header: string): boolean {
  return /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|proxy-.*)$/i.test(
    header,
  );
}

function* allowProblems(allow: readonly string[]): Generator<DeclarationProblem> {
  for (const [index, entry] of readAllowList(allow).entries()) {
    if (typeof entry === 'string') yield { field: `http.allow.${index}`, problem: entry };
  }
}

function* bodyProblems(
  method: string,
  { body, form, headers }: HttpRequestDeclaration,
): Generator<DeclarationProblem> {
  if (form !== undefined && (method === 'GET' || method === 'HEAD')) {
    yield { field: 'http.form', problem: `a ${method} request has no body` };
  }
  if (form !== undefined && body !== undefined) {
    yield { field: 'http.form', problem: 'there is a body already; a request has one of the two' };
  }
  if (body === undefined) return;
  if (method === 'GET' || method === 'HEAD')
    yield { field: 'http.body', problem: `a ${method} request has no body` };
  const type = contentType(headers ?? {});
  if (typeof body === 'string' && type.includes('json') && body.includes('{{')) {
    yield { field: 'http.body', problem: 'a JSON body with slots must be a mapping or a list, not a text' };
  }
  const isMapping = typeof body === 'object' && body !== null && !Array.isArray(body);
  if (type.startsWith(formType) && !isMapping) {
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
): Generator<DeclarationProblem> {
  const fields = Object.keys(parameters['properties'] ?? {});
  for (const { field, slot } of used) {
    if (fields.includes(slot) || isCallerSlot(slot)) continue;
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
  const url = fillAddress(template.address, values);
  for (const parameter of template.query) addQuery(url, parameter, values);
  const headers = buildHeaders(template, values);
  const body =
    template.body === undefined ? undefined : buildBody(template, template.body, { values, headers });
  const request = { method: template.method, url, headers, body };
  addAuth(request, template.auth, values);
  return request;
}

/** Adds one query parameter, a list or mapping in its style; a missing value adds none. */
function addQuery(url: URL, { key, text, style }: QueryTemplate, values: SlotValues): void {
  const [only] = text;
  const value = text.length === 1 && only?.kind === 'slot' ? slotValue(values, only.name) : undefined;
  if (style === 'json' && value !== undefined) {
    url.searchParams.append(key, JSON.stringify(value));
    return;
  }
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).map(valueText);
    const separator = separators[style];
    if (separator !== undefined) url.searchParams.append(key, items.join(separator));
    else for (const item of items) url.searchParams.append(key, item);
    return;
  }
  if (style === 'deep' && typeof value === 'object' && value !== null) {
    for (const [field, item] of Object.entries(value)) {
      url.searchParams.append(`${key}[${field}]`, valueText(item as JsonValue));
    }
    return;
  }
  const filled = fillTemplate(text, values);
  if (filled !== undefined) url.searchParams.append(key, filled);
}

const separators: Readonly<Partial<Record<QueryTemplate['style'], string>>> = {
  comma: ',',
  space: ' ',
  pipe: '|',
};

function buildHeaders({ headers }: RequestTemplate, values: SlotValues): Headers {
  const built = new Headers({
    accept: 'application/json, text/*;q=0.9, */*;q=0.5',
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': 'antiphon',
  });
  for (const [name, text] of headers) {
    const filled = fillTemplate(text, values, (value, slot) => {
      if (/^[\t\x20-\x7e]*$/.test(value)) return value;
      throw answeredError('tool.http_argument', {
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
    const fields = Object.entries(filled).flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value])
        .filter((item: JsonValue) => item !== null)
        .map((item: JsonValue): [string, string] => [key, valueText(item)]),
    );
    if (!headers.has('content-type')) headers.set('content-type', `${formType};charset=UTF-8`);
    return new URLSearchParams(fields).toString();
  }
  if (typeof filled === 'string' && body.kind === 'text') {
    if (!headers.has('content-type')) headers.set('content-type', 'text/plain; charset=utf-8');
    return filled;
  }
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return JSON.stringify(filled);
}

/** All slots of a request. */
export function requestSlots({ address, query, headers, body, auth }: RequestTemplate): readonly string[] {
  return [
    ...addressSlots(address),
    ...query.flatMap(({ text }) => slotNames(text)),
    ...headers.flatMap(([, text]) => slotNames(text)),
    ...(body === undefined ? [] : bodySlotNames(body)),
    ...authSlots(auth),
  ];
}
