import { AntiphonError } from '@antiphon/core';
import { definePlugin, type Plugin } from '../define-plugin.ts';
import type { Tool, ToolSettings } from '../define-tool.ts';
import { maxAnswerBytes } from '../http/http-answer.ts';
import { authProblems, type HttpAuthDeclaration } from '../http/http-auth.ts';
import { HttpClient } from '../http/http-client.ts';
import { likelySecrets, policyOf, requestTool } from '../http/http-tool.ts';
import { type AllowedHost, isNamed, plainHost, readAllowList, type UrlPolicy } from '../http/url-policy.ts';
import { plainDescription } from '../imported/plain-description.ts';
import { type SelectedTool, selectTools, type ToolSelection } from '../imported/selection.ts';
import { type OpenApiDocument, readDocument } from './document.ts';
import { type OperationRequest, operationRequest } from './operation-request.ts';
import { type Operation, readOperations } from './operations.ts';

/** What {@link openApiPlugin} takes: a document, and which of its operations are taken, by their ids. */
export interface OpenApiPluginOptions extends ToolSelection {
  /** A file, from `baseDir`, or an address; OpenAPI 3.0 or 3.1 in JSON or YAML. */
  readonly openapi: string;
  /** The address of the service, in place of that of the document. */
  readonly baseUrl?: string;
  readonly auth?: HttpAuthDeclaration;
  /** Headers of all requests. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Hosts that redirects may lead to. */
  readonly allow?: readonly string[];
  /** How many redirects are followed; none when absent. */
  readonly redirects?: number;
  /** Where a relative path starts; the working folder of this process when absent. */
  readonly baseDir?: string;
  /** Texts that must not appear in an error. */
  readonly secrets?: readonly string[];
}

/** The operations of an OpenAPI document as tools. The document is read when the plugin is set up. */
export function openApiPlugin(options: OpenApiPluginOptions): Plugin {
  return definePlugin({
    name: `openapi ${options.prefix ?? ''}${options.openapi}`,
    async setup(context) {
      const { tools, skipped } = await operationTools(options);
      for (const tool of tools) context.tool(tool);
      for (const { operation, reason } of skipped) {
        context.log.warn('an operation cannot be a tool', { document: options.openapi, operation, reason });
      }
    },
  }) as Plugin;
}

/** The tools of a document, and the operations of which there can be none. */
export interface OperationTools {
  readonly tools: readonly Tool[];
  readonly skipped: readonly { readonly operation: string; readonly reason: string }[];
}

/** @throws AntiphonError `tool.openapi_unreadable`, `tool.openapi_operation`, `tool.openapi_setting`, `tool.selection_unknown` */
async function operationTools(options: OpenApiPluginOptions): Promise<OperationTools> {
  const { openapi: source, baseDir = process.cwd() } = options;
  assertSettings(options);
  const document = await readDocument(source, baseDir);
  const operations = new Map(readOperations(document.content).map((operation) => [operation.id, operation]));
  const selected = selectTools([...operations.keys()], options, `the OpenAPI document ${source}`);
  const clients = new Clients(options, document);
  const tools: Tool[] = [];
  const skipped: { operation: string; reason: string }[] = [];
  for (const selection of selected) {
    const operation = operations.get(selection.source);
    if (operation === undefined) continue;
    const request = requestOf(operation, document, options);
    if (typeof request !== 'string') {
      tools.push(toolOf({ operation, request, selection }, clients, options));
      continue;
    }
    const reason = request;
    if (selection.isNamed) {
      throw new AntiphonError('tool.openapi_operation', {
        operation: operation.id,
        document: source,
        reason,
      });
    }
    skipped.push({ operation: operation.id, reason });
  }
  return { tools, skipped };
}

function assertSettings({ openapi: document, auth, allow = [], baseUrl }: OpenApiPluginOptions): void {
  const invalid = (setting: string, problem: string) =>
    new AntiphonError('tool.openapi_setting', { document, setting, problem });
  const [problem] = authProblems(auth, 'auth');
  if (problem !== undefined) throw invalid(problem.field, problem.problem);
  const entry = readAllowList(allow).find((each) => typeof each === 'string');
  if (entry !== undefined) throw invalid('allow', entry);
  const isAddress = baseUrl === undefined || (/^https?:\/\//i.test(baseUrl) && URL.canParse(baseUrl));
  if (!isAddress) throw invalid('base_url', 'it is not an address that begins with http:// or https://');
}

function requestOf(
  operation: Operation,
  { content, url }: OpenApiDocument,
  { baseUrl, headers = {}, auth, allow = [] }: OpenApiPluginOptions,
): OperationRequest | string {
  const server = baseUrl ?? operation.server ?? (url === undefined ? undefined : '/');
  if (server === undefined || !URL.canParse(server, url?.href)) {
    return 'the document names no full address of a server; give base_url';
  }
  const base = new URL(server, url?.href);
  if (base.protocol !== 'http:' && base.protocol !== 'https:')
    return `its server has the scheme ${base.protocol}`;
  const isForeign = baseUrl === undefined && url !== undefined && url.origin !== base.origin;
  const hasKeys = auth !== undefined || Object.keys(headers).length > 0;
  if (isForeign && hasKeys && !isNamed(base, allowed(allow))) {
    return `the document names ${base.origin}, which is not to be sent what auth and headers say; give base_url, or name the host in allow`;
  }
  return operationRequest(operation, content, { server: base, headers, auth });
}

function allowed(allow: readonly string[]): readonly AllowedHost[] {
  return readAllowList(allow).filter((entry) => typeof entry !== 'string');
}

interface OperationTool {
  readonly operation: Operation;
  readonly request: OperationRequest;
  readonly selection: SelectedTool;
}

function toolOf(
  { operation, request, selection }: OperationTool,
  clients: Clients,
  { secrets = [], headers, auth }: OpenApiPluginOptions,
): Tool {
  const told = plainDescription(operation.description);
  return requestTool({
    ...settingsOf(operation),
    ...selection.settings,
    name: selection.name,
    description: selection.description ?? (told === '' ? `${operation.method} ${operation.path}` : told),
    parameters: request.parameters,
    template: request.template,
    client: clients.for(request),
    secrets: [...secrets, ...likelySecrets({ ...(headers && { headers }), auth })],
  });
}

/** Reading changes nothing, by the definition of the method. */
function settingsOf({ method }: Operation): ToolSettings {
  return method === 'GET' || method === 'HEAD' ? { effects: 'none', idempotent: true } : {};
}

/** One client for each server. */
class Clients {
  readonly #options: OpenApiPluginOptions;
  readonly #document: OpenApiDocument;
  readonly #clients = new Map<string, HttpClient>();

  constructor(options: OpenApiPluginOptions, document: OpenApiDocument) {
    this.#options = options;
    this.#document = document;
  }

  for({ template }: OperationRequest): HttpClient {
    const { allow, redirects = 0 } = this.#options;
    const declared = policyOf(template, { allow, redirects });
    const { origin = '' } = declared;
    const known = this.#clients.get(origin);
    if (known !== undefined) return known;
    const policy = this.#isForeign(origin) ? asForeign(declared, new URL(origin)) : declared;
    const client = new HttpClient({ policy, redirects, maxBytes: maxAnswerBytes });
    this.#clients.set(origin, client);
    return client;
  }

  /** Whether the author wrote a server nowhere: a document that was fetched names it. */
  #isForeign(origin: string): boolean {
    const { url } = this.#document;
    return this.#options.baseUrl === undefined && url !== undefined && url.origin !== origin;
  }
}

/** A server that a document of somebody else names may only be public. */
function asForeign({ allow }: UrlPolicy, server: URL): UrlPolicy {
  const port = server.port === '' ? undefined : Number(server.port);
  return { origin: undefined, allow: [...allow, { host: plainHost(server), kind: 'public', port }] };
}
