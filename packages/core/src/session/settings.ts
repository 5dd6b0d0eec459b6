import type { ConsentWords } from '../consent/consent-words.ts';
import type { SessionUpdate } from '../protocol/session-config.ts';
import type { ModelPrices } from './prices.ts';

/** What the session must know of a tool to time its calls; the host knows the rest. */
export interface ToolPolicy {
  readonly name: string;
  readonly onInterrupt: 'keep' | 'cancel';
  readonly start: 'now' | 'after_playback';
  readonly reply: 'now' | 'when_idle' | 'never';
  /** Whether a call whose result was lost with the process may be run again. */
  readonly idempotent: boolean;
  /** What its calls do to a recording of the session: pause it at their start, resume or allow it when they have succeeded. */
  readonly recording?: 'pause' | 'resume' | 'allow';
  /** Said while a call of the tool runs and nothing is heard. */
  readonly filler: TimedSpeech | undefined;
  /** A call is answered when it starts; what comes of it is reported. */
  readonly background?: true;
  /** After how many milliseconds a result is no news any more, once the user has taken another turn. */
  readonly staleAfterMs?: number;
  /** Who has to agree to a call before it runs; absent for nobody. */
  readonly confirm?: CallConfirmation;
}

/** Who has to agree to a call, and for how many milliseconds their answer is waited for. */
export interface CallConfirmation {
  readonly by: 'app' | 'spoken';
  readonly ttlMs: number;
}

/** How long an answer is waited for where nobody says, in milliseconds. */
export const defaultConfirmMs = { app: 60_000, spoken: 15_000 } as const;

/** A text that is said after a stretch of silence. */
export interface TimedSpeech {
  readonly afterMs: number;
  readonly say: string;
}

/** What happens when nobody speaks and nothing is owed. */
export interface IdlePolicy {
  readonly afterMs: number;
  readonly say: string;
  /** How many times in a row it is said. */
  readonly times: number;
  readonly lastly: 'close' | 'stay';
}

/** Everything that changes when another agent takes over. */
export interface AgentSettings {
  /** The session object sent to the model; `instructions` is a template over the session's variables. */
  readonly session: SessionUpdate;
  /**
   * Who ends the user's turn and asks for the answer: `server_answers` = the server does both, `server_commits` = the
   * server finds the end and we ask, `manual` = the application or a local detector finds the end and we do both.
   */
  readonly turnTaking: 'server_answers' | 'server_commits' | 'manual';
  /** Whether speech of the user cuts the agent's. */
  readonly interruptible: boolean;
  readonly tools: readonly ToolPolicy[];
  /** The servers whose tools the provider calls itself, by their labels; absent for none. */
  readonly hosted?: Readonly<Record<string, { readonly confirm?: CallConfirmation }>>;
  /** Names of the functions that hand the conversation over, and to whom. */
  readonly handoffs: Readonly<Record<string, string>>;
  /** Said first, before the user speaks. */
  readonly greeting: { readonly say: string; readonly protected: boolean } | undefined;
  readonly idle: IdlePolicy | undefined;
  /** Said when the user has heard nothing for a while though something is owed. */
  readonly deadAir: TimedSpeech | undefined;
  /** The words with which the user agrees to a call; absent where a spoken yes cannot be taken. */
  readonly consentWords?: ConsentWords;
  /** Whether an answer that was cut by a sound without words goes on where it stopped. */
  readonly resumeFalseInterruption: boolean;
  /** What is held against guardrails: what the user said, what the agent says. */
  readonly guards: { readonly input: boolean; readonly output: boolean };
  /** Where the settings of `session` stand in the agent file, in words, by their place in it: `audio.output.voice`. */
  readonly places?: Readonly<Record<string, string>>;
  /** What the model costs that writes down the user; absent where that is not known. */
  readonly transcriptionPrices?: ModelPrices;
}

/** What of an agent may change while a session is under way: it holds from the next response on. */
export interface AgentRevision {
  readonly instructions: string | undefined;
  /** Comes with another connection; undefined changes nothing. */
  readonly voice?: string | { readonly id: string } | undefined;
  readonly idle: IdlePolicy | undefined;
  readonly deadAir: TimedSpeech | undefined;
}

/** A provider of the session, in the order they are tried. */
export interface ProviderChoice {
  readonly name: string;
  /** The voice of agents that name none. */
  readonly voice: string | undefined;
  /** After how long the server ends a session; undefined when it does not. */
  readonly sessionLimitMs: number | undefined;
  /** `fixed`: a connection keeps the settings it was made with, so other settings need another connection. */
  readonly settings?: 'fixed';
  /** Settings that its server is not sent, by their place in the session object. */
  readonly leavesOut?: readonly string[];
  /** Where its settings stand in the agent file, as those of an agent. */
  readonly places?: Readonly<Record<string, string>>;
  /** What its model costs; absent where that is not known. */
  readonly prices?: ModelPrices;
}

/** What a session may use at most; undefined for as much as it likes. */
export interface SessionLimits {
  readonly sessionMs: number | undefined;
  readonly toolCalls: number | undefined;
  readonly tokens: number | undefined;
  /** US dollars, by the prices of the providers. */
  readonly usd?: number;
  /** Responses in a row without a word of the user. */
  readonly responsesWithoutUser: number;
  /** Calls of tools between two turns of the user. */
  readonly toolCallsPerTurn: number;
  /** Said when a limit ends the session. */
  readonly wrapUp: string | undefined;
}

/** How lost connections are replaced. */
export interface ReconnectPolicy {
  /** Dials of one provider in one outage. */
  readonly attempts: number;
  /** The delay before dial n is drawn between `minDelayMs` and `firstDelayMs` · 2ⁿ, at most `maxDelayMs`. */
  readonly minDelayMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** For how long an outage may last. */
  readonly outageMs: number;
  /** After how long without a fault a connection counts as sound. */
  readonly healthyMs: number;
}

/** How long the session waits for what it is owed, in milliseconds. */
export interface SessionTimeouts {
  /** From opening a connection until `session.updated`. */
  readonly connectMs: number;
  /** For the user to speak without a pause: a turn that is longer is taken to be over. */
  readonly speechMs: number;
  /** For a turn to be committed; for a response that was asked for, or that the server owes after a turn, to be created. */
  readonly responseMs: number;
  /** For the next event of a response that is under way. */
  readonly stallMs: number;
  /** For the item of a call whose arguments are complete to be declared done (servers that never do are common). */
  readonly callItemMs: number;
  /** For running work to end when the session is closed with `drain`. */
  readonly drainMs: number;
  /** For the last words when a limit ends the session. */
  readonly wrapUpMs: number;
}

/** Something that was said or done before the session began. */
export type PriorItem =
  | { readonly kind: 'message'; readonly role: 'user' | 'agent' | 'system'; readonly text: string }
  | {
      readonly kind: 'function_call';
      readonly callId: string;
      readonly name: string;
      /** A JSON text. */
      readonly argumentsJson: string;
    }
  /** Without the call of its `callId` before it, it is left out. */
  | { readonly kind: 'function_call_output'; readonly callId: string; readonly output: string };

/** Everything a session is told once, at its start. Plain data, so that a log can replay it. */
export interface SessionSettings {
  readonly sessionId: string;
  /** The agent that begins. */
  readonly agentName: string;
  /** The agents of the session by name: the one that begins and those it may hand over to, directly or not. */
  readonly agents: Readonly<Record<string, AgentSettings>>;
  /** The call whose sound flows between the user and the server; absent where the sound flows through this process. */
  readonly callId?: string;
  /** Never empty. */
  readonly providers: readonly ProviderChoice[];
  /** Milliseconds of one byte of audio in the output format. */
  readonly outputBytesPerMs: number;
  /** How often a failed or missing response is asked for again. */
  readonly responseRetries: number;
  /** Said by the process itself when an answer cannot be had; undefined for nothing. */
  readonly fallback: string | undefined;
  /** How many items of the conversation are kept in memory. */
  readonly historyItems: number;
  readonly variables: Readonly<Record<string, string>>;
  /** The conversation that this one goes on with, in its order; the model is given it before anything else. */
  readonly history?: readonly PriorItem[];
  readonly limits: SessionLimits;
  readonly reconnect: ReconnectPolicy;
  readonly timeouts: SessionTimeouts;
  /** Where the session's random numbers start (jitter). */
  readonly seed: number;
}

/** The defaults of {@link SessionTimeouts}. */
export const defaultTimeouts: SessionTimeouts = {
  connectMs: 15_000,
  speechMs: 60_000,
  responseMs: 8_000,
  stallMs: 20_000,
  callItemMs: 1_000,
  drainMs: 30_000,
  wrapUpMs: 10_000,
};

/** The defaults of {@link ReconnectPolicy}. */
export const defaultReconnect: ReconnectPolicy = {
  attempts: 5,
  minDelayMs: 50,
  firstDelayMs: 250,
  maxDelayMs: 4_000,
  outageMs: 15_000,
  healthyMs: 30_000,
};

/** The defaults of {@link SessionLimits}. */
export const defaultLimits: SessionLimits = {
  sessionMs: undefined,
  toolCalls: undefined,
  tokens: undefined,
  responsesWithoutUser: 10,
  toolCallsPerTurn: 16,
  wrapUp: undefined,
};
