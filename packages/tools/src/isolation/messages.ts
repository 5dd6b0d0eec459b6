import type { CallControl, JsonObject, JsonValue } from '@antiphon/core';
import type { ShapedOutput } from '../dispatch/output.ts';
import type { ConfigVerdict } from '../plugin/check-config.ts';
import type { SchemaVerdict } from '../schema/schema-check.ts';

/** A schema as it travels: what it is as JSON Schema, or why it is none. */
export type SchemaDescription =
  | { readonly kind: 'schema'; readonly jsonSchema: JsonObject }
  | { readonly kind: 'unusable'; readonly reason: string };

/** What is known of a plugin once its code was loaded. */
export interface PluginDescription {
  readonly name: string;
  /** Absolute path of its file; absent for a built-in. */
  readonly file?: string;
  readonly config?: SchemaDescription;
}

/** A tool of a plugin that runs elsewhere. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly settings: JsonObject;
  readonly schema: SchemaDescription;
  /** Whether it has a function to run. */
  readonly runs: boolean;
}

/** What the setup of a plugin added. */
export interface SetUpPlugin {
  readonly tools: readonly ToolDescription[];
  readonly guards: readonly { readonly name: string; readonly on: 'input' | 'output' }[];
  /** Types of the events that it observes. */
  readonly observes: readonly string[];
  /** How many hooks of each kind it has; none where nothing outlives a call. */
  readonly hooks?: Readonly<Record<HookKind, number>>;
}

/** Hooks of a plugin: before and after a session, and how it is. */
export type HookKind = 'start' | 'end' | 'health';

/** A hook that is to run, and the session that it is told of. */
export interface HookRequest {
  readonly hook: HookKind;
  readonly index: number;
  readonly session: JsonValue;
}

/** The session of a call, as it travels. */
export interface SessionFacts {
  readonly id: string;
  readonly agent: string;
  readonly caller: Readonly<Record<string, string>>;
  /** What its telephone call can be asked; undefined where there is none to ask. */
  readonly callCan?: readonly CallDeed[];
}

/** What a telephone call may be asked to do. */
export type CallDeed = keyof CallControl;

/** What a plugin that runs elsewhere is asked: the parameters and the result of each method, all of them JSON. */
export interface PluginMethods {
  readonly open: { readonly params: null; readonly result: PluginDescription };
  readonly config: { readonly params: JsonValue; readonly result: ConfigVerdict };
  readonly setup: { readonly params: JsonValue; readonly result: SetUpPlugin };
  readonly check: {
    readonly params: { readonly tool: string; readonly values: JsonValue };
    readonly result: SchemaVerdict;
  };
  readonly call: {
    readonly params: {
      readonly tool: string;
      readonly values: JsonValue;
      readonly callId: string;
      readonly session: SessionFacts;
    };
    readonly result: ShapedOutput;
  };
  readonly guard: {
    readonly params: { readonly name: string; readonly text: string; readonly final: boolean };
    readonly result: JsonValue;
  };
  readonly event: {
    readonly params: { readonly type: string; readonly event: JsonValue };
    readonly result: null;
  };
  readonly hook: { readonly params: HookRequest; readonly result: JsonValue };
  readonly close: { readonly params: null; readonly result: null };
}

/** One question to a plugin. */
export type PluginRequest = {
  readonly [Method in keyof PluginMethods]: {
    readonly method: Method;
    readonly params: PluginMethods[Method]['params'];
  };
}[keyof PluginMethods];

/** From the owner to the worker. */
export type ToWorker =
  | ({ readonly kind: 'request'; readonly id: number } & PluginRequest)
  | { readonly kind: 'cancel'; readonly id: number; readonly reason: 'timed_out' | 'cancelled' }
  | { readonly kind: 'session_over'; readonly session: string }
  /** What came of a `deed`. */
  | { readonly kind: 'done'; readonly deed: number; readonly failure?: PackedError };

/** What a running call tells. */
export type CallNews =
  | { readonly topic: 'progress'; readonly value: JsonValue }
  | { readonly topic: 'report'; readonly value: JsonValue }
  | { readonly topic: 'say' | 'end' | 'note'; readonly text: string };

/** From the worker to its owner. */
export type FromWorker =
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: PackedError }
  /** The cancellation was heard: the thread is not blocked. */
  | { readonly kind: 'heard'; readonly id: number }
  /** The telephone call of the session of a call is asked to do something; answered by `done`. */
  | {
      readonly kind: 'deed';
      readonly id: number;
      readonly deed: number;
      readonly what: CallDeed;
      readonly value: string;
    }
  | { readonly kind: 'news'; readonly id: number; readonly news: CallNews }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly data: JsonObject;
    };

/** Something thrown, as it travels. */
export type PackedError =
  | {
      readonly kind: 'tool_error';
      readonly message: string;
      readonly code: string;
      readonly data?: JsonValue;
      readonly retryAfterMs?: number;
      readonly hint?: string;
    }
  | {
      readonly kind: 'load_error';
      readonly code: string;
      readonly data: Readonly<Record<string, string | number>>;
      readonly place?: { readonly file: string; readonly line?: number; readonly column?: number };
    }
  | { readonly kind: 'thrown'; readonly name: string; readonly message: string; readonly stack: string };

/** Longest message that is taken from a worker, in characters of JSON. */
export const maxMessageLength = 8 * 1024 * 1024;
