import type { ConsentQuestion } from '../consent/consent-question.ts';
import type { JsonObject, JsonValue } from '../json.ts';

/** What was found of a call that somebody has to agree to, before anybody is asked. */
export type ToolCallCheck =
  /** `question`: what the user is asked, where they are the one to agree. */
  | { readonly kind: 'sound'; readonly arguments: JsonObject; readonly question?: ConsentQuestion }
  /** The call has ended: its arguments do not fit, or it is the repeat of one whose result is known. */
  | { readonly kind: 'ended'; readonly outcome: ToolOutcome };

/** A way of asking for a tool in words, used by the offline brain; harmless with other providers. */
export interface ToolIntent {
  /** Patterns: alternatives `(a|b)`, optionals `[x]`, slots `{parameter}`. */
  readonly match: readonly string[];
  /** Template of the spoken answer over `{{result.…}}` and the slots. */
  readonly reply?: string;
}

/** What is said while a tool is slow. */
export interface ToolFiller {
  readonly afterMs: number;
  readonly say: string;
}

/** A tool as an agent, a model and the session see it. */
export interface ToolSpec {
  /** `^[a-zA-Z0-9_-]{1,64}$`, unique among the tools of an agent. */
  readonly name: string;
  /** At most 1,024 characters. */
  readonly description: string;
  /** A JSON Schema of type `object`. */
  readonly parameters: JsonObject;
  readonly timeoutMs: number;
  readonly onInterrupt: 'keep' | 'cancel';
  readonly start: 'now' | 'after_playback';
  readonly reply: 'now' | 'when_idle' | 'never';
  readonly confirm: 'none' | 'spoken' | 'app';
  /** Milliseconds for which an answer is waited for, where somebody has to agree; the default of `confirm` when absent. */
  readonly confirmMs?: number;
  /** What the offline brain may do unasked: a tool with external effects is confirmed first unless asked for by pattern. */
  readonly effects: 'none' | 'external';
  /** Parameters whose values make a repeat of the call the same call. */
  readonly idempotentBy: readonly string[];
  /** Whether running a call twice does no harm. */
  readonly idempotent?: boolean;
  /** What calls do to a recording of the session: pause it at their start, resume or allow it when they have succeeded. */
  readonly recording?: 'pause' | 'resume' | 'allow';
  readonly filler?: ToolFiller;
  /** Whether a call is answered when it starts, and its result reported later. */
  readonly background?: boolean;
  /** After how many milliseconds a result is no news any more, once the user has taken another turn. */
  readonly staleAfterMs?: number;
  readonly intents: readonly ToolIntent[];
}

/** One call as the model made it. */
export interface ToolCallRequest {
  readonly callId: string;
  readonly name: string;
  /** The arguments as the model wrote them: a JSON text, perhaps malformed. */
  readonly argumentsJson: string;
  readonly sessionId: string;
  readonly agentName: string;
  /** Whoever has to agree to calls of the tool has agreed to this one. */
  readonly approved?: true;
}

/** How a call ended. `rejected` = not run: unknown tool, bad JSON or arguments that do not fit the schema. */
export type ToolCallStatus = 'completed' | 'failed' | 'timed_out' | 'cancelled' | 'rejected';

/** The end of one call. */
export interface ToolOutcome {
  readonly status: ToolCallStatus;
  /** The parsed arguments; the raw text when they could not be parsed. */
  readonly arguments: JsonValue;
  /** The value the tool returned, or an object with an `error` that the model can read. */
  readonly output: JsonValue;
  /** `output` as the model is given it, within the size limit. */
  readonly outputText: string;
  /** What only the application is shown; the model never sees it. */
  readonly ui?: JsonValue;
  readonly elapsedMs: number;
}

/** What a running tool may tell the session before it ends. */
export interface ToolCallListener {
  /** The tool asks that `text` be said now. */
  say?(text: string): void;
  /** How far it is: the application is told. */
  progress?(value: JsonValue): void;
  /** The tool asks that the session end once what is under way was said and heard. */
  end?(reason: string): void;
  /** The tool leaves a note for those who run the service. */
  note?(text: string): void;
  /** What it has so far, as the model is given it. */
  report?(outputText: string): void;
}

/**
 * Runs the tools of a session.
 *
 * `call` never rejects and never throws: every failure is an outcome the model can be told. It starts within `timeoutMs`
 * of the tool or not at all, settles `timeoutMs` after that at the latest, and soon after `signal` is aborted (`cancelled`), whether or not the tool
 * itself obeys; what the tool does afterwards is dropped.
 */
export interface ToolHost {
  /** The tools the agent was given, in a stable order. */
  readonly specs: readonly ToolSpec[];
  /** The tools of one agent, where several share the host; without it all agents have {@link specs}. */
  specsOf?(agentName: string): readonly ToolSpec[];
  /**
   * Looks at a call of a tool that somebody has to agree to, and does not run it. Like `call` it never rejects. Without it
   * the application is asked with the arguments as they are, and the user is not asked.
   */
  check?(request: ToolCallRequest, signal: AbortSignal): Promise<ToolCallCheck>;
  call(request: ToolCallRequest, signal: AbortSignal, listener?: ToolCallListener): Promise<ToolOutcome>;
}
