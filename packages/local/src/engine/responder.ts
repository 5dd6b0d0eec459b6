import type { Brain, BrainContext, BrainTurn, Synthesizer } from '../stages.ts';
import type { Conversation } from './conversation.ts';
import { asksForKey, type ResponsePlan } from './response-plan.ts';
import { type EventSink, ResponseWriter } from './response-writer.ts';
import { runPlan } from './turn-pipeline.ts';
import { type WireError, wireErrors } from './wire-errors.ts';
import type { ResponseOutcome } from './wire-objects.ts';

export interface ResponderOptions {
  readonly conversation: Conversation;
  readonly sink: EventSink;
  readonly nextId: (prefix: string) => string;
  readonly now: () => Date;
  readonly createBrain: () => Promise<Brain>;
  readonly synthesizer: () => Promise<Synthesizer>;
  readonly handlers: ResponderHandlers;
}

export interface ResponderHandlers {
  /** The conversation has no active response any more. */
  onFree(): void;
  /** A response failed through a stage. */
  onFailure(error: unknown): void;
}

interface Running {
  readonly plan: ResponsePlan;
  readonly writer: ResponseWriter;
  readonly abort: AbortController;
}

type Slot = { readonly kind: 'idle' } | { readonly kind: 'active'; readonly running: Running };

/**
 * Makes the responses of a connection: at most one at a time that writes to the conversation, any number outside it.
 * The brain of the conversation is asked one thing at a time; a response outside the conversation has its own.
 */
export class Responder {
  readonly #options: ResponderOptions;
  readonly #outside = new Map<string, Running>();
  #slot: Slot = { kind: 'idle' };
  #brain: Promise<Brain> | undefined;
  #lastThought: Promise<unknown> = Promise.resolve();

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** The id of the response that is writing to the conversation. */
  get activeId(): string | undefined {
    return this.#slot.kind === 'active' ? this.#slot.running.writer.id : undefined;
  }

  /** Starts a response, or says why not. */
  start(plan: ResponsePlan): WireError | undefined {
    const isOutside = plan.head.conversationId === null;
    if (!isOutside && this.#slot.kind === 'active')
      return wireErrors.activeResponse(this.#slot.running.writer.id);
    const { conversation, sink, nextId } = this.#options;
    const asksFor = plan.head.metadata?.[asksForKey];
    if (asksFor !== undefined && !isOutside) conversation.noteQuestion(asksFor);
    const writer = new ResponseWriter({
      head: { ...plan.head, id: nextId('resp') },
      sink,
      conversation: isOutside ? undefined : conversation,
      nextId,
    });
    const running: Running = { plan, writer, abort: new AbortController() };
    if (isOutside) this.#outside.set(writer.id, running);
    else this.#slot = { kind: 'active', running };
    writer.start();
    void this.#run(running);
    return undefined;
  }

  /** Cancels one response, by default that of the conversation, or says that there is none. */
  cancel(responseId?: string): WireError | undefined {
    const active = this.#slot.kind === 'active' ? this.#slot.running : undefined;
    const running =
      responseId === undefined || responseId === active?.writer.id ? active : this.#outside.get(responseId);
    if (running === undefined) return wireErrors.nothingToCancel();
    const { task } = running.plan;
    // What the client does not want answered is not brought up again with the next turn.
    if (task.kind === 'answer') this.#options.conversation.markAnswered(task.itemIds);
    this.#end(running, { status: 'cancelled', reason: 'client_cancelled' });
    return undefined;
  }

  /** The user cut in: cancels the response of the conversation, if there is one. */
  interrupt(): void {
    if (this.#slot.kind === 'active') {
      this.#end(this.#slot.running, { status: 'cancelled', reason: 'turn_detected' });
    }
  }

  /** Stops everything without a word. */
  close(): void {
    const active = this.#slot.kind === 'active' ? [this.#slot.running] : [];
    for (const running of [...active, ...this.#outside.values()]) running.abort.abort();
    this.#slot = { kind: 'idle' };
    this.#outside.clear();
  }

  async #run(running: Running): Promise<void> {
    const { plan, writer, abort } = running;
    const { conversation, synthesizer, now } = this.#options;
    const ports = {
      think: (turn: BrainTurn, context: BrainContext) => this.#think(plan, turn, context),
      synthesizer,
      now,
      onAnswer: (itemIds: ReadonlySet<string>) => {
        if (plan.head.conversationId !== null) conversation.markAnswered(itemIds);
      },
    };
    try {
      this.#end(running, await runPlan(plan, writer, ports, abort.signal));
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#options.handlers.onFailure(error);
      this.#end(running, { status: 'failed', message: 'The engine could not make this response.' });
    }
  }

  async #think(plan: ResponsePlan, turn: BrainTurn, context: BrainContext): ReturnType<Brain['respond']> {
    if (plan.head.conversationId === null) return (await this.#options.createBrain()).respond(turn, context);
    const thought = this.#lastThought.then(async () => {
      context.signal?.throwIfAborted();
      this.#brain ??= this.#options.createBrain();
      return (await this.#brain).respond(turn, context);
    });
    this.#lastThought = thought.catch(() => undefined);
    return thought;
  }

  #end(running: Running, outcome: ResponseOutcome): void {
    if (running.writer.isDone || running.abort.signal.aborted) return;
    running.abort.abort();
    running.writer.finish(outcome);
    if (this.#outside.delete(running.writer.id)) return;
    this.#slot = { kind: 'idle' };
    this.#options.handlers.onFree();
  }
}
