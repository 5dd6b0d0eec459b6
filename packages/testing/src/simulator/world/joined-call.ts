import type { ConversationItem, ServerEvent } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import { CallSound } from '../provider/call-sound.ts';
import { ServerModel } from '../provider/server-model.ts';
import type { ServerHabits } from '../provider/server-ports.ts';
import { isCalm, type Stage } from '../stage.ts';

/** A connection that has joined the call. */
export interface CallMember {
  say(event: ServerEvent): void;
  breakOff(code: number, reason: string): void;
}

/** What a call needs to be made. */
export interface JoinedCallOptions {
  readonly stage: Stage;
  readonly habits: ServerHabits;
  readonly nextWord: () => string;
}

/** A call between the user and a server, which goes on whoever has joined it: its conversation, its sound and its end. */
export class JoinedCall {
  readonly server: ServerModel;
  readonly sound: CallSound;
  /** When it was over. */
  overAtMs: number | undefined;
  /** What other clients have put into its conversation. */
  readonly foreignIds: string[] = [];
  readonly #members = new Set<CallMember>();
  readonly #stage: Stage;
  readonly #random: Prng;

  constructor({ stage, habits, nextWord }: JoinedCallOptions) {
    this.#stage = stage;
    this.#random = stage.random.fork('joined call');
    const emit = (event: ServerEvent) => this.#emit(event);
    this.sound = new CallSound({
      queue: stage.queue,
      emit,
      isActive: (responseId) => this.server.active?.id === responseId,
      onCut: (at, heardMs) => {
        const part = this.server.conversation.find(at.itemId)?.parts[at.contentIndex];
        if (part !== undefined) part.keptMs = Math.min(part.keptMs, heardMs);
      },
    });
    this.server = new ServerModel({
      stage,
      epoch: 1,
      random: stage.random.fork('server of the call'),
      habits,
      emit,
      emitAudio: (at, byteLength) => this.sound.add(at, byteLength / 48),
      nextWord,
      sound: this.sound,
    });
    this.#planHangUp();
    this.#planOtherClients(1);
  }

  join(member: CallMember): void {
    this.#members.add(member);
  }

  leave(member: CallMember): void {
    this.#members.delete(member);
  }

  /** One of the two has put the receiver down. */
  end(): void {
    if (this.overAtMs !== undefined) return;
    this.overAtMs = this.#stage.queue.nowMs;
    this.server.end();
    this.sound.end();
    for (const member of [...this.#members]) member.breakOff(1000, 'the call has ended');
  }

  #emit(event: ServerEvent): void {
    for (const member of this.#members) member.say(event);
  }

  #planHangUp(): void {
    if (!this.#random.chance(likelihood(this.#stage.profile, 'hang_ups', 0.3, 0.7))) return;
    this.#stage.queue.after(this.#random.int(1_000, this.#stage.calmFromMs), () => this.end());
  }

  /** Who else has joined the call writes into its conversation. */
  #planOtherClients(number: number): void {
    if (this.#stage.profile.levels.other_clients === 'off') return;
    const pauseMs = likelihood(this.#stage.profile, 'other_clients', 9_000, 4_000);
    this.#stage.queue.after(this.#random.int(300, pauseMs), () => {
      if (isCalm(this.#stage) || this.overAtMs !== undefined) return;
      const id = `item_foreign_${number}`;
      const item: ConversationItem = {
        id,
        type: 'message',
        role: 'system',
        status: 'completed',
        content: [{ type: 'input_text', text: `foreign ${number}` }],
      };
      this.foreignIds.push(id);
      this.server.insert(item, `foreign ${number}`);
      this.#planOtherClients(number + 1);
    });
  }
}
