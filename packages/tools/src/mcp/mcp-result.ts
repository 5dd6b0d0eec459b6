import type { JsonObject, JsonValue } from '@antiphon/core';
import { ToolError } from '../tool-error.ts';
import type { McpResult } from './mcp-connection.ts';

const maxErrorLength = 1_000;

/**
 * The output of a call: what is structured as it is; else the texts, as JSON when they are. What is neither text nor JSON
 * is named and not given.
 *
 * @throws {ToolError} `tool.mcp_failed` with the words of the server, when it says that the call failed
 */
export function readResult({ content, structuredContent, isError }: McpResult): JsonValue {
  const parts = content.map(partText).filter((text) => text !== '');
  const text = parts.join('\n');
  if (isError) {
    const message = text === '' ? 'the tool failed and says no more' : text.slice(0, maxErrorLength);
    throw new ToolError(message, { code: 'tool.mcp_failed' });
  }
  return structuredContent ?? jsonOrText(text);
}

function partText(part: JsonObject): string {
  const { type, text, mimeType, data, uri, name, resource } = part;
  switch (type) {
    case 'text':
      return typeof text === 'string' ? text : '';
    case 'image':
    case 'audio':
      return `[${type}, ${wordOf(mimeType)}, ${sizeOf(data)}: not shown]`;
    case 'resource_link':
      return `[resource ${wordOf(name)}: ${wordOf(uri)}]`;
    case 'resource': {
      const embedded = typeof resource === 'object' && resource !== null ? (resource as JsonObject) : {};
      if (typeof embedded['text'] === 'string') return embedded['text'];
      return `[resource ${wordOf(embedded['uri'])}, ${wordOf(embedded['mimeType'])}, ${sizeOf(embedded['blob'])}: not shown]`;
    }
    default:
      return `[${wordOf(type)}: not shown]`;
  }
}

function wordOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.slice(0, 200) : '?';
}

/** The size of what stands in base64. */
function sizeOf(base64: JsonValue | undefined): string {
  const bytes = typeof base64 === 'string' ? Math.floor((base64.length * 3) / 4) : 0;
  return `${bytes} bytes`;
}

function jsonOrText(text: string): JsonValue {
  if (!/^\s*[[{]/.test(text)) return text === '' ? null : text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
