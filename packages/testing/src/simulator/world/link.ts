import type { ClientEvent, ServerEvent, SessionEvent, UnknownServerEvent } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import { likelihood } from '../profile.ts';
import type { HeardAudio } from '../provider/input-buffer.ts';
import { ServerModel } from '../provider/server-model.ts';
import type { ServerHabits } from '../provider/server-ports.ts';
import type { PartPlace } from '../provider/server-says.ts';
import { isCalm, type Stage } from '../stage.ts';
import type { JoinedCall } from './joined-call.ts';

/** What a link needs to be made. */
export interface LinkOptions {
  readonly stage: Stage;
  readonly epoch: number;
  readonly provider: string;
  readonly agent: string;
  readonly habits: ServerHabits;
  readonly nextWord: () => string;
  /** The call that it joins. */
  readonly call: JoinedCall | undefined;
}

/** A message on its way to the session. */
interface Message {
  readonly event: SessionEvent;
  readonly deliver: () => void;
}

/** An item that the session was told of before a response that had begun without it. */
export interface Misorder {
  readonly responseId: string;
  readonly itemId: string;
}

/** One connection: the server at its far end and the network between, with its delays and its faults. */
export class Link {
  readonly epoch: number;
  readonly provider: string;
  readonly agent: string;
  readonly server: ServerModel;
  readonly openedAtMs: number;
  phase: 'dialling' | 'open' | 'closing' | 'closed' = 'dialling';
  hearing: 'sound' | 'mute' | 'half_open' = 'sound';
  /** Items that were told before or behind one of their neighbours. */
  readonly swappedItems: string[] = [];
  readonly misorders: Misorder[] = [];
  #downMs = 0;
  #upMs = 0;
  #errors = 0;
  #heldBack: Message | undefined;
  readonly #stage: Stage;
  readonly #random: Prng;
  readonly #latencyMs: number;
  readonly #call: JoinedCall | undefined;

  constructor(options: LinkOptions) {
    const { stage, epoch, provider, agent, habits, nextWord, call } = options;
    this.#call = call;
    this.epoch = epoch;
    this.provider = provider;
    this.agent = agent;
    this.openedAtMs = stage.queue.nowMs;
    this.#stage = stage;
    this.#random = stage.random.fork(`link${epoch}`);
    this.#latencyMs = likelihood(stage.profile, 'latency', 40, 200) + this.#random.int(1, 15);
    this.server =
      call?.server ??
      new ServerModel({
        stage,
        epoch,
        random: stage.random.fork(`server${epoch}`),
        habits,
        emit: (event) => this.#emit(event),
        emitAudio: (at, byteLength) => this.#emitAudio(at, byteLength),
        nextWord,
      });
  }

  accept(): void {
    if (this.phase !== 'dialling') return;
    this.phase = 'open';
    this.#tell({ type: 'transport.opened', epoch: this.epoch });
    if (this.#call === undefined) this.server.begin();
    else this.#call.join(this);
  }

  /** The session sends an event. */
  send(event: ClientEvent): void {
    this.#up(() => this.server.receive(event));
  }

  /** The source sends sound. */
  sendAudio(audio: HeardAudio): void {
    this.#up(() => this.server.hear(audio));
  }

  /** The session closes the connection; what the server had sent still arrives, and then the close. */
  closeByClient(code: number, reason: string): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    const stray = this.phase === 'open';
    this.phase = 'closing';
    this.#leaveServer();
    const late = stray ? this.#latencyMs : 0;
    this.#stage.queue.after(late + 1, () => this.#finish(code, reason));
  }

  /** The connection ends without the session's doing: what is under way is lost. */
  breakOff(code: number, reason: string, details: { status?: number; retryAfterMs?: number } = {}): void {
    if (this.phase === 'closed' || this.phase === 'closing') return;
    this.phase = 'closed';
    this.#leaveServer();
    this.#stage.dispatch({
      type: 'transport.closed',
      epoch: this.epoch,
      code,
      reason,
      cause: code === 1006 ? 'socket hang up' : undefined,
      ...details,
    });
  }

  /** Ends with the process that held it. */
  vanish(): void {
    this.phase = 'closed';
    this.#leaveServer();
  }

  /** The server says something that is no part of its conversation. */
  say(event: ServerEvent): void {
    this.#emit(event);
  }

  /** The server waits no more for the outputs of some calls. */
  withdrawCalls(random: Prng): void {
    const callIds = this.server.openCalls.filter(() => random.chance(0.5));
    if (callIds.length > 0) this.#tell({ type: 'server.calls_withdrawn', epoch: this.epoch, callIds });
  }

  /** Nothing more comes over it; a call goes on without it. */
  #leaveServer(): void {
    if (this.#call === undefined) this.server.end();
    else this.#call.leave(this);
  }

  #finish(code: number, reason: string): void {
    if (this.phase !== 'closing') return;
    this.phase = 'closed';
    this.#stage.dispatch({ type: 'transport.closed', epoch: this.epoch, code, reason, cause: undefined });
  }

  #up(arrive: () => void): void {
    if (this.phase !== 'open') return;
    const { queue } = this.#stage;
    this.#upMs = Math.max(this.#upMs, queue.nowMs + this.#delay());
    const { hearing } = this;
    queue.at(this.#upMs, () => {
      if (this.phase === 'open' && hearing !== 'half_open' && this.hearing !== 'half_open') arrive();
    });
  }

  #emit(said: ServerEvent): void {
    this.#disturb();
    // Nothing else in an error tells one that is said twice from two.
    const event = said.type === 'error' ? { ...said, event_id: `event_${++this.#errors}` } : said;
    this.#tell({ type: 'server.event', epoch: this.epoch, event });
    const solid = event.type.startsWith('session.') || event.type.endsWith('.delta');
    if (!solid && this.#happens('duplicates', 0.02, 0.08)) {
      this.#tell({ type: 'server.event', epoch: this.epoch, event });
    }
  }

  #emitAudio(at: Omit<PartPlace, 'outputIndex'>, byteLength: number): void {
    const { epoch } = this;
    const { responseId, itemId, contentIndex } = at;
    this.#tell({ type: 'server.audio', epoch, responseId, itemId, contentIndex, byteLength });
  }

  /** Things that no server should say. */
  #disturb(): void {
    if (!this.#happens('malformed', 0.01, 0.05)) return;
    const { epoch } = this;
    const raw = { type: 'surprise.event' };
    this.#tell(
      this.#random.chance(0.5)
        ? { type: 'server.invalid', epoch, reason: 'not a JSON object' }
        : { type: 'server.event', epoch, event: { type: 'unknown', rawType: 'surprise.event', raw } },
    );
  }

  #tell(event: SessionEvent): void {
    if (this.hearing !== 'sound') return;
    const { queue } = this.#stage;
    this.#downMs = Math.max(this.#downMs, queue.nowMs + this.#delay());
    const deliver = () => {
      if (this.phase !== 'closed' && this.hearing === 'sound') this.#stage.dispatch(event);
    };
    queue.at(this.#downMs, () => this.#arrive({ event, deliver }));
  }

  /** Two messages in a row may change places, sound and the session's own apart. */
  #arrive(message: Message): void {
    const held = this.#heldBack;
    this.#heldBack = undefined;
    const { event } = message;
    const movable = event.type === 'server.event' && isMovable(event.event.type);
    if (held === undefined) {
      if (movable && this.#happens('reorders', 0.01, 0.05)) this.#holdBack(message);
      else message.deliver();
    } else if (movable) {
      this.#noteMisorder(held.event, event);
      message.deliver();
      held.deliver();
    } else {
      held.deliver();
      message.deliver();
    }
  }

  #holdBack(message: Message): void {
    this.#heldBack = message;
    this.#stage.queue.after(20, () => {
      if (this.#heldBack !== message) return;
      this.#heldBack = undefined;
      message.deliver();
    });
  }

  #noteMisorder(late: SessionEvent, early: SessionEvent): void {
    if (late.type !== 'server.event' || early.type !== 'server.event') return;
    const [lateItem, earlyItem] = [addedItem(late.event), addedItem(early.event)];
    if (lateItem !== undefined && earlyItem !== undefined) this.swappedItems.push(lateItem, earlyItem);
    if (late.event.type !== 'response.created') return;
    if (early.event.type !== 'conversation.item.added' && early.event.type !== 'conversation.item.created')
      return;
    this.misorders.push({ responseId: late.event.response.id, itemId: early.event.item.id });
  }

  #happens(feature: 'duplicates' | 'malformed' | 'reorders', low: number, high: number): boolean {
    return !isCalm(this.#stage) && this.#random.chance(likelihood(this.#stage.profile, feature, low, high));
  }

  #delay(): number {
    return this.#latencyMs * (0.5 + this.#random.next());
  }
}

function isMovable(type: string): boolean {
  return !type.startsWith('session.') && !type.endsWith('.delta') && type !== 'response.output_audio.done';
}

/** The item that an event tells to be in the conversation. */
function addedItem(event: ServerEvent | UnknownServerEvent): string | undefined {
  const isAdded = event.type === 'conversation.item.added' || event.type === 'conversation.item.created';
  return isAdded ? event.item.id : undefined;
}
