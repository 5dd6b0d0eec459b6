import type { JsonObject, JsonValue } from '@antiphon/core';
import { isOfConnection } from '../http/request-template.ts';
import { isObject, resolveReference } from './references.ts';

/** An operation of a document, its references followed one level. */
export interface Operation {
  /** Its `operationId`, or one made of its method and path. */
  readonly id: string;
  readonly method: string;
  /** With `{name}` where parameters stand. */
  readonly path: string;
  /** What it does, as the document says; may be empty. */
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly body: RequestBody | undefined;
  /** The first server that is named for it, variables filled in. */
  readonly server: string | undefined;
}

export interface Parameter {
  readonly name: string;
  readonly place: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonValue | undefined;
  readonly style: string;
  readonly explode: boolean;
  /** Whether the value is written as JSON. */
  readonly isJson: boolean;
}

export interface RequestBody {
  readonly required: boolean;
  readonly description: string;
  /** Its schema by media type. */
  readonly content: Readonly<Record<string, JsonValue | undefined>>;
}

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head'];

/** All operations, in the order of the document. The first of two with one id is kept. */
export function readOperations(document: JsonObject): readonly Operation[] {
  const paths = document['paths'];
  if (!isObject(paths)) return [];
  const operations = new Map<string, Operation>();
  for (const [path, item] of Object.entries(paths)) {
    const resolved = resolveReference(item, document);
    if (resolved === undefined || !path.startsWith('/')) continue;
    for (const method of methods) {
      const declared = resolveReference(resolved[method], document);
      if (declared === undefined) continue;
      const operation = readOperation(declared, { path, method, item: resolved, document });
      if (!operations.has(operation.id)) operations.set(operation.id, operation);
    }
  }
  return [...operations.values()];
}

interface Place {
  readonly path: string;
  readonly method: string;
  readonly item: JsonObject;
  readonly document: JsonObject;
}

function readOperation(operation: JsonObject, { path, method, item, document }: Place): Operation {
  const id = operation['operationId'];
  const summary = textOf(operation['summary']);
  const description = textOf(operation['description']);
  return {
    id:
      typeof id === 'string' && id !== ''
        ? id
        : [method, ...path.split(/[^a-zA-Z0-9]+/)].filter(Boolean).join('_'),
    method: method.toUpperCase(),
    path,
    description: [summary, description]
      .filter((text, index, all) => text !== '' && all.indexOf(text) === index)
      .join('\n'),
    parameters: readParameters([listOf(item['parameters']), listOf(operation['parameters'])], document),
    body: readBody(operation['requestBody'], document),
    server: [operation, item, document]
      .map(({ servers }) => serverUrl(servers))
      .find((url) => url !== undefined),
  };
}

/** Those of the operation replace those of the path with the same name and place. */
function readParameters(
  lists: readonly (readonly JsonValue[])[],
  document: JsonObject,
): readonly Parameter[] {
  const parameters = new Map<string, Parameter>();
  for (const declared of lists.flat()) {
    const parameter = resolveReference(declared, document);
    const read = parameter === undefined ? undefined : readParameter(parameter);
    if (read !== undefined) parameters.set(`${read.place} ${read.name}`, read);
  }
  return [...parameters.values()];
}

/** Headers that OpenAPI leaves to other parts of the document. */
const ignoredHeaders = new Set(['accept', 'content-type', 'authorization']);

function readParameter(parameter: JsonObject): Parameter | undefined {
  const { name, in: place } = parameter;
  if (typeof name !== 'string' || name === '') return undefined;
  if (place !== 'path' && place !== 'query' && place !== 'header' && place !== 'cookie') return undefined;
  if (place === 'header' && (ignoredHeaders.has(name.toLowerCase()) || isOfConnection(name)))
    return undefined;
  const content = isObject(parameter['content']) ? Object.values(parameter['content'])[0] : undefined;
  const style = textOf(parameter['style']) || (place === 'query' || place === 'cookie' ? 'form' : 'simple');
  const explode = parameter['explode'];
  return {
    name,
    place,
    required: place === 'path' || parameter['required'] === true,
    description: textOf(parameter['description']),
    schema: isObject(content) ? content['schema'] : parameter['schema'],
    style,
    explode: typeof explode === 'boolean' ? explode : style === 'form',
    isJson: isObject(content),
  };
}

function readBody(declared: JsonValue | undefined, document: JsonObject): RequestBody | undefined {
  const body = resolveReference(declared, document);
  if (body === undefined || !isObject(body['content'])) return undefined;
  return {
    required: body['required'] === true,
    description: textOf(body['description']),
    content: Object.fromEntries(
      Object.entries(body['content']).map(([type, media]) => [
        type.toLowerCase().split(';')[0]?.trim() ?? '',
        isObject(media) ? media['schema'] : undefined,
      ]),
    ),
  };
}

/** The address of the first server, with the defaults of its variables. */
function serverUrl(servers: JsonValue | undefined): string | undefined {
  const [first] = listOf(servers);
  if (!isObject(first) || typeof first['url'] !== 'string') return undefined;
  const variables = isObject(first['variables']) ? first['variables'] : {};
  return first['url'].replaceAll(/\{([^{}]+)\}/g, (slot, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    return isObject(variable) ? textOf(variable['default']) : slot;
  });
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.trim() : '';
}
