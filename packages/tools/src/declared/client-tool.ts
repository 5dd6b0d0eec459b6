import type { JsonObject } from '@antiphon/core';
import { answeredError } from '../answered-error.ts';
import { defineTool, type Tool, type ToolSettings } from '../define-tool.ts';
import { clientOf } from '../dispatch/ask-client.ts';

/** A tool whose calls the application answers. */
export interface ClientToolDeclaration extends ToolSettings {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of type `object`. */
  readonly parameters: JsonObject;
  /** Nothing is left to be said: the session tells the application of the call. */
  readonly client: Readonly<Record<string, never>>;
}

/** Makes a tool whose calls are answered by `session.answerCall`, or by `clientTools` of the session. */
export function createClientTool({
  name,
  description,
  parameters,
  client: _client,
  ...settings
}: ClientToolDeclaration): Tool {
  return defineTool({
    ...settings,
    name,
    description,
    input: parameters,
    execute: (_input, context) => {
      const ask = clientOf(context);
      if (ask === undefined) throw answeredError('tool.no_client', { tool: name });
      return ask();
    },
  }) as Tool;
}
