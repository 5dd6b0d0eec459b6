import type { ClientEvent, JsonObject, JsonValue } from '@antiphon/core';
import { type Cue, findCues, kindOf } from './cues.ts';
import type { FakePeer } from './fake-peer.ts';
import type { RecordingStep } from './recording.ts';

/**
 * Plays one connection's worth of a recording: sends what the server sent, each event as soon as the client has sent
 * what caused it. Values that are the client's to choose (item ids, texts, call outputs, metadata) replace the recorded
 * ones wherever the server repeats them.
 */
export async function playSteps(steps: readonly RecordingStep[], peer: FakePeer): Promise<void> {
  const cues = findCues(steps);
  const rewriter = new Rewriter();
  for (const [index, step] of steps.entries()) {
    const raw = step.kind === 'received' ? step.raw : {};
    let patch: JsonObject = {};
    for (const cue of cues.filter(({ answerAt }) => answerAt === index)) {
      patch = { ...patch, ...rewriter.learn(raw, await awaitCue(cue, peer)) };
    }
    if (step.kind === 'received') {
      peer.sendRaw(JSON.stringify({ ...rewriter.rewrite(raw), ...patch }));
    }
  }
  for (const cue of cues.filter(({ answerAt }) => answerAt === steps.length)) {
    await awaitCue(cue, peer);
  }
}

/** Audio is matched loosely: some of it stands for all that led to the same answer. */
async function awaitCue({ sent }: Cue, peer: FakePeer): Promise<ClientEvent | undefined> {
  if (sent['type'] === 'input_audio_buffer.append') {
    await peer.expectAudio();
    return undefined;
  }
  const wanted = kindOf(sent);
  return await peer.expectMatch(wanted, (event) => kindOf(asJson(event)) === wanted);
}

/** Puts the values of this client in the place of the recorded one's. */
class Rewriter {
  /** By recorded value: identifiers, which are unique enough to be replaced wherever they stand. */
  readonly #ids = new Map<string, string>();
  /** By recorded item id: members of the item as this client created it. */
  readonly #items = new Map<string, JsonObject>();
  /** By response id. */
  readonly #metadata = new Map<string, JsonValue>();

  /** Takes note of what this client sent to get `answer`; returns members that only the answer repeats. */
  learn(answer: JsonObject, actual: ClientEvent | undefined): JsonObject {
    const error = member(answer, 'error');
    if (error !== undefined) {
      return { error: { ...error, event_id: actual?.event_id ?? null } };
    }
    switch (actual?.type) {
      case 'conversation.item.create':
        this.#learnItem(member(answer, 'item'), asJson(actual.item));
        return {};
      case 'response.create':
        this.#metadata.set(idOf(member(answer, 'response')), actual.response?.metadata ?? null);
        return {};
      case 'conversation.item.truncate': {
        const { item_id, content_index, audio_end_ms } = actual;
        return { item_id, content_index, audio_end_ms };
      }
      case 'conversation.item.delete':
        return { item_id: actual.item_id };
      default:
        return {};
    }
  }

  rewrite(raw: JsonObject): JsonObject {
    const item = member(raw, 'item');
    const response = member(raw, 'response');
    const own = item && this.#items.get(idOf(item));
    const metadata = response && this.#metadata.get(idOf(response));
    return this.#replaceIds({
      ...raw,
      ...(own && { item: { ...item, ...own } }),
      ...(metadata !== undefined && { response: { ...response, metadata } }),
    }) as JsonObject;
  }

  #learnItem(recorded: JsonObject | undefined, created: JsonObject): void {
    const id = recorded?.['id'];
    if (typeof id !== 'string') {
      return;
    }
    this.#learnId(id, created['id']);
    // Sound is not repeated by a server; texts, calls and outputs are.
    const { id: _id, content, ...members } = created;
    const isText =
      Array.isArray(content) && content.every((part) => !JSON.stringify(part).includes('"input_audio"'));
    this.#items.set(id, isText ? { ...members, content } : members);
    this.#learnId(
      recorded?.['call_id'],
      created['type'] === 'function_call' ? created['call_id'] : undefined,
    );
  }

  #learnId(recorded: JsonValue | undefined, actual: JsonValue | undefined): void {
    if (typeof recorded === 'string' && typeof actual === 'string' && recorded !== actual) {
      this.#ids.set(recorded, actual);
    }
  }

  #replaceIds(value: JsonValue): JsonValue {
    if (typeof value === 'string') {
      return this.#ids.get(value) ?? value;
    }
    if (Array.isArray(value)) {
      return value.map((element: JsonValue) => this.#replaceIds(element));
    }
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#replaceIds(inner)]))
      : value;
  }
}

function member(raw: JsonObject, name: string): JsonObject | undefined {
  const value = raw[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function idOf(owner: JsonObject | undefined): string {
  const id = owner?.['id'];
  return typeof id === 'string' ? id : '';
}

/** Client events are JSON by their schema. */
function asJson(event: object): JsonObject {
  return event as JsonObject;
}
