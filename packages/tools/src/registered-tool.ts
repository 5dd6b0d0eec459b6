import { AntiphonError, type ToolSpec } from '@antiphon/core';
import { type Confirmation, confirmationOf, confirmProblem, questionSlots } from './confirmation.ts';
import type { Tool, ToolContext, ToolSettings } from './define-tool.ts';
import { callLimitsProblem, type ToolCallLimits } from './dispatch/call-limits.ts';
import { type ResultShape, shapeProblem } from './dispatch/result-shape.ts';
import { type ProblemPlace, problemOf, type ToolProblem, toolProblem } from './problem.ts';
import type { CompileWhen } from './schema/compile-json-schema.ts';
import { type CompiledSchema, compileSchema } from './schema/schema-check.ts';
import { UnusableSchemaError } from './schema/tool-json-schema.ts';
import { settingNameProblem } from './setting-names.ts';

/** A tool that was found sound and may be called. */
export interface RegisteredTool {
  readonly spec: ToolSpec;
  /** Who brought it, for error messages: `plugin "clock"`. */
  readonly origin: string;
  readonly check: CompiledSchema['check'];
  /** Milliseconds that a run may take; `spec.timeoutMs` is longer where the application has to agree first. */
  readonly runMs: number;
  /** Who must agree to each call before it runs; undefined for nobody. */
  readonly confirmation: Confirmation | undefined;
  /** What of a result the model is given. */
  readonly result: ResultShape | undefined;
  readonly limits: ToolCallLimits | undefined;
  /** How often a call is tried again. */
  readonly retries: number;
  execute(input: unknown, context: ToolContext): unknown;
}

/** Milliseconds a call may take when the tool does not say. */
export const defaultTimeoutMs = 10_000;
const maxTimeoutMs = 600_000;
const maxRetries = 5;
const maxDescriptionLength = 1_024;
const namePattern = /^[a-zA-Z0-9_-]{1,64}$/;

/** Where a tool comes from. */
export interface ToolSource {
  readonly origin: string;
  readonly where: ProblemPlace;
  readonly compile?: CompileWhen;
}

/** The tool ready for calls, or everything that is wrong with it. */
export type ToolReview =
  | { readonly kind: 'sound'; readonly tool: RegisteredTool }
  | { readonly kind: 'unsound'; readonly problems: readonly ToolProblem[] };

/** Checks a tool completely, also where types could have been bypassed. */
export function reviewTool(tool: Tool, { origin, where, compile }: ToolSource): ToolReview {
  const place = { ...where, tool: String(tool.name) };
  const problems: ToolProblem[] = [];
  if (typeof tool.name !== 'string' || !namePattern.test(tool.name)) {
    problems.push(toolProblem('tool.name_invalid', { name: String(tool.name), origin }, place));
  }
  const descriptionProblem = problemOfDescription(tool.description);
  if (descriptionProblem !== undefined) {
    problems.push(
      toolProblem(
        'tool.description_invalid',
        { tool: String(tool.name), origin, problem: descriptionProblem },
        place,
      ),
    );
  }
  const schema = reviewSchema(tool, origin, compile);
  if (schema instanceof AntiphonError) problems.push(problemOf(schema, place));
  const fields = schema instanceof AntiphonError ? undefined : fieldNames(schema);
  for (const [setting, problem] of settingProblems(tool, fields)) {
    problems.push(
      toolProblem('tool.setting_invalid', { setting, tool: String(tool.name), origin, problem }, place),
    );
  }
  if (problems.length > 0 || schema instanceof AntiphonError) return { kind: 'unsound', problems };
  return {
    kind: 'sound',
    tool: {
      spec: specOf(tool, schema),
      origin,
      check: (value) => schema.check(value),
      runMs: tool.settings.timeoutMs ?? defaultTimeoutMs,
      confirmation: confirmationOf(tool.settings),
      result: tool.settings.result,
      limits: tool.settings.limits,
      retries: tool.settings.retries ?? 0,
      execute: (input, context) => tool.execute(input, context),
    },
  };
}

function problemOfDescription(description: unknown): string | undefined {
  if (typeof description !== 'string' || description.trim() === '') return 'is missing';
  if (description.length <= maxDescriptionLength) return undefined;
  return `is ${description.length} characters long, more than ${maxDescriptionLength}`;
}

function reviewSchema(tool: Tool, origin: string, compile?: CompileWhen): CompiledSchema | AntiphonError {
  try {
    return compileSchema(tool.input, compile);
  } catch (error) {
    if (!(error instanceof UnusableSchemaError)) throw error;
    const data = { tool: String(tool.name), origin, reason: error.message };
    return new AntiphonError('tool.schema_invalid', data, { cause: error });
  }
}

function fieldNames({ jsonSchema }: CompiledSchema): readonly string[] {
  return Object.keys(jsonSchema['properties'] ?? {});
}

const choices = {
  onInterrupt: ['keep', 'cancel'],
  start: ['now', 'after_playback'],
  reply: ['now', 'when_idle', 'never'],
  effects: ['none', 'external'],
} as const satisfies Partial<Record<keyof ToolSettings, readonly string[]>>;

function* settingProblems(tool: Tool, fields: readonly string[] | undefined): Generator<[string, string]> {
  const { settings } = tool;
  if (typeof tool.execute !== 'function') yield ['execute', 'is not a function'];
  for (const name of Object.keys(settings)) {
    const problem = settingNameProblem(name);
    if (problem !== undefined) yield [name, problem];
  }
  for (const [setting, allowed] of Object.entries(choices)) {
    const value = settings[setting as keyof typeof choices];
    if (value !== undefined && !(allowed as readonly unknown[]).includes(value)) {
      yield [setting, `is ${JSON.stringify(value)}, not one of ${allowed.join(', ')}`];
    }
  }
  const { timeoutMs, filler } = settings;
  if (timeoutMs !== undefined && !isWithin(timeoutMs, 1, maxTimeoutMs)) {
    yield ['timeoutMs', `is ${String(timeoutMs)}, not a number of milliseconds from 1 to ${maxTimeoutMs}`];
  }
  if (
    filler !== undefined &&
    (typeof filler.say !== 'string' || !isWithin(filler.afterMs, 0, maxTimeoutMs))
  ) {
    yield ['filler', 'is not { afterMs: milliseconds, say: text }'];
  }
  const confirm = confirmProblem(settings.confirm);
  if (confirm !== undefined) yield ['confirm', confirm];
  const problem = shapeProblem(settings.result);
  if (problem !== undefined) yield ['result', problem];
  const ofLimits = callLimitsProblem(settings.limits);
  if (ofLimits !== undefined) yield ['limits', ofLimits];
  const { background, staleAfterMs } = settings;
  if (background !== undefined && typeof background !== 'boolean') {
    yield ['background', `is ${String(background)}, not true or false`];
  }
  if (staleAfterMs !== undefined && !isWithin(staleAfterMs, 0, maxTimeoutMs)) {
    yield [
      'staleAfterMs',
      `is ${String(staleAfterMs)}, not a number of milliseconds from 0 to ${maxTimeoutMs}`,
    ];
  }
  const { retries = 0, idempotent = false } = settings;
  if (!Number.isInteger(retries) || !isWithin(retries, 0, maxRetries)) {
    yield ['retries', `is ${String(retries)}, not a whole number from 0 to ${maxRetries}`];
  } else if (retries > 0 && !idempotent) {
    yield ['retries', `is ${retries}, but nothing says that a second run does no harm (idempotent)`];
  }
  if (fields !== undefined) yield* referenceProblems(settings, fields);
}

function isWithin(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && value >= low && value <= high;
}

/** Fields that the settings name but the schema does not have. */
function* referenceProblems(settings: ToolSettings, fields: readonly string[]): Generator<[string, string]> {
  const known = fields.length === 0 ? 'the tool has no fields' : `the fields are ${fields.join(', ')}`;
  for (const name of settings.idempotentBy ?? []) {
    if (!fields.includes(name)) yield ['idempotentBy', `names "${name}"; ${known}`];
  }
  for (const slot of questionSlots(settings.confirm)) {
    if (!fields.includes(slot)) yield ['confirm', `has {{${slot}}} in what it says; ${known}`];
  }
  for (const intent of settings.intents ?? []) {
    for (const pattern of intent.match) {
      for (const [, slot = ''] of pattern.matchAll(/\{([^{}]*)\}/g)) {
        if (!fields.includes(slot.trim()))
          yield ['intents', `has the slot {${slot}} in "${pattern}"; ${known}`];
      }
    }
    for (const [, slot = ''] of (intent.reply ?? '').matchAll(/\{\{([^{}]*)\}\}/g)) {
      const root = slot.trim().split(/[.[]/)[0] ?? '';
      if (root !== 'result' && !fields.includes(root)) {
        yield ['intents', `has {{${slot}}} in a reply, which is neither result nor a field; ${known}`];
      }
    }
  }
}

function specOf({ name, description, settings }: Tool, { jsonSchema }: CompiledSchema): ToolSpec {
  const confirmation = confirmationOf(settings);
  const askedMs = confirmation?.by === 'app' ? confirmation.ttlMs : 0;
  return Object.freeze<ToolSpec>({
    name,
    description,
    parameters: jsonSchema,
    timeoutMs: (settings.timeoutMs ?? defaultTimeoutMs) + askedMs,
    onInterrupt: settings.onInterrupt ?? 'keep',
    start: settings.start ?? 'now',
    reply: settings.reply ?? (settings.background === true ? 'when_idle' : 'now'),
    confirm: confirmation?.by ?? 'none',
    ...(confirmation && { confirmMs: confirmation.ttlMs }),
    effects: settings.effects ?? 'external',
    idempotentBy: settings.idempotentBy ?? [],
    idempotent: settings.idempotent ?? false,
    intents: settings.intents ?? [],
    ...(settings.recording && { recording: settings.recording }),
    ...(settings.filler === undefined ? {} : { filler: settings.filler }),
    ...(settings.background === true && { background: true }),
    ...(settings.staleAfterMs !== undefined && { staleAfterMs: settings.staleAfterMs }),
  });
}
