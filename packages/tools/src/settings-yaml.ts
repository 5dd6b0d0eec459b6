import type { ToolFiller, ToolIntent } from '@antiphon/core';
import type { ToolSettings } from './define-tool.ts';

/** Who must agree to calls of a tool, as the agent file writes it. */
export interface ConfirmYaml {
  readonly by: 'spoken' | 'app';
  readonly ttl_ms?: number | undefined;
  readonly say?: string | undefined;
}

/** The options of a tool as the agent file writes them. */
export interface ToolSettingsYaml {
  readonly timeout_ms?: number | undefined;
  readonly on_interrupt?: 'keep' | 'cancel' | undefined;
  readonly filler?: { readonly after_ms: number; readonly say: string } | undefined;
  readonly start?: 'now' | 'after_playback' | undefined;
  readonly reply?: 'now' | 'when_idle' | 'never' | undefined;
  readonly confirm?: 'none' | 'spoken' | 'app' | ConfirmYaml | undefined;
  readonly idempotent_by?: readonly string[] | undefined;
  readonly idempotent?: boolean | undefined;
  readonly effects?: 'none' | 'external' | undefined;
  readonly intents?:
    | readonly { readonly match: readonly string[]; readonly reply?: string | undefined }[]
    | undefined;
  readonly result?:
    | {
        readonly path?: string | undefined;
        readonly fields?: readonly string[] | Readonly<Record<string, string>> | undefined;
        readonly max_items?: number | undefined;
        readonly max_bytes?: number | undefined;
      }
    | undefined;
}

/** The options of a tool from their names in the agent file; what is not written is left out. */
export function settingsFromYaml(yaml: ToolSettingsYaml): ToolSettings {
  return withoutUndefined({
    timeoutMs: yaml.timeout_ms,
    onInterrupt: yaml.on_interrupt,
    filler: yaml.filler && toFiller(yaml.filler),
    start: yaml.start,
    reply: yaml.reply,
    confirm: toConfirm(yaml.confirm),
    idempotentBy: yaml.idempotent_by,
    idempotent: yaml.idempotent,
    effects: yaml.effects,
    intents: yaml.intents?.map((intent): ToolIntent => withoutUndefined(intent)),
    result:
      yaml.result &&
      withoutUndefined({
        path: yaml.result.path,
        fields: yaml.result.fields,
        maxItems: yaml.result.max_items,
        maxBytes: yaml.result.max_bytes,
      }),
  });
}

function toConfirm(confirm: ToolSettingsYaml['confirm']): ToolSettings['confirm'] {
  if (typeof confirm !== 'object') return confirm;
  const { by, ttl_ms: ttlMs, say } = confirm;
  return withoutUndefined({ by, ttlMs, say });
}

function toFiller({ after_ms, say }: { readonly after_ms: number; readonly say: string }): ToolFiller {
  return { afterMs: after_ms, say };
}

type WithoutUndefined<Value> = {
  [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key];
} & { [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined> };

/** The same without the fields that are undefined. */
export function withoutUndefined<Value extends object>(value: Value): WithoutUndefined<Value> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as WithoutUndefined<Value>;
}
