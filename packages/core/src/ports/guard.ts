/** What a guard thinks of a text. */
export type GuardVerdict =
  | { readonly ok: true }
  /** `say`: what the agent says instead. */
  | { readonly ok: false; readonly say?: string };

/** How a text is held against a guard. */
export interface GuardCheck {
  /** Whether the text is whole; others are what was said so far. */
  readonly final: boolean;
  /** Aborted when nobody waits for the verdict any more. */
  readonly signal: AbortSignal;
}

/** A guardrail: judges what the user says, or what the agent is about to say. One that fails or hangs lets the text pass. */
export interface Guard {
  /** Unique among the guards of an agent. */
  readonly name: string;
  readonly on: 'input' | 'output';
  check(text: string, check: GuardCheck): Promise<GuardVerdict>;
}
