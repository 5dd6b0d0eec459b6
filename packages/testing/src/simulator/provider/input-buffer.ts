import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { isCalm } from '../stage.ts';
import { type ModelConversation, modelItem } from './model-conversation.ts';
import type { ServerPorts } from './server-ports.ts';
import { sayItem, userItem } from './server-says.ts';

/** A stretch of the user's sound. */
export interface SpeechPiece {
  /** Which utterance it is part of. */
  readonly utterance: number;
  /** What the utterance says; empty for a sound without words. */
  readonly words: string;
  readonly ms: number;
}

/** Sound that reaches the server at once. */
export interface HeardAudio {
  readonly ms: number;
  readonly speech: readonly SpeechPiece[];
  /** How much silence follows the last speech, everything since then included. */
  readonly silenceMs: number;
}

/** What the buffer asks of its server. */
export interface InputBufferHooks {
  detection(): { readonly silenceMs: number } | undefined;
  newId(): string;
  onSpeech(): void;
  onTurn(): void;
}

const shortestTurnMs = 100;

/** A shorter end of a voice, as is left behind by a commit that was refused, is not heard as its words. */
const shortestWordMs = 100;

/** The input buffer of a connection, with its voice activity detection. */
export class InputBuffer {
  #clockMs = 0;
  #bufferedMs = 0;
  #speakingAs: string | undefined;
  /** The turn that began last, and the item it began behind. */
  #begun = { id: '', behind: '' };
  #over = false;
  readonly #speech: SpeechPiece[] = [];
  readonly #answers: Prng;
  readonly #ports: ServerPorts;
  readonly #conversation: ModelConversation;
  readonly #hooks: InputBufferHooks;

  constructor(ports: ServerPorts, conversation: ModelConversation, hooks: InputBufferHooks) {
    this.#ports = ports;
    this.#answers = ports.random.fork('answers');
    this.#conversation = conversation;
    this.#hooks = hooks;
  }

  /** Whether the user speaks, as it finds. */
  get isHearing(): boolean {
    return this.#speakingAs !== undefined;
  }

  end(): void {
    this.#over = true;
  }

  hear({ ms, speech, silenceMs }: HeardAudio): void {
    this.#clockMs += ms;
    this.#bufferedMs += ms;
    this.#speech.push(...speech);
    const detection = this.#hooks.detection();
    if (detection === undefined) return;
    if (speech.length > 0 && this.#speakingAs === undefined) this.#startTurn();
    if (this.#speakingAs !== undefined && silenceMs >= detection.silenceMs) this.#stopTurn(this.#speakingAs);
    if (this.#speakingAs === undefined) this.#bufferedMs = Math.min(this.#bufferedMs, 300);
  }

  /** False when there is too little in it. */
  commit(): boolean {
    if (this.#bufferedMs < shortestTurnMs) return false;
    const itemId = this.#speakingAs ?? this.#hooks.newId();
    this.#commitAs(itemId);
    return true;
  }

  clear(): void {
    this.#empty();
    this.#ports.emit({ type: 'input_audio_buffer.cleared' });
  }

  #startTurn(): void {
    const itemId = this.#hooks.newId();
    this.#speakingAs = itemId;
    this.#begun = { id: itemId, behind: this.#conversation.items.at(-1)?.id ?? '' };
    this.#ports.emit({
      type: 'input_audio_buffer.speech_started',
      item_id: itemId,
      audio_start_ms: Math.max(0, Math.floor(this.#clockMs - 300)),
    });
    this.#hooks.onSpeech();
  }

  #stopTurn(itemId: string): void {
    this.#ports.emit({
      type: 'input_audio_buffer.speech_stopped',
      item_id: itemId,
      audio_end_ms: Math.floor(this.#clockMs),
    });
    this.#commitAs(itemId);
    this.#hooks.onTurn();
  }

  #commitAs(itemId: string): void {
    const heardMs = new Map<number, number>();
    for (const { utterance, ms } of this.#speech) heardMs.set(utterance, (heardMs.get(utterance) ?? 0) + ms);
    const isWordHeard = ({ utterance, words }: SpeechPiece) =>
      words !== '' && (heardMs.get(utterance) ?? 0) >= shortestWordMs;
    const words = [...new Set(this.#speech.filter(isWordHeard).map((piece) => piece.words))].join(' ');
    this.#empty();
    const place = this.#place(itemId);
    const previous = this.#conversation.add(modelItem(itemId, 'user', { text: words, heardMs }), place);
    const { emit, habits } = this.#ports;
    const previousId = previous === false ? null : previous;
    emit({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: previousId });
    emit(sayItem(this.#ports.habits.itemEvent, userItem(itemId), previousId));
    if (!habits.terse) emit(sayItem('conversation.item.done', userItem(itemId), null));
    this.#transcribe(itemId, words);
  }

  /** Some servers put a turn where the user began to speak: before what came meanwhile. */
  #place(itemId: string): string | undefined {
    const { id, behind } = this.#begun;
    const { levels } = this.#ports.stage.profile;
    // What is told out of order is known to stand where it was told.
    if (id !== itemId || levels.placed_turns === 'off' || levels.reorders !== 'off') return undefined;
    return this.#conversation.find(behind) === undefined ? undefined : behind;
  }

  #empty(): void {
    this.#speakingAs = undefined;
    this.#bufferedMs = 0;
    this.#speech.length = 0;
  }

  #transcribe(itemId: string, words: string): void {
    const { random, stage } = this.#ports;
    const answer = this.#mishear(words);
    if (answer === 'late') {
      stage.queue.after(random.int(900, 3_500), () => {
        if (!this.#over) this.#tellTranscript(itemId, words, false);
      });
      return;
    }
    const odd = isCalm(stage) ? 0 : likelihood(stage.profile, 'late_transcripts', 0.15, 0.4);
    const delayMs = random.chance(odd) ? random.int(1_500, 7_000) : random.int(30, 900);
    const failed = random.chance(odd / 3) || answer === 'lost';
    const never = random.chance(odd / 4);
    stage.queue.after(delayMs, () => {
      if (!this.#over && !never) this.#tellTranscript(itemId, words, failed);
    });
  }

  /** What becomes of an answer to a question: it may be written down late, or not be understood. */
  #mishear(words: string): 'plain' | 'late' | 'lost' {
    const { stage } = this.#ports;
    const isAnswer = /\b(yes|no|hm)\b/.test(words);
    if (!isAnswer || isCalm(stage) || stage.profile.levels.spoken_consents === 'off') return 'plain';
    return this.#answers.pick(['plain', 'plain', 'plain', 'late', 'late', 'lost'] as const);
  }

  #tellTranscript(itemId: string, words: string, failed: boolean): void {
    const { emit, random } = this.#ports;
    const at = { item_id: itemId, content_index: 0 };
    if (failed) {
      const error = { type: 'transcription_error', message: 'audio unintelligible' };
      return emit({ type: 'conversation.item.input_audio_transcription.failed', ...at, error });
    }
    if (words !== '' && random.chance(0.3)) {
      emit({ type: 'conversation.item.input_audio_transcription.delta', ...at, delta: words });
    }
    const usage = this.#transcriptionUsage(words);
    emit({
      type: 'conversation.item.input_audio_transcription.completed',
      ...at,
      transcript: words,
      ...(usage !== undefined && { usage }),
    });
  }

  #transcriptionUsage(words: string) {
    const { transcription } = this.#ports.habits;
    if (transcription === 'untold') return undefined;
    if (transcription === 'seconds') return { type: 'duration', seconds: 1 + (words.length % 5) };
    const [input, output] = [10 + words.length, 1 + (words.length % 7)];
    return {
      type: 'tokens',
      total_tokens: input + output,
      input_tokens: input,
      output_tokens: output,
      input_token_details: { text_tokens: 0, audio_tokens: input },
    };
  }
}
