import type { JsonObject } from '../../json.ts';
import type { ConversationItem } from '../items.ts';
import type { Usage } from '../response.ts';
import type { SessionUpdate } from '../session-config.ts';
import type { GeminiContent, GeminiSetup } from './client-messages.ts';
import type { GeminiSetupOptions, GeminiTextInput } from './setup.ts';

/** What a machine is told once. */
export interface GeminiMachineOptions extends GeminiSetupOptions {
  /** Makes the ids of this connection differ from those of others: at most 16 characters. */
  readonly idBase: string;
  /** Whether a conversation that has begun will be given to this connection. */
  readonly conversation: 'new' | 'goes_on';
  /** What the server knows when it resumes a session of before. */
  readonly resumed: GeminiResumption | undefined;
}

/** A point of the conversation to which the server can return on another connection, and what it knows there. */
export interface GeminiResumption {
  readonly handle: string;
  /** The items of the conversation, oldest first; the oldest leave. */
  readonly itemIds: readonly string[];
  readonly calls: ReadonlyMap<string, KnownCall>;
}

/** A function call of the conversation, by the id the session knows it by. */
export interface KnownCall {
  readonly name: string;
  readonly argumentsJson: string;
  /** The id the server gave it; undefined where it gave none. */
  readonly wireId: string | undefined;
  /** The response that made it, with other calls perhaps; undefined where that was on another connection. */
  readonly batch: string | undefined;
  /**
   * `waiting`: the model waits for its output. `answered`: it has it. `foreign`: the model did not make this call on this
   * connection: its output can only be told in words. `withdrawn`: the server has taken it back: so can this, and where it gave
   * nothing there is nothing to tell.
   */
  readonly standing: 'waiting' | 'answered' | 'foreign' | 'withdrawn';
}

/** What the user says, as far as the server shows. */
export type UserTurn =
  | { readonly kind: 'none' }
  /** Speech that is not over. */
  | { readonly kind: 'speaking'; readonly itemId: string; readonly text: string }
  /** An item of the conversation; words of it may still come. */
  | {
      readonly kind: 'said';
      readonly itemId: string;
      readonly text: string;
      /** The words that were told to be all of it. */
      readonly toldText: string;
      /** `past`: it was answered before a word of it came. */
      readonly standing: 'current' | 'past';
    };

/** The message of a response that is being written. */
export interface OpenMessage {
  readonly itemId: string;
  readonly form: 'audio' | 'text';
  readonly text: string;
  readonly sound: 'none' | 'open' | 'ended';
}

/** The response under way. */
export type Reply =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'active';
      readonly responseId: string;
      readonly metadata: Readonly<Record<string, string>> | null;
      readonly output: readonly ConversationItem[];
      /** Tokens of before that no response was charged with. */
      readonly carriedUsage: Usage | null;
      readonly message: OpenMessage | undefined;
    }
  /** The client has cut it: what still comes of the model's turn is not told. */
  | { readonly kind: 'dropped' };

/** What the model was asked for, or does by itself. */
export interface Prompt {
  /**
   * `asked`: by a message of ours; `tools`: it goes on after outputs; `turn`: the end of a turn of the user was told;
   * `perhaps`: its turn ended without a word, and it may still say one.
   */
  readonly owed: 'nothing' | 'asked' | 'tools' | 'turn' | 'perhaps';
  /** The metadata of the request that the next response answers. */
  readonly request: { readonly metadata: Readonly<Record<string, string>> | null } | undefined;
  /** Whether the conversation holds something that the model has not answered. */
  readonly news: 'none' | 'given';
}

/** Something of the conversation that the server was not given yet. */
export interface UnsentTurn {
  readonly itemId: string;
  readonly content: GeminiContent;
  /** What the user says now can be answered; all else is history. */
  readonly role: 'user' | 'model';
}

/** The output of a call that the server was not given yet. */
export interface UnsentOutput {
  readonly itemId: string;
  readonly callId: string;
  readonly response: JsonObject;
  readonly text: string;
}

/** The user's sound. */
export interface Sound {
  /** Milliseconds that were sent on this connection. */
  readonly sentMs: number;
  /** Milliseconds that were sent since the model's last turn. */
  readonly freshMs: number;
  /** Milliseconds that were sent since a turn of the user, or an answer to one, began or ended. */
  readonly sinceMs: number;
  /** Where turns are told by the client: whether one was begun. */
  readonly activity: 'none' | 'open';
  /** What waits for the model to end, since the beginning of a turn would cut it; the oldest leave. */
  readonly held: readonly Uint8Array[];
}

/** Everything there is to know about a connection. */
export interface GeminiState {
  readonly options: GeminiMachineOptions;
  /** `seeding`: the conversation of before may be given now, and nothing else was sent. */
  readonly phase: 'fresh' | 'configuring' | 'seeding' | 'talking';
  readonly session: SessionUpdate;
  readonly setup: GeminiSetup | undefined;
  readonly nextId: number;
  readonly lastItemId: string | null;
  readonly itemIds: readonly string[];
  /** Those of them that the client has made since the server last answered: nothing shows that it has them. */
  readonly unseenIds: readonly string[];
  readonly turn: UserTurn;
  readonly reply: Reply;
  /** After an interruption the end of the turn that was cut is told once more. */
  readonly tail: 'none' | 'turn_complete';
  readonly prompt: Prompt;
  readonly unsentTurns: readonly UnsentTurn[];
  readonly unsentOutputs: readonly UnsentOutput[];
  readonly calls: ReadonlyMap<string, KnownCall>;
  readonly sound: Sound;
  /** Words of the user that came while nothing says whose they are. */
  readonly strayWords: string;
  /** Words of the model that came before anything says that it answers. */
  readonly strayCaption: string;
  /** Tokens of the response under way; without one, those that no response was charged with yet. */
  readonly usage: Usage | null;
  readonly resumption: GeminiResumption | undefined;
}

/** The state of a connection that is not open yet. */
export function initialGeminiState(options: GeminiMachineOptions): GeminiState {
  const { resumed } = options;
  return {
    options,
    phase: 'fresh',
    session: { type: 'realtime' },
    setup: undefined,
    nextId: 1,
    lastItemId: null,
    itemIds: resumed?.itemIds ?? [],
    unseenIds: [],
    turn: { kind: 'none' },
    reply: { kind: 'none' },
    tail: 'none',
    prompt: { owed: 'nothing', request: undefined, news: 'none' },
    unsentTurns: [],
    unsentOutputs: [],
    calls: resumed?.calls ?? new Map(),
    sound: { sentMs: 0, freshMs: 0, sinceMs: 0, activity: 'none', held: [] },
    strayWords: '',
    strayCaption: '',
    usage: null,
    resumption: resumed,
  };
}

/** How typed words reach the model of this connection. */
export function textInput({ options }: GeminiState): GeminiTextInput {
  return options.textInput ?? 'client_content';
}

/** Calls whose output the model waits for and that have none yet. */
export function openCalls({ calls, unsentOutputs }: GeminiState): readonly string[] {
  return [...calls].flatMap(([callId, { standing }]) =>
    standing === 'waiting' && !unsentOutputs.some((output) => output.callId === callId) ? [callId] : [],
  );
}

/** Outputs of calls that were made together with one that has none yet: the model would go on without that. */
export function heldOutputs(state: GeminiState): readonly UnsentOutput[] {
  const { calls, unsentOutputs } = state;
  const open = new Set(openCalls(state).map((callId) => calls.get(callId)?.batch));
  return unsentOutputs.filter(({ callId }) => open.has(calls.get(callId)?.batch));
}

/** Whether the model is certain to say something. */
export function isDue(owed: Prompt['owed']): boolean {
  return owed !== 'nothing' && owed !== 'perhaps';
}
