import { createHash } from 'node:crypto';
import type { JsonObject } from '@antiphon/core';
import { assertCaller, withCaller } from '../declared/caller-values.ts';
import type { DeclarationProblem } from '../declared/declaration-problem.ts';
import type { SlotValues } from '../declared/template.ts';
import { defineTool, type Tool, type ToolContext, type ToolSettings } from '../define-tool.ts';
import { traceStep } from '../dispatch/trace.ts';
import { hideSecrets, maxAnswerBytes, sendRequest } from './http-answer.ts';
import { authSecrets, fillAuth } from './http-auth.ts';
import { HttpClient } from './http-client.ts';
import {
  type HttpRequestDeclaration,
  prepareRequest,
  type RequestTemplate,
  readRequest,
  requestSlots,
} from './request-template.ts';
import { readAllowList, type UrlPolicy } from './url-policy.ts';

/** A tool without code: what the model is told, and the request that a call makes. */
export interface HttpToolDeclaration extends ToolSettings {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of type `object`. */
  readonly parameters: JsonObject;
  readonly http: HttpRequestDeclaration;
  /** Texts that must not appear in an error, such as values of environment variables. */
  readonly secrets?: readonly string[];
}

/** Shorter texts are words that stand in any answer. */
const isLong = (text: string): boolean => text.length >= 6;

/** How often a request that may be repeated is sent again, unless the tool says. */
const defaultRetries = 2;

/** The tool, or everything that is wrong with its request. */
export type HttpToolReview =
  | { readonly kind: 'tool'; readonly tool: Tool }
  | { readonly kind: 'unsound'; readonly problems: readonly DeclarationProblem[] };

/** Makes the tool of a declaration. */
export function createHttpTool(declaration: HttpToolDeclaration): HttpToolReview {
  const { name, description, parameters, http, secrets, ...settings } = declaration;
  const { template, problems } = readRequest(http, parameters);
  if (template === undefined || problems.length > 0) return { kind: 'unsound', problems };
  const client = new HttpClient({
    policy: policyOf(template, http),
    redirects: http.redirects ?? 0,
    maxBytes: maxAnswerBytes,
  });
  const tool = requestTool({
    ...settings,
    name,
    description,
    parameters,
    template,
    client,
    secrets: [...(secrets ?? []), ...likelySecrets(http)],
  });
  return { kind: 'tool', tool };
}

/** A tool that sends a request, ready to be made. */
export interface RequestToolOptions extends ToolSettings {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
  readonly template: RequestTemplate;
  readonly client: HttpClient;
  readonly secrets: readonly string[];
}

/** Makes a tool whose call sends a request. */
export function requestTool(options: RequestToolOptions): Tool {
  const { name, description, parameters, template, client, secrets, ...settings } = options;
  const slots = requestSlots(template);
  const { idempotent = isRead(template) } = settings;
  return defineTool({
    ...settings,
    idempotent,
    retries: settings.retries ?? (idempotent ? defaultRetries : 0),
    name,
    description,
    input: parameters,
    execute: (input, context) => {
      const { caller } = context.session;
      assertCaller(slots, caller);
      const values = withCaller(input as SlotValues, caller);
      const request = prepareRequest(template, values);
      addIdempotencyKey(request.headers, template, context);
      const hidden = [...secrets, ...Object.values(caller).filter(isLong)];
      traceStep('request', () => ({ method: request.method, url: shownUrl(request.url, hidden) }));
      const credentials = credentialsOf(template, values);
      return sendRequest(request, client, { signal: context.signal, secrets: hidden, credentials });
    },
  }) as Tool;
}

/** What says who asks: a service that sends it back must not tell the model. */
function credentialsOf({ auth }: RequestTemplate, values: SlotValues): readonly string[] {
  const filled = auth === undefined ? [] : authSecrets(fillAuth(auth, values));
  return filled.filter(isLong);
}

/** An address as it may be shown: a secret is hidden also as it is written in one. */
function shownUrl(url: URL, secrets: readonly string[]): string {
  const written = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
  ]);
  return hideSecrets(url.href, written);
}

/** Where the requests of a template may go; redirects lead to any public host unless `allow` names others. */
export function policyOf(
  { address }: RequestTemplate,
  { allow, redirects = 0 }: Pick<HttpRequestDeclaration, 'allow' | 'redirects'>,
): UrlPolicy {
  const entries = allow ?? (redirects > 0 ? ['*'] : []);
  return {
    origin: address.kind === 'fixed' ? address.origin : undefined,
    allow: readAllowList(entries).filter((entry) => typeof entry !== 'string'),
  };
}

/** A request that, by its method, changes nothing. */
function isRead({ method }: Pick<RequestTemplate, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Lets the service recognise a request that was sent before for the same call. */
function addIdempotencyKey(
  headers: Headers,
  { method }: RequestTemplate,
  { session, call }: ToolContext,
): void {
  if (isRead({ method }) || headers.has('idempotency-key')) return;
  const key = createHash('sha256').update(`${session.id}\n${call.id}`).digest('hex').slice(0, 32);
  headers.set('idempotency-key', key);
}

/** Values of the declaration that are, or probably are, keys: a service may echo them in an error. */
export function likelySecrets({
  headers,
  query,
  auth,
}: Pick<HttpRequestDeclaration, 'headers' | 'query' | 'auth'>): string[] {
  const isTold = /^(accept|accept-.*|content-.*|user-agent)$/i;
  const isKey = /key|token|secret|password|auth|signature/i;
  return [
    ...Object.entries(headers ?? {}).filter(([name]) => !isTold.test(name)),
    ...Object.entries(query ?? {}).filter(([name]) => isKey.test(name)),
  ]
    .flatMap(([, value]) => [String(value), ...String(value).split(/\s+/)])
    .filter((value) => !value.includes('{{'))
    .concat(authSecrets(auth))
    .filter(isLong)
    .sort((a, b) => b.length - a.length);
}
