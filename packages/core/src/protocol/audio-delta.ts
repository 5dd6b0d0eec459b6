/** The event's name, and its name in the beta dialect. */
const audioDelta = 'response.output_audio.delta';
const betaAudioDelta = 'response.audio.delta';
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const zero = 0x30;
const nine = 0x39;

/** The members of an audio delta, its sound still in base64. */
export interface AudioDeltaText {
  readonly responseId: string;
  readonly itemId: string;
  readonly outputIndex: number;
  readonly contentIndex: number;
  readonly base64: string;
}

/** Members found so far; -1 marks what was not seen. */
interface Found {
  isAudio: boolean;
  responseId: string | undefined;
  itemId: string | undefined;
  base64: string | undefined;
  outputIndex: number;
  contentIndex: number;
}

/**
 * Reads an audio delta from the text of a frame without parsing the whole: the sound is found as the span between two
 * quotes. Understands flat objects of plain strings, whole numbers and nulls in any order, spaced or not, and gives up
 * (undefined) on everything else: nested values, escapes, repeated members, other types. Whoever calls then parses.
 */
export function scanAudioDelta(text: string): AudioDeltaText | undefined {
  // One escape anywhere and a quote may not be the end of its string.
  if (text.includes('\\')) {
    return undefined;
  }
  const found: Found = {
    isAudio: false,
    responseId: undefined,
    itemId: undefined,
    base64: undefined,
    outputIndex: -1,
    contentIndex: -1,
  };
  return scanMembers(text, found) ? complete(found) : undefined;
}

function complete(found: Found): AudioDeltaText | undefined {
  const { isAudio, responseId, itemId, base64 } = found;
  if (!isAudio || responseId === undefined || itemId === undefined || base64 === undefined) {
    return undefined;
  }
  return {
    responseId,
    itemId,
    outputIndex: Math.max(found.outputIndex, 0),
    contentIndex: Math.max(found.contentIndex, 0),
    base64,
  };
}

/** Walks `{ "key": value, … }`; false when the text is not a flat object, or not an audio delta. */
function scanMembers(text: string, found: Found): boolean {
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== openBrace) {
    return false;
  }
  for (;;) {
    at = skipSpace(text, at + 1);
    const keyEnd = text.charCodeAt(at) === quote ? text.indexOf('"', at + 1) : -1;
    if (keyEnd < 0) {
      return false;
    }
    const key = text.slice(at + 1, keyEnd);
    at = skipSpace(text, keyEnd + 1);
    if (text.charCodeAt(at) !== colon) {
      return false;
    }
    at = skipSpace(text, at + 1);
    const isText = text.charCodeAt(at) === quote;
    const end = isText ? text.indexOf('"', at + 1) : endOfPlain(text, at);
    if (
      end < 0 ||
      !(isText ? takeText(key, text.slice(at + 1, end), found) : takePlain(key, text.slice(at, end), found))
    ) {
      return false;
    }
    at = isText ? end + 1 : end;
    at = skipSpace(text, at);
    const next = text.charCodeAt(at);
    if (next === closeBrace) {
      return skipSpace(text, at + 1) === text.length;
    }
    if (next !== comma) {
      return false;
    }
  }
}

/** Takes up a string; false to give up. */
function takeText(key: string, value: string, found: Found): boolean {
  switch (key) {
    case 'type':
      if (found.isAudio || (value !== audioDelta && value !== betaAudioDelta)) {
        return false;
      }
      found.isAudio = true;
      return true;
    case 'delta':
      if (found.base64 !== undefined) {
        return false;
      }
      found.base64 = value;
      return true;
    case 'response_id':
      if (found.responseId !== undefined) {
        return false;
      }
      found.responseId = detached(value);
      return true;
    case 'item_id':
      if (found.itemId !== undefined) {
        return false;
      }
      found.itemId = detached(value);
      return true;
    default:
      return key !== 'output_index' && key !== 'content_index';
  }
}

/** Takes up a whole number or null; false to give up. */
function takePlain(key: string, value: string, found: Found): boolean {
  switch (key) {
    case 'output_index':
      if (value === 'null' || found.outputIndex >= 0) {
        return false;
      }
      found.outputIndex = Number(value);
      return true;
    case 'content_index':
      if (value === 'null' || found.contentIndex >= 0) {
        return false;
      }
      found.contentIndex = Number(value);
      return true;
    default:
      return (
        key !== 'type' && key !== 'event_id' && key !== 'delta' && key !== 'response_id' && key !== 'item_id'
      );
  }
}

/** The end of a null, or of a whole number of up to 15 digits without leading zero; -1 for anything else. */
function endOfPlain(text: string, start: number): number {
  if (text.startsWith('null', start)) {
    return start + 4;
  }
  let at = start;
  for (let code = text.charCodeAt(at); code >= zero && code <= nine; ) {
    code = text.charCodeAt(++at);
  }
  const digits = at - start;
  return digits === 0 || digits > 15 || (digits > 1 && text.charCodeAt(start) === zero) ? -1 : at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; ) {
    code = text.charCodeAt(++at);
  }
  return at;
}

/** A copy: a slice keeps the whole frame alive for as long as someone remembers the identifier. */
function detached(slice: string): string {
  return ` ${slice}`.slice(1);
}
