import type { ToolFiller, ToolIntent } from '@antiphon/core';
import type { ToolSettings } from './define-tool.ts';
import type { ToolCallLimits, ToolRate } from './dispatch/call-limits.ts';
import type { ResultPart, ResultShape } from './dispatch/result-shape.ts';

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
  readonly recording?: 'pause' | 'resume' | 'allow' | undefined;
  readonly effects?: 'none' | 'external' | undefined;
  readonly intents?:
    | readonly { readonly match: readonly string[]; readonly reply?: string | undefined }[]
    | undefined;
  readonly result?: ResultShapeYaml | undefined;
  readonly limits?: ToolCallLimitsYaml | undefined;
  readonly retries?: number | undefined;
  readonly background?: boolean | undefined;
  readonly stale_after_ms?: number | undefined;
}

interface ResultPartYaml {
  readonly path?: string | undefined;
  readonly fields?: readonly string[] | Readonly<Record<string, string>> | undefined;
  readonly max_items?: number | undefined;
}

interface ResultShapeYaml extends ResultPartYaml {
  readonly max_bytes?: number | undefined;
  readonly ui?: ResultPartYaml | undefined;
}

interface ToolCallLimitsYaml {
  readonly parallel?: number | undefined;
  readonly parallel_per_session?: number | undefined;
  readonly rates?:
    | readonly { readonly calls: number; readonly per_ms: number; readonly of: string }[]
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
    recording: yaml.recording,
    effects: yaml.effects,
    intents: yaml.intents?.map((intent): ToolIntent => withoutUndefined(intent)),
    result: yaml.result && toShape(yaml.result),
    limits: yaml.limits && toCallLimits(yaml.limits),
    retries: yaml.retries,
    background: yaml.background,
    staleAfterMs: yaml.stale_after_ms,
  });
}

function toPart({ path, fields, max_items: maxItems }: ResultPartYaml): ResultPart {
  return withoutUndefined({ path, fields, maxItems });
}

function toShape({ max_bytes: maxBytes, ui, ...part }: ResultShapeYaml): ResultShape {
  return { ...toPart(part), ...withoutUndefined({ maxBytes, ui: ui && toPart(ui) }) };
}

function toCallLimits({
  parallel,
  parallel_per_session: parallelPerSession,
  rates,
}: ToolCallLimitsYaml): ToolCallLimits {
  return withoutUndefined({
    parallel,
    parallelPerSession,
    rates: rates?.map(({ calls, per_ms: perMs, of }) => ({
      calls,
      perMs,
      of: of as NonNullable<ToolRate['of']>,
    })),
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
