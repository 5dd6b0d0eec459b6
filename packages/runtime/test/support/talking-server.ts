import type { JsonObject } from '@antiphon/core';
import type { FakePeer, PeerScript } from '@antiphon/testing';

/** A server that talks and is cut in on when it is told to, and agrees to everything else. */
export class TalkingServer {
  readonly #bytesPerMs: number;
  #peer: FakePeer | undefined;
  #turns = 0;
  #active: string | undefined;

  /** @param bytesPerMs of its sound; 48 is PCM at 24 kHz. */
  constructor(bytesPerMs = 48) {
    this.#bytesPerMs = bytesPerMs;
  }

  get script(): PeerScript {
    return async (peer) => {
      this.#peer = peer;
      peer.onEvent((event) => this.#agree(event as unknown as JsonObject & { readonly type: string }));
      this.#send({ type: 'session.created', session: { id: 'sess_talking', type: 'realtime' } });
      await peer.closed;
    };
  }

  get peer(): FakePeer {
    if (this.#peer === undefined) throw new Error('talking server: nobody has connected');
    return this.#peer;
  }

  /** The item that is being spoken, or was spoken last. */
  get itemId(): string {
    return `item_agent_${this.#turns}`;
  }

  /** Begins to answer: the item, and its sound in deltas of these lengths. */
  talk(deltasMs: readonly number[]): void {
    this.#turns += 1;
    const response_id = `resp_${this.#turns}`;
    this.#active = response_id;
    const item = { id: this.itemId, type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    this.#send({
      type: 'response.created',
      response: { id: response_id, status: 'in_progress', output: [] },
    });
    this.#send({ type: 'response.output_item.added', response_id, output_index: 0, item });
    this.#send({ type: 'conversation.item.added', previous_item_id: null, item });
    this.more(deltasMs);
  }

  /** More sound of what is being spoken. */
  more(deltasMs: readonly number[]): void {
    const response_id = `resp_${this.#turns}`;
    const place = { response_id, item_id: this.itemId, output_index: 0, content_index: 0 };
    for (const ms of deltasMs) {
      const delta = Buffer.alloc(ms * this.#bytesPerMs).toString('base64');
      this.#send({ type: 'response.output_audio.delta', ...place, delta });
    }
  }

  /** All that is to be said was sent. */
  finish(status: 'completed' | 'cancelled' = 'completed'): void {
    const id = this.#active;
    if (id === undefined) return;
    this.#active = undefined;
    const place = { response_id: id, item_id: this.itemId, output_index: 0, content_index: 0 };
    const whole = status === 'completed' ? 'completed' : 'incomplete';
    const item = { id: this.itemId, type: 'message', role: 'assistant', status: whole, content: [] };
    this.#send({ type: 'response.output_audio.done', ...place });
    this.#send({ type: 'response.output_item.done', response_id: id, output_index: 0, item });
    this.#send({ type: 'response.done', response: { id, status, output: [item] } });
  }

  /** The user is heard. */
  hear(): void {
    const item_id = `item_user_${this.#turns}`;
    this.#send({ type: 'input_audio_buffer.speech_started', audio_start_ms: this.#turns, item_id });
  }

  /** The user has spoken; an answer is owed. */
  heard(): void {
    const item_id = `item_user_${this.#turns}`;
    const content = [{ type: 'input_audio', transcript: null }];
    const item = { id: item_id, type: 'message', role: 'user', status: 'completed', content };
    this.#send({ type: 'input_audio_buffer.speech_stopped', audio_end_ms: this.#turns, item_id });
    this.#send({ type: 'input_audio_buffer.committed', item_id, previous_item_id: null });
    this.#send({ type: 'conversation.item.added', previous_item_id: null, item });
  }

  #agree(event: JsonObject & { readonly type: string }): void {
    const { item_id = '', content_index = 0, audio_end_ms = 0, item = {} } = event;
    switch (event.type) {
      case 'session.update':
        return this.#send({ type: 'session.updated', session: { id: 'sess_talking', type: 'realtime' } });
      case 'conversation.item.create':
        return this.#send({ type: 'conversation.item.added', previous_item_id: null, item });
      case 'conversation.item.truncate':
        return this.#send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms });
      case 'conversation.item.delete':
        return this.#send({ type: 'conversation.item.deleted', item_id });
      case 'response.cancel':
        return this.finish('cancelled');
    }
  }

  #send(event: JsonObject): void {
    this.#peer?.send(event);
  }
}
