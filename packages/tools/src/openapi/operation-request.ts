import type { JsonObject, JsonValue } from '@antiphon/core';
import { callerSlots } from '../declared/caller-values.ts';
import { type BodyTemplate, readTemplate, type Template } from '../declared/template.ts';
import { authHeaders, type HttpAuthDeclaration } from '../http/http-auth.ts';
import type { QueryTemplate, RequestTemplate } from '../http/request-template.ts';
import type { Operation, Parameter, RequestBody } from './operations.ts';
import { isObject } from './references.ts';
import { shorten, toJsonSchema } from './schema.ts';

/** An operation as a tool: what the model is told of its arguments, and the request that they fill. */
export interface OperationRequest {
  /** A JSON Schema of type `object`: the fields of path, query, headers and body in one. */
  readonly parameters: JsonObject;
  readonly template: RequestTemplate;
}

/** What requests of all operations share. */
export interface RequestBase {
  /** The address that paths are put behind. */
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: HttpAuthDeclaration | undefined;
}

/** Makes the request of an operation; a text is why there can be none. */
export function operationRequest(
  operation: Operation,
  document: JsonObject,
  base: RequestBase,
): OperationRequest | string {
  const needsCookie = operation.parameters.find(({ place, required }) => place === 'cookie' && required);
  if (needsCookie !== undefined) return `it needs the cookie "${needsCookie.name}"`;
  const fields = new Fields(document);
  const slots = operation.parameters
    .filter((parameter) => parameter.place !== 'cookie' && !isSetBy(base, parameter))
    .map((parameter) => ({ parameter, slot: fields.addParameter(parameter) }));
  const missing = [...operation.path.matchAll(/\{([^{}]+)\}/g)].find(
    ([, name]) => !slots.some(({ parameter }) => parameter.place === 'path' && parameter.name === name),
  );
  if (missing !== undefined) return `its path holds ${missing[0]}, which is none of its parameters`;
  const body = operation.body === undefined ? undefined : readContent(operation.body, fields);
  if (typeof body === 'string') return body;
  const template: RequestTemplate = {
    method: operation.method,
    address: {
      kind: 'fixed',
      origin: base.server.origin,
      path: pathTemplate(operation.path, slots, base.server),
    },
    query: slots.filter(({ parameter }) => parameter.place === 'query').map(queryTemplate),
    headers: [
      ...Object.entries(base.headers).map(([name, text]) => [name, fixedTemplate(text)] as const),
      ...slots
        .filter(({ parameter }) => parameter.place === 'header')
        .map(({ parameter, slot }) => [parameter.name, [{ kind: 'slot', name: slot }]] as const),
      ...(body === undefined ? [] : ([['content-type', [{ kind: 'text', text: body.type }]]] as const)),
    ],
    body: body?.template,
    isForm: body?.type === formType,
    auth: base.auth,
  };
  return { parameters: fields.schema, template };
}

/** Whether the file says what a parameter is: then it is no argument, which could override that. */
function isSetBy({ headers, auth }: RequestBase, { name, place }: Parameter): boolean {
  if (place === 'query') return name === auth?.query?.name;
  const set = [...Object.keys(headers), ...Object.keys(authHeaders(auth ?? {}))];
  return place === 'header' && set.some((each) => each.toLowerCase() === name.toLowerCase());
}

const formType = 'application/x-www-form-urlencoded';

/** A text of the author: slots of the caller are filled, everything else is text. */
function fixedTemplate(text: string): Template {
  return callerSlots(text).length > 0 ? readTemplate(text) : [{ kind: 'text', text }];
}

interface FilledParameter {
  readonly parameter: Parameter;
  readonly slot: string;
}

function pathTemplate(path: string, slots: readonly FilledParameter[], server: URL): Template {
  const base = server.pathname.replace(/\/$/, '');
  const parts = path.split(/\{([^{}]+)\}/).map((text, index) => {
    if (index % 2 === 0) return { kind: 'text', text } as const;
    const filled = slots.find(({ parameter }) => parameter.place === 'path' && parameter.name === text);
    return { kind: 'slot', name: filled?.slot ?? text } as const;
  });
  const all: Template = [{ kind: 'text', text: base }, ...parts];
  return all.filter((part) => part.kind === 'slot' || part.text !== '');
}

function queryTemplate({ parameter, slot }: FilledParameter): QueryTemplate {
  return { key: parameter.name, text: [{ kind: 'slot', name: slot }], style: styleOf(parameter) };
}

function styleOf({ style, explode, isJson }: Parameter): QueryTemplate['style'] {
  if (isJson) return 'json';
  if (style === 'deepObject') return 'deep';
  if (explode) return 'repeat';
  return style === 'spaceDelimited' ? 'space' : style === 'pipeDelimited' ? 'pipe' : 'comma';
}

interface Content {
  readonly type: string;
  readonly template: BodyTemplate;
}

/** The fields of an object stand beside the parameters; any other body is one field. */
function readContent({ content, required, description }: RequestBody, fields: Fields): Content | string {
  const types = Object.keys(content);
  const json = types.find((type) => type === 'application/json' || type.endsWith('+json') || type === '*/*');
  const type = json ?? types.find((each) => each === formType) ?? types.find((each) => each === 'text/plain');
  if (type === undefined)
    return `its body is ${types.join(' or ') || 'nothing'}, neither JSON, a form nor text`;
  const schema = fields.convert(content[type]);
  const sent = type === '*/*' ? 'application/json' : type;
  const properties = type === 'text/plain' ? undefined : objectFields(schema);
  if (properties === undefined) {
    if (type === formType) return 'its form has no fixed fields';
    const slot = fields.add('body', { description, ...schema }, required);
    return { type: sent, template: { kind: 'text', template: [{ kind: 'slot', name: slot }] } };
  }
  const needed = Array.isArray(schema['required']) ? (schema['required'] as readonly JsonValue[]) : [];
  const written = Object.entries(properties).map(([name, property]): readonly [string, BodyTemplate] => {
    const slot = fields.add(name, isObject(property) ? property : {}, required && needed.includes(name));
    return [name, { kind: 'text', template: [{ kind: 'slot', name: slot }] }];
  });
  return { type: sent, template: { kind: 'object', fields: written } };
}

/** The fields of a schema that is an object and nothing else. */
function objectFields(schema: JsonObject): JsonObject | undefined {
  const { type, properties, anyOf, oneOf, allOf } = schema;
  if (anyOf !== undefined || oneOf !== undefined || allOf !== undefined) return undefined;
  if (!isObject(properties) || Object.keys(properties).length === 0) return undefined;
  return type === undefined || type === 'object' ? properties : undefined;
}

/** The arguments of a tool, collected from all places; two of one name are told apart by their place. */
class Fields {
  readonly #document: JsonObject;
  readonly #properties = new Map<string, JsonObject>();
  readonly #required: string[] = [];

  constructor(document: JsonObject) {
    this.#document = document;
  }

  get schema(): JsonObject {
    return {
      type: 'object',
      properties: Object.fromEntries(this.#properties),
      required: this.#required,
      additionalProperties: false,
    };
  }

  convert(schema: JsonValue | undefined): JsonObject {
    return toJsonSchema(schema, this.#document);
  }

  addParameter({ name, place, required, description, schema }: Parameter): string {
    const converted = this.convert(schema);
    const told = description === '' ? {} : { description: shorten(description) };
    return this.add(name, { ...converted, ...told }, required, place);
  }

  /** Adds a field and returns the name that it has. */
  add(name: string, schema: JsonObject, required: boolean, place = 'body'): string {
    const sound = name.replaceAll(/[^a-zA-Z0-9_-]+/g, '_').replaceAll(/^_+|_+$/g, '') || 'value';
    let field = this.#properties.has(sound) ? `${place}_${sound}` : sound;
    while (this.#properties.has(field)) field = `${field}_`;
    const { description, ...rest } = schema;
    this.#properties.set(field, description === undefined || description === '' ? rest : schema);
    if (required) this.#required.push(field);
    return field;
  }
}
