import type { JsonObject, ToolIntent } from '@antiphon/core';
import type { HttpToolDeclaration } from './http-tool.ts';
import type { HttpRequestDeclaration } from './request-template.ts';

/** A tool of `tools:` in the agent file, as the file writes it. */
export interface HttpToolYaml {
  readonly description: string;
  readonly http: HttpRequestDeclaration;
  readonly timeout_ms?: number | undefined;
  readonly on_interrupt?: 'keep' | 'cancel' | undefined;
  readonly filler?: { readonly after_ms: number; readonly say: string } | undefined;
  readonly start?: 'now' | 'after_playback' | undefined;
  readonly reply?: 'now' | 'when_idle' | 'never' | undefined;
  readonly confirm?: 'none' | 'spoken' | 'app' | undefined;
  readonly idempotent_by?: readonly string[] | undefined;
  readonly idempotent?: boolean | undefined;
  readonly effects?: 'none' | 'external' | undefined;
  readonly intents?:
    | readonly { readonly match: readonly string[]; readonly reply?: string | undefined }[]
    | undefined;
}

/** The declaration of a tool of the agent file; `parameters` is its JSON Schema, the shorthand expanded. */
export function httpToolFromYaml(
  name: string,
  yaml: HttpToolYaml,
  parameters: JsonObject,
): HttpToolDeclaration {
  const { timeout_ms, on_interrupt, filler, idempotent_by, intents, ...same } = yaml;
  return {
    ...withoutUndefined(same),
    description: yaml.description,
    http: yaml.http,
    name,
    parameters,
    ...(timeout_ms === undefined ? {} : { timeoutMs: timeout_ms }),
    ...(on_interrupt === undefined ? {} : { onInterrupt: on_interrupt }),
    ...(filler === undefined ? {} : { filler: { afterMs: filler.after_ms, say: filler.say } }),
    ...(idempotent_by === undefined ? {} : { idempotentBy: idempotent_by }),
    ...(intents === undefined ? {} : { intents: intents.map(toIntent) }),
  };
}

function toIntent({
  match,
  reply,
}: {
  readonly match: readonly string[];
  readonly reply?: string | undefined;
}): ToolIntent {
  return reply === undefined ? { match } : { match, reply };
}

type WithoutUndefined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

function withoutUndefined<Value extends object>(value: Value): WithoutUndefined<Value> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as WithoutUndefined<Value>;
}
