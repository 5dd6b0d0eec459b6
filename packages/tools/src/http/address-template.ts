import { answeredError } from '../answered-error.ts';
import {
  fillTemplate,
  readTemplate,
  type SlotValues,
  slotNames,
  slotValue,
  type Template,
  valueText,
} from '../declared/template.ts';

/** Where a request goes: to one host, or to one that arguments fill in. */
export type AddressTemplate =
  | { readonly kind: 'fixed'; readonly origin: string; readonly path: Template }
  | {
      readonly kind: 'filled';
      readonly scheme: string;
      readonly authority: Template;
      readonly path: Template;
    }
  /** The whole address is one argument. */
  | { readonly kind: 'given'; readonly slot: string };

/** Splits an address at its host; a text is the problem with it. `allow` says that hosts may be filled in. */
export function readAddress(url: string, allow: readonly string[] | undefined): AddressTemplate | string {
  const text = url.trim();
  const whole = readTemplate(text);
  const [only] = whole;
  const mayFill = allow !== undefined && allow.length > 0;
  const refusal = 'the host holds a slot, and allow does not say which hosts there may be';
  if (whole.length === 1 && only?.kind === 'slot') {
    return mayFill ? { kind: 'given', slot: only.name } : refusal;
  }
  const match = /^(https?):\/\/([^/?#]*)([\s\S]*)$/i.exec(text);
  if (match === null) return `"${text.slice(0, 40)}" does not begin with http:// or https://`;
  const [, scheme = '', authority = '', rest = ''] = match;
  if (authority.includes('@')) return 'the host holds a user name or a password; use auth';
  if (rest.includes('#')) return 'it holds a "#", which is never sent';
  const path = readTemplate(rest === '' ? '/' : rest);
  if (slotNames(readTemplate(authority)).length > 0) {
    if (!mayFill) return refusal;
    return { kind: 'filled', scheme: scheme.toLowerCase(), authority: readTemplate(authority), path };
  }
  try {
    const { origin } = new URL(`${scheme}://${authority}`);
    return { kind: 'fixed', origin, path };
  } catch {
    return `"${authority.slice(0, 60)}" is not a host`;
  }
}

/** The slots of an address. */
export function addressSlots(address: AddressTemplate): readonly string[] {
  switch (address.kind) {
    case 'fixed':
      return slotNames(address.path);
    case 'filled':
      return [...slotNames(address.authority), ...slotNames(address.path)];
    case 'given':
      return [address.slot];
  }
}

/**
 * Fills an address. Values stay what they stand for: a segment of a path cannot become two, nor lead to a parent; a host
 * cannot bring a path, a user or another scheme.
 *
 * @throws {ToolError} `tool.http_argument`
 */
export function fillAddress(address: AddressTemplate, values: SlotValues): URL {
  for (const name of addressSlots(address)) {
    const value = slotValue(values, name);
    if (value === undefined || value === null) throw unfit(name, 'it is needed in the address');
  }
  switch (address.kind) {
    case 'fixed':
      return new URL(fillPath(address.path, values), address.origin);
    case 'filled': {
      const host = fillTemplate(address.authority, values, hostPart) ?? '';
      const origin = `${address.scheme}://${host}`;
      const slot = slotNames(address.authority)[0] ?? '';
      if (!URL.canParse(origin)) throw unfit(slot, 'it makes no host');
      return new URL(fillPath(address.path, values), origin);
    }
    case 'given': {
      const text = valueText(slotValue(values, address.slot) ?? null);
      if (text.length > maxAddressLength || !/^https?:\/\//i.test(text) || !URL.canParse(text)) {
        throw unfit(address.slot, 'it is not an address that begins with http:// or https://');
      }
      const url = new URL(text);
      url.hash = '';
      return url;
    }
  }
}

const maxAddressLength = 8_192;

function fillPath(path: Template, values: SlotValues): string {
  const isQuery = isInQuery(path);
  const filled =
    fillTemplate(path, values, (text, slot) => {
      if (!isQuery(slot)) assertSegment(text, slot);
      if (text === '' && isSegment(path, slot))
        throw unfit(slot, 'it is empty, and would lead to another address');
      return encodeText(text);
    }) ?? '';
  const segments = (filled.split('?')[0] ?? '').split('/');
  const slot = slotNames(path)[0];
  if (slot !== undefined && segments.some((segment) => /^(\.|%2e){1,2}$/i.test(segment))) {
    throw unfit(slot, 'it would lead to another address');
  }
  if (filled.length > maxAddressLength && slot !== undefined)
    throw unfit(slot, 'it makes the address too long');
  return filled.startsWith('/') ? filled : `/${filled}`;
}

/** Tells of the slots behind the question mark, where a value cannot lead anywhere. */
function isInQuery(path: Template): (slot: string) => boolean {
  const mark = path.findIndex((part) => part.kind === 'text' && part.text.includes('?'));
  const before = new Set(slotNames(mark < 0 ? path : path.slice(0, mark)));
  return (slot) => !before.has(slot);
}

/** Whether a slot is all of a segment of the path: empty, it would name the collection and not one of it. */
function isSegment(path: Template, slot: string): boolean {
  const at = path.findIndex((part) => part.kind === 'slot' && part.name === slot);
  const before = path[at - 1];
  const after = path[at + 1];
  const begins = before?.kind === 'text' && before.text.endsWith('/') && !before.text.includes('?');
  return begins && (after === undefined || (after.kind === 'text' && /^[/?]/.test(after.text)));
}

/** Some servers decode a value before they split the path. */
function assertSegment(text: string, slot: string): void {
  const leadsAway = text.split(/[/\\]|%2f|%5c/i).some((part) => /^(\.|%2e){1,2}$/i.test(part));
  if (leadsAway && /[/\\.]/.test(text)) throw unfit(slot, 'it would lead to another address');
  if (hasControls(text)) throw unfit(slot, 'it holds control characters');
}

function hasControls(text: string): boolean {
  return Array.from(text).some((character) => character < ' ' || character === '\u007f');
}

/** A value inside a host: letters, digits, dots and dashes, and perhaps a port. */
function hostPart(text: string, slot: string): string {
  if (/^[\p{L}\p{N}._-]{1,253}(:\d{1,5})?$/u.test(text)) return text;
  throw unfit(slot, 'it is not a host');
}

/** Percent-encodes; lone surrogates, which have no encoding, become U+FFFD. */
function encodeText(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}

function unfit(argument: string, problem: string) {
  return answeredError('tool.http_argument', { argument, problem });
}
