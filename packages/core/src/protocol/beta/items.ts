import type { JsonObject } from '../../json.ts';
import { compact, eachObject, textAt } from './members.ts';

const betaContent: Readonly<Record<string, string>> = { output_text: 'text', output_audio: 'audio' };
const gaContent: Readonly<Record<string, string>> = { text: 'output_text', audio: 'output_audio' };
const betaItems: ReadonlySet<unknown> = new Set([
  'message',
  'function_call',
  'function_call_output',
  'item_reference',
]);

/** An item as a client of a beta server creates it; undefined for types that it does not know. */
export function toBetaItemInput(item: JsonObject): JsonObject | undefined {
  if (!betaItems.has(item['type'])) {
    return undefined;
  }
  const content = eachObject(item['content'], toBetaPartInput);
  return compact({ ...item, content });
}

/** Pictures came with the GA dialect; the transcript of sound that has none says nothing. */
function toBetaPartInput(part: JsonObject): JsonObject | undefined {
  if (part['type'] === 'input_image') {
    return undefined;
  }
  const transcript = part['transcript'] ?? undefined;
  return compact({ ...renamed(part, betaContent), transcript });
}

/** An item as a beta server states it. */
export function toBetaItem(item: JsonObject): JsonObject {
  const content = eachObject(item['content'], (part) => renamed(part, betaContent));
  const status = item['status'] ?? (item['type'] === 'function_call_output' ? 'completed' : undefined);
  return compact({ ...item, object: 'realtime.item', status, content });
}

/** A part inside a `content_part` event, where both dialects say `text` and `audio`. */
export function toBetaPart(part: JsonObject): JsonObject {
  return renamed(part, betaContent);
}

/** An item of the beta dialect, from a client or a server, as the GA dialect has it. */
export function toGaItem(item: JsonObject): JsonObject {
  const content = eachObject(item['content'], (part) => renamed(part, gaContent));
  return compact({ ...item, content });
}

function renamed(part: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  const type = names[textAt(part, 'type') ?? ''];
  return type === undefined ? part : { ...part, type };
}
