import type { Refusal } from './refusal.ts';

/** What a refused upgrade says: words for the user, and the type and code of the server's error. */
export interface RefusalWords {
  readonly message: string;
  /** `TYPE.CODE` as in the reason of a close, as far as the server gave them; else empty. */
  readonly reason: string;
}

const longestWords = 300;

/** Statuses of what is not there. */
const missing: ReadonlySet<number> = new Set([404, 410]);

/**
 * Reads the error in the body of a refusal, in the shapes that services and what stands before them use. Pure.
 *
 * @param url where the connection was to go: of what is not there, the model or deployment is named.
 */
export function refusalWords(url: URL, { status, body, retryAfterMs, location }: Refusal): RefusalWords {
  const { text, type, code } = errorIn(body);
  const asked = url.searchParams.get('deployment') ?? url.searchParams.get('model');
  const parts = [
    `${url.host} answered HTTP ${status}`,
    asked !== null && missing.has(status) ? ` for "${shown(asked)}"` : '',
    location === undefined ? '' : ` and points to ${shownLocation(location)}`,
    text === '' ? '' : `: ${text}`,
    retryAfterMs === undefined ? '' : ` (try again in ${Math.ceil(retryAfterMs / 1000)} s)`,
  ];
  return { message: parts.join(''), reason: [type, code].filter((part) => part !== '').join('.') };
}

interface BodyError {
  readonly text: string;
  readonly type: string;
  readonly code: string;
}

function errorIn(body: string): BodyError {
  const parsed = parse(body) ?? beginningOf(body);
  if (parsed === undefined) return { text: plainText(body), type: '', code: '' };
  const error = isObject(parsed['error']) ? parsed['error'] : parsed;
  const said = [
    error['message'],
    parsed['error_description'],
    parsed['detail'],
    parsed['title'],
    parsed['error'],
  ];
  return {
    text: shown(textOf(said.find((each) => typeof each === 'string'))),
    type: tokenOf(error['type']),
    code: tokenOf(error['code']),
  };
}

/** The words of a body that is no JSON: all of a short plain text, the title of a page. */
function plainText(body: string): string {
  if (!/<\w/.test(body)) return body.length <= longestWords ? shown(body) : '';
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1] ?? /<h1[^>]*>([^<]*)/i.exec(body)?.[1];
  return title === undefined ? 'a web page' : `a web page, "${shown(title)}"`;
}

/** An address without what a query may carry. */
function shownLocation(location: string): string {
  return shown(location.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, ''));
}

function shown(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length <= longestWords ? line : `${line.slice(0, longestWords - 1)}…`;
}

/** A word as codes are; numbers are statuses, which are known. */
function tokenOf(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z]\w{0,80}$/.test(value) ? value : '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What stands at the beginning of JSON that is too long to be read whole. */
function beginningOf(body: string): Readonly<Record<string, unknown>> | undefined {
  const members = ['message', 'type', 'code'].flatMap((name) => {
    const found = new RegExp(`"${name}"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)`).exec(body)?.[1];
    return found === undefined ? [] : [[name, found] as const];
  });
  return body.trimStart().startsWith('{') && members.length > 0 ? Object.fromEntries(members) : undefined;
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
