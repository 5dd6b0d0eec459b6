import type { ClientEvent, JsonObject, RealtimeError } from '@antiphon/core';
import type { FakePeer } from '../fake-peer.ts';
import { allowedBy } from './allowed-members.ts';
import { AudioClock, inputBytesPerMs } from './audio-clock.ts';
import type { RecordedConnection } from './connections.ts';
import { type Cue, findCues, kindOf } from './cues.ts';
import { asJson, list, member, text } from './json-members.ts';
import { KnownItems } from './known-items.ts';
import type { Recording } from './recording.ts';
import { answerUnasked } from './unasked-answers.ts';
import { ValueRewriter } from './value-rewriter.ts';

/** Something that the recorded client said and this one did not have to. */
export interface SkippedStep {
  /** Position in the recording. */
  readonly entry: number;
  readonly sent: JsonObject;
}

/** How a client is waited for. */
export interface PlaybackOptions {
  /** For what another client may leave out, in milliseconds. */
  readonly graceMs: number;
  readonly answers: PlaybackAnswers;
}

/** Whether the server repeats what this client says of its own (ids, texts, metadata), or what the recorded one said. */
export type PlaybackAnswers = 'own_values' | 'recorded_values';

/** Plays a recording, connection by connection: what was said over the earlier ones is known in the later ones. */
export class RecordingPlayer {
  readonly #recording: Recording;
  readonly #options: PlaybackOptions;
  readonly #known = new KnownItems();
  readonly #skipped: SkippedStep[] = [];

  constructor(recording: Recording, options: PlaybackOptions) {
    this.#recording = recording;
    this.#options = options;
  }

  get skipped(): readonly SkippedStep[] {
    return this.#skipped;
  }

  /**
   * Sends what the server sent, each event as soon as the client has sent what caused it. Rejects when the client does
   * not send that in time, leaves, or says what the server would not have taken; never waits longer.
   */
  async play(connection: RecordedConnection, peer: FakePeer): Promise<void> {
    const sent = this.#recording.steps.flatMap((step) => (step.kind === 'sent' ? [step.raw] : []));
    peer.allow(allowedBy(sent));
    const playing = new ConnectionPlayer(connection, peer, this.#known, this.#options);
    try {
      await playing.run();
    } finally {
      this.#skipped.push(...playing.skipped);
      for (const item of playing.items) this.#known.note(item);
      for (const said of playing.texts) this.#known.noteText(said);
    }
  }
}

class ConnectionPlayer {
  readonly skipped: SkippedStep[] = [];
  /** Items that either side has told, and texts of them that came apart. */
  readonly items: JsonObject[] = [];
  readonly texts: string[] = [];
  readonly #connection: RecordedConnection;
  readonly #peer: FakePeer;
  readonly #known: KnownItems;
  readonly #options: PlaybackOptions;
  readonly #cues: readonly Cue[];
  readonly #open: Set<Cue>;
  readonly #rewriter = new ValueRewriter();
  readonly #clock: AudioClock;
  /** Ids of recorded items that this client did not create. */
  readonly #absent = new Set<string>();
  #session: JsonObject = {};
  #response: 'active' | 'none' = 'none';
  #refusals = 0;
  #lastItemId: string | null = null;

  constructor(connection: RecordedConnection, peer: FakePeer, known: KnownItems, options: PlaybackOptions) {
    this.#connection = connection;
    this.#peer = peer;
    this.#known = known;
    this.#options = options;
    this.#cues = findCues(connection.steps);
    this.#open = new Set(this.#cues);
    this.#clock = new AudioClock(peer, () => inputBytesPerMs(this.#session));
  }

  async run(): Promise<void> {
    const refused = new Promise<never>((_resolve, reject) => {
      const [error] = this.#peer.refused;
      if (error !== undefined) reject(refusal(error));
      this.#peer.onRefused((later) => reject(refusal(later)));
    });
    const stop = this.#peer.onEvent((event) => this.#answerUnasked(event));
    try {
      await Promise.race([this.#playAll(), refused]);
    } finally {
      stop();
      this.#clock.stop();
    }
  }

  async #playAll(): Promise<void> {
    const { steps } = this.#connection;
    for (const [index, step] of steps.entries()) {
      if (step.kind !== 'received') continue;
      const { raw } = step;
      let patch: JsonObject = {};
      let isLeftOut = this.#absent.has(text(member(raw, 'item')?.['id']));
      for (const cue of this.#cues.filter(({ answerAt }) => answerAt === index)) {
        const { isSent, event } = await this.#await(cue);
        if (isSent) patch = { ...patch, ...this.#learn(raw, event) };
        else isLeftOut ||= this.#leaveOut(cue, raw);
      }
      await this.#hear(raw);
      if (!isLeftOut) this.#send({ ...this.#rewriter.rewrite(raw), ...patch });
      if (raw['type'] === 'response.done') await this.#endTurn();
    }
    for (const cue of this.#cues.filter(({ answerAt }) => answerAt === steps.length)) {
      await this.#await(cue);
    }
  }

  #learn(answer: JsonObject, event: ClientEvent | undefined): JsonObject {
    return this.#options.answers === 'own_values' ? this.#rewriter.learn(answer, event) : {};
  }

  /** What a client still sends up to the end of an answer is none of the next turn. */
  async #endTurn(): Promise<void> {
    if (![...this.#open].some((cue) => cue.sent['type'] === 'input_audio_buffer.append')) return;
    await this.#peer.caughtUp();
    this.#peer.takeAudio();
  }

  /** The server hears speech where it is in what the client sends, and not before. */
  async #hear({ type, audio_start_ms: start, audio_end_ms: end }: JsonObject): Promise<void> {
    const audioMs =
      type === 'input_audio_buffer.speech_started'
        ? start
        : type === 'input_audio_buffer.speech_stopped'
          ? end
          : 0;
    const isSpoken = this.#cues.some((cue) => cue.sent['type'] === 'input_audio_buffer.append');
    if (isSpoken && typeof audioMs === 'number') await this.#clock.until(audioMs, this.#options.graceMs);
  }

  /** Whether an answer is left out with what it answers. */
  #leaveOut(cue: Cue, answer: JsonObject): boolean {
    this.skipped.push({ entry: this.#connection.firstEntry + cue.sentAt, sent: cue.sent });
    // Sound is heard and responses end without anybody asking for it.
    if (answer['type'] === 'response.done' || cue.sent['type'] === 'input_audio_buffer.append') return false;
    const item = member(answer, 'item');
    if (item !== undefined) this.#absent.add(text(item['id']));
    return true;
  }

  async #await(cue: Cue): Promise<{ readonly isSent: boolean; readonly event?: ClientEvent | undefined }> {
    const { sent, sentAt } = cue;
    const wanted = kindOf(sent);
    const isAgain = this.#isKnown(sent);
    const isOptional = cue.manner === 'optional' || isAgain;
    const matches = (event: ClientEvent): boolean =>
      kindOf(asJson(event)) === wanted && this.#isKnown(asJson(event)) === isAgain;
    const event = cue.manner === 'untimely' ? this.#peer.take(matches) : undefined;
    if (cue.manner === 'untimely' || cue.manner === 'mistaken') {
      this.#open.delete(cue);
      return { isSent: event !== undefined, event };
    }
    const waitMs = isOptional ? this.#options.graceMs : undefined;
    const entry = this.#connection.firstEntry + sentAt;
    try {
      const event = await this.#peer.expectMatch(`${wanted} (entry ${entry})`, matches, waitMs);
      // Some sound stands for all that led to the same answer.
      if (event.type === 'input_audio_buffer.append') this.#peer.takeAudio();
      else this.#noteItem(asJson(event));
      return { isSent: true, event };
    } catch (error) {
      if (isOptional && this.#peer.isOpen) return { isSent: false };
      throw error;
    } finally {
      this.#open.delete(cue);
    }
  }

  /** Answers what no step of the recording answers. */
  #answerUnasked(event: ClientEvent): void {
    const raw = asJson(event);
    const isSame = (other: JsonObject): boolean =>
      kindOf(other) === kindOf(raw) && this.#isKnown(other) === this.#isKnown(raw);
    const waiting = this.#peer.leftOver.filter((other) => isSame(asJson(other))).length;
    const awaited = [...this.#open].filter((cue) => isSame(cue.sent)).length;
    if (awaited > waiting || event.type === 'input_audio_buffer.append') return;
    this.#noteItem(raw);
    const standing = { session: this.#session, response: this.#response, refusals: this.#refusals };
    if (event.type === 'response.create') this.#refusals += 1;
    for (const answer of answerUnasked(event, standing)) {
      const item = member(answer, 'item');
      this.#peer.send(item === undefined ? answer : { ...answer, previous_item_id: this.#lastItemId });
      if (item !== undefined && answer['type'] === 'conversation.item.done') this.#told(item);
    }
  }

  #send(event: JsonObject): void {
    switch (text(event['type'])) {
      case 'session.created':
      case 'session.updated':
        this.#session = member(event, 'session') ?? this.#session;
        break;
      case 'response.created':
        this.#response = 'active';
        break;
      case 'response.done':
        this.#response = 'none';
        this.items.push(...list(member(event, 'response'), 'output'));
        break;
      case 'conversation.item.added':
      case 'conversation.item.created':
        this.#told(member(event, 'item') ?? {});
        break;
    }
    if (typeof event['transcript'] === 'string') this.texts.push(event['transcript']);
    this.#peer.sendRaw(JSON.stringify(event));
  }

  #told(item: JsonObject): void {
    this.items.push(item);
    this.#lastItemId = text(item['id']) || this.#lastItemId;
  }

  #noteItem(event: JsonObject): void {
    const item = member(event, 'item');
    if (item !== undefined) this.items.push(item);
  }

  #isKnown(event: JsonObject): boolean {
    const item = member(event, 'item');
    return item !== undefined && this.#known.has(item);
  }
}

function refusal({ code, message, param }: RealtimeError): Error {
  const place = param === null || param === undefined ? '' : ` at ${param}`;
  return new Error(
    `the client sent what the server does not take${place} (${code ?? 'no code'}): ${message}`,
  );
}
