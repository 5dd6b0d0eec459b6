import type * as z from 'zod';
import type { JsonObject } from '../json.ts';
import type { RealtimeError } from './server-events.ts';
import { isJsonObject } from './tolerant.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What is wrong with a client event, in the words and codes of the hosted service. */
interface Complaint {
  readonly code: string;
  readonly param: string;
  readonly message: string;
}

/** Turns the issues of a refused client event into the error that the hosted service answers. */
export function toRealtimeError(issues: readonly Issue[], event: JsonObject): RealtimeError {
  const eventId = event['event_id'];
  const [issue] = issues;
  const complaint = issue === undefined ? undefined : toComplaint(issue, [], event);
  return {
    type: 'invalid_request_error',
    code: complaint?.code ?? 'invalid_value',
    message: complaint?.message ?? 'Invalid event.',
    param: complaint?.param ?? null,
    event_id: typeof eventId === 'string' ? eventId : null,
  };
}

function toComplaint(issue: Issue, parents: Path, event: JsonObject): Complaint {
  const path = [...parents, ...issue.path];
  const param = dotted(path);
  const value = valueAt(event, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const unknown = dotted([...path, issue.keys[0] ?? '']);
      return { code: 'unknown_parameter', param: unknown, message: `Unknown parameter: '${unknown}'.` };
    }
    case 'invalid_type':
      return value === undefined ? missing(param) : wrongType(param, issue.expected, value);
    case 'invalid_value':
      return value === undefined ? missing(param) : wrongValue(param, value, issue.values);
    case 'invalid_union':
      return unionComplaint(issue, path, event);
    case 'too_small':
    case 'too_big':
      return outOfRange(issue, param, value);
    default:
      return { code: 'invalid_value', param, message: `Invalid '${param}': ${issue.message}.` };
  }
}

/** A union by type complains of the type; another one of its branch that the value comes closest to. */
function unionComplaint(issue: z.core.$ZodIssueInvalidUnion, path: Path, event: JsonObject): Complaint {
  const value = valueAt(event, path);
  if (issue.errors.length === 0) {
    return value === undefined
      ? missing(dotted(path))
      : wrongValue(dotted(path), value, 'options' in issue ? (issue.options ?? []) : []);
  }
  const branches = issue.errors.flatMap((branch) => branch.slice(0, 1));
  const deepest = branches.reduce((best, next) => (depth(next) > depth(best) ? next : best));
  return toComplaint(deepest, path, event);
}

/** How well a branch fitted: one that complains of the type of the whole value did not fit at all. */
function depth(issue: Issue): number {
  return issue.code === 'invalid_type' && issue.path.length === 0 ? -1 : issue.path.length;
}

function missing(param: string): Complaint {
  return {
    code: 'missing_required_parameter',
    param,
    message: `Missing required parameter: '${param}'.`,
  };
}

function wrongType(param: string, expected: string, value: unknown): Complaint {
  const wanted = expected === 'int' ? 'an integer' : `a value of type ${expected}`;
  return {
    code: 'invalid_type',
    param,
    message: `Invalid type for '${param}': expected ${wanted}, but got ${typeName(value)} instead.`,
  };
}

function wrongValue(param: string, value: unknown, supported: readonly unknown[]): Complaint {
  const expected = typeof supported[0];
  if (typeof value !== expected) {
    return wrongType(param, expected, value);
  }
  const list = supported.map((option) => `'${String(option)}'`).join(', ');
  return {
    code: 'invalid_value',
    param,
    message: `Invalid value: '${String(value)}'. Supported values are: ${list}.`,
  };
}

function outOfRange(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  param: string,
  value: unknown,
): Complaint {
  const isBelow = issue.code === 'too_small';
  const limit = String(isBelow ? issue.minimum : issue.maximum);
  if (typeof value === 'string') {
    const length = `Expected a string with ${isBelow ? 'minimum' : 'maximum'} length ${limit}`;
    return {
      code: isBelow ? 'string_below_min_length' : 'string_above_max_length',
      param,
      message: `Invalid '${param}': string too ${isBelow ? 'short' : 'long'}. ${length}, but got a string with length ${value.length} instead.`,
    };
  }
  if (Array.isArray(value)) {
    return {
      code: 'invalid_value',
      param,
      message: `Invalid '${param}': expected an array of ${limit} elements.`,
    };
  }
  return {
    code: isBelow ? 'integer_below_min_value' : 'integer_above_max_value',
    param,
    message: `Invalid '${param}': number out of range. Expected a value ${isBelow ? '>=' : '<='} ${limit}, but got ${String(value)} instead.`,
  };
}

/** Writes a path as `item.content[0].text`. */
function dotted(path: Path): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) {
      return value[Number(part)];
    }
    return isJsonObject(value) ? value[String(part)] : undefined;
  }, root);
}

function typeName(value: unknown): string {
  if (value === null) {
    return 'null';
  }
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
