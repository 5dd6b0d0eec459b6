import type { JsonObject, JsonValue, ToolOutcome } from '@antiphon/core';
import { systemClock } from '@antiphon/runtime';
import type { TraceCall } from '@antiphon/tools';
import { printable } from '../render/printable.ts';
import { type CommandContext, isOn } from './context.ts';

/** Longest text of one line, in characters. */
const maxLength = 400;

/** Shows the steps of one call as they come: lines to stderr, or with `--json` objects among the others. */
export function callTrace(
  { words, console }: CommandContext,
  redact: (text: string) => string,
): { readonly step: TraceCall; ended(outcome: ToolOutcome): void } {
  const startMs = systemClock.nowMs();
  const step = (name: string, data: JsonObject): void => {
    const ms = Math.round((systemClock.nowMs() - startMs) * 10) / 10;
    if (isOn(words, 'json')) {
      console.out(`${redact(JSON.stringify({ type: 'trace', step: name, at_ms: ms, ...data }))}\n`);
      return;
    }
    const line = `${ms.toFixed(1).padStart(8)} ms  ${name.replace('_', ' ').padEnd(13)}  ${inWords(name, data)}`;
    console.err(`${redact(printable(line)).slice(0, maxLength).trimEnd()}\n`);
  };
  return {
    step,
    ended: ({ status, outputText }) =>
      step(status === 'completed' ? 'to_model' : status, { text: outputText }),
  };
}

/** A step in words. */
function inWords(name: string, data: JsonObject): string {
  switch (name) {
    case 'checked':
      return `the arguments fit${defaultsOf(data)}`;
    case 'approved':
      return 'by whoever runs this command';
    case 'request':
      return `${text(data['method'])} ${text(data['url'])}`;
    case 'response':
      return `${text(data['status'])} ${text(data['type'])}, ${text(data['bytes'])} bytes`;
    case 'program':
      return (data['run'] as readonly string[]).join(' ');
    case 'program_ended':
      return data['code'] === null ? `by ${text(data['signal'])}` : `with ${text(data['code'])}`;
    case 'returned':
      return text(data['result']);
    case 'threw':
      return [text(data['error']), text(data['at'])].filter((part) => part !== '').join(' at ');
    case 'shaped':
      return `the model is given ${text(data['note'])}`;
    default:
      return text(data['text']);
  }
}

/** What the schema added to what the model wrote. */
function defaultsOf({ arguments: given, input }: JsonObject): string {
  if (!isObject(given) || !isObject(input)) return '';
  const added = Object.entries(input).filter(([key]) => !Object.hasOwn(given, key));
  if (added.length === 0) return '';
  return `, with ${added.map(([key, value]) => `${key} = ${JSON.stringify(value)}`).join(', ')}`;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
