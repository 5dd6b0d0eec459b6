import { createHash } from 'node:crypto';
import type { JsonObject } from '@antiphon/core';
import { defineTool, type Tool, type ToolContext, type ToolSettings } from '../define-tool.ts';
import { sendRequest } from './http-answer.ts';
import {
  type HttpRequestDeclaration,
  prepareRequest,
  type RequestProblem,
  type RequestTemplate,
  readRequest,
} from './request-template.ts';
import type { SlotValues } from './template.ts';

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

/** The tool, or everything that is wrong with its request. */
export type HttpToolReview =
  | { readonly kind: 'tool'; readonly tool: Tool }
  | { readonly kind: 'unsound'; readonly problems: readonly RequestProblem[] };

/** Makes the tool of a declaration. */
export function createHttpTool(declaration: HttpToolDeclaration): HttpToolReview {
  const { name, description, parameters, http, secrets, ...settings } = declaration;
  const { template, problems } = readRequest(http, parameters);
  if (template === undefined || problems.length > 0) return { kind: 'unsound', problems };
  const hidden = [...(secrets ?? []), ...likelySecrets(http)];
  const tool = defineTool({
    ...settings,
    name,
    description,
    input: parameters,
    execute: (input, context) => {
      const request = prepareRequest(template, input as SlotValues);
      addIdempotencyKey(request.headers, template, context);
      return sendRequest(request, { signal: context.signal, secrets: hidden });
    },
  });
  return { kind: 'tool', tool: tool as Tool };
}

/** Lets the service recognise a request that was sent before for the same call. */
function addIdempotencyKey(
  headers: Headers,
  { method }: RequestTemplate,
  { session, call }: ToolContext,
): void {
  if (method === 'GET' || method === 'HEAD' || headers.has('idempotency-key')) return;
  const key = createHash('sha256').update(`${session.id}\n${call.id}`).digest('hex').slice(0, 32);
  headers.set('idempotency-key', key);
}

/** Values of the declaration that are probably keys: a service may echo them in an error. */
function likelySecrets({ headers, query }: HttpRequestDeclaration): string[] {
  const isTold = /^(accept|accept-.*|content-.*|user-agent)$/i;
  const isKey = /key|token|secret|password|auth|signature/i;
  return [
    ...Object.entries(headers ?? {}).filter(([name]) => !isTold.test(name)),
    ...Object.entries(query ?? {}).filter(([name]) => isKey.test(name)),
  ]
    .flatMap(([, value]) => [String(value), ...String(value).split(/\s+/)])
    .filter((value) => value.length >= 6 && !value.includes('{{'))
    .sort((a, b) => b.length - a.length);
}
