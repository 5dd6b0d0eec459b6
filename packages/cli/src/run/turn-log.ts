import type { JsonValue, SessionNotice, ToolCallStatus } from '@antiphon/core';
import type { AnswerFile } from './answer-files.ts';

/** Milliseconds of each stage of an answer; a stage that was not seen is left out. */
export interface TurnLatency {
  /** From the true end of speech until the server found it. */
  readonly endpoint?: number;
  /** From there until the text of what was said. */
  readonly recognition?: number;
  /** From there until the model had decided: its first output. */
  readonly brain?: number;
  /** All tools, as waited for. */
  readonly tool?: number;
  /** From the true end of speech (of typing) until the first sound. */
  readonly first_audio?: number;
}

/** One call as the summary shows it. */
export interface ToolCallRecord {
  readonly name: string;
  readonly call_id: string;
  readonly arguments: JsonValue;
  readonly status: ToolCallStatus;
  readonly output: JsonValue;
  /** What the application is shown and the model never sees. */
  readonly ui?: JsonValue;
  readonly ms: number;
}

/** One turn as the summary shows it. */
export interface TurnRecord {
  readonly user: { readonly transcript: string; readonly input: string };
  readonly agent: {
    readonly transcript: string;
    readonly heard: string;
    readonly items: readonly AnswerFile[];
  };
  readonly tool_calls: readonly ToolCallRecord[];
  readonly latency_ms: TurnLatency;
}

/** Moments of a turn, in monotonic milliseconds. */
interface Marks {
  endOfInput?: number;
  speechStopped?: number;
  userText?: number;
  responseStarted?: number;
  firstOutput?: number;
  toolStarted?: number;
  toolSettled?: number;
  firstAudio?: number;
}

/** What is known of an item of the agent. */
interface AgentItem {
  /** Of its parts, each whole. */
  readonly texts: string[];
  heard: string | undefined;
}

/** Collects, from the notices of a session, what one turn came to. */
export class TurnLog {
  readonly #input: string;
  readonly #filesOf: (itemId: string) => readonly AnswerFile[];
  /** By item id; undefined while the text is still to come. */
  readonly #userTexts = new Map<string, string | undefined>();
  readonly #agentTexts = new Map<string, AgentItem>();
  readonly #calls: ToolCallRecord[] = [];
  #marks: Marks = {};

  constructor(input: string, filesOf: (itemId: string) => readonly AnswerFile[]) {
    this.#input = input;
    this.#filesOf = filesOf;
  }

  /** The user has ended: the last sample of speech, or the text, was handed over. */
  endOfInput(atMs: number): void {
    this.#marks.endOfInput = atMs;
  }

  /** Whether the text of something the user said is still to come. */
  get awaitsText(): boolean {
    return [...this.#userTexts.values()].includes(undefined);
  }

  /** Whether this is the text of something the user said in this turn. */
  isAbout(notice: SessionNotice): boolean {
    const isOfUser =
      notice.type === 'transcript' ? notice.role === 'user' : notice.type === 'transcript_failed';
    return isOfUser && 'itemId' in notice && this.#userTexts.has(notice.itemId);
  }

  take(notice: SessionNotice, atMs: number): void {
    const marks = this.#marks;
    switch (notice.type) {
      case 'speech_started':
        // The stages are those of the answer to what was said last.
        this.#marks = marks.endOfInput === undefined ? {} : { endOfInput: marks.endOfInput };
        break;
      case 'speech_stopped':
        marks.speechStopped = atMs;
        break;
      case 'user_turn':
        if (!this.#userTexts.has(notice.itemId)) this.#userTexts.set(notice.itemId, undefined);
        break;
      case 'transcript':
        if (notice.final) this.#takeText(notice.role, notice.itemId, notice.text, atMs);
        break;
      case 'transcript_failed':
        this.#userTexts.delete(notice.itemId);
        break;
      case 'response_started':
        marks.responseStarted ??= atMs;
        break;
      case 'response_output':
        marks.firstOutput ??= atMs;
        break;
      case 'audio_started':
        marks.firstAudio ??= atMs;
        break;
      case 'audio_done':
        this.#agentItem(notice.itemId).heard = notice.heardText;
        break;
      case 'tool_started':
        marks.toolStarted ??= atMs;
        break;
      case 'tool_settled':
        marks.toolSettled = atMs;
        this.#calls.push(callRecord(notice));
        break;
      default:
        break;
    }
  }

  /** The turn as it stands. */
  record(): TurnRecord {
    const items = [...this.#agentTexts.keys()].flatMap((itemId) => this.#filesOf(itemId));
    const texts = [...this.#agentTexts.values()].map((item) => ({ ...item, text: joined(item.texts) }));
    return {
      user: { transcript: joined([...this.#userTexts.values()]), input: this.#input },
      agent: {
        transcript: joined(texts.map(({ text }) => text)),
        heard: joined(texts.map(({ text, heard }) => heard ?? text)),
        items,
      },
      tool_calls: this.#calls,
      latency_ms: latency(this.#marks),
    };
  }

  #takeText(role: 'user' | 'agent', itemId: string, text: string, atMs: number): void {
    if (role === 'agent') {
      const { texts } = this.#agentItem(itemId);
      // A part that is told again is told longer.
      const known = texts.findIndex((part) => text.startsWith(part));
      texts.splice(known < 0 ? texts.length : known, 1, text);
      return;
    }
    this.#userTexts.set(itemId, text);
    this.#marks.userText ??= atMs;
  }

  #agentItem(itemId: string): AgentItem {
    const known = this.#agentTexts.get(itemId);
    if (known !== undefined) return known;
    const item: AgentItem = { texts: [], heard: undefined };
    this.#agentTexts.set(itemId, item);
    return item;
  }
}

function callRecord(notice: Extract<SessionNotice, { type: 'tool_settled' }>): ToolCallRecord {
  const { callId, name, outcome } = notice;
  return {
    name,
    call_id: callId,
    arguments: outcome.arguments,
    status: outcome.status,
    output: outcome.output,
    ...(outcome.ui !== undefined && { ui: outcome.ui }),
    ms: Math.round(outcome.elapsedMs),
  };
}

function latency(marks: Marks): TurnLatency {
  const {
    endOfInput,
    speechStopped,
    userText,
    responseStarted,
    firstOutput,
    toolStarted,
    toolSettled,
    firstAudio,
  } = marks;
  const heard = speechStopped ?? endOfInput;
  const understood = latest(userText, responseStarted);
  return {
    ...span('endpoint', speechStopped === undefined ? undefined : endOfInput, speechStopped),
    ...span('recognition', speechStopped, userText),
    ...span('brain', latest(understood, heard), firstOutput),
    ...span('tool', toolStarted, toolSettled),
    ...span('first_audio', endOfInput, firstAudio),
  };
}

function span<Name extends keyof TurnLatency>(name: Name, from: number | undefined, to: number | undefined) {
  return from === undefined || to === undefined ? {} : { [name]: Math.max(0, Math.round(to - from)) };
}

function latest(...marks: readonly (number | undefined)[]): number | undefined {
  const known = marks.filter((mark) => mark !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

function joined(texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined && text !== '').join(' ');
}
