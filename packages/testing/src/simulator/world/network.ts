import type { ClientEvent } from '@antiphon/core';
import type { Prng } from '../prng.ts';
import { likelihood, type Profile } from '../profile.ts';
import type { HeardAudio } from '../provider/input-buffer.ts';
import type { ModelResponse } from '../provider/model-response.ts';
import type { ServerHabits } from '../provider/server-ports.ts';
import { sayError } from '../provider/server-says.ts';
import { isCalm, type Stage } from '../stage.ts';
import { JoinedCall } from './joined-call.ts';
import { Link } from './link.ts';

/** Something that went wrong with a connection. */
export interface NetworkFault {
  readonly atMs: number;
  readonly epoch: number;
  readonly kind:
    | 'closed'
    | 'refused'
    | 'slow'
    | 'mute'
    | 'half_open'
    | 'fatal'
    | 'expired'
    | 'ended'
    | 'left';
}

const lostCodes = [1006, 1006, 1011, 1013, 1001] as const;
const fatalCodes = [1008, 1002, 1003] as const;
/** Codes that say the same, and are told less often. */
const rareCodes = {
  closed: [1005, 1012, 1014, 3008, 4029, 4429],
  fatal: [1007, 1015, 3000, 4001, 4003, 4401, 4403],
} as const;
const rareShare = 0.3;
/** Longer than any outage may last. */
const endlessMs = 20_000;

/** All connections of a schedule, and what goes wrong with them. */
export class Network {
  readonly links = new Map<number, Link>();
  readonly faults: NetworkFault[] = [];
  /** The call that every connection joins. */
  readonly call: JoinedCall | undefined;
  #words = 0;
  readonly #stage: Stage;
  readonly #random: Prng;
  readonly #habits: ServerHabits;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#random = stage.random.fork('network');
    this.#habits = {
      terse: this.#random.chance(0.6),
      busyTurns: this.#random.pick(['queue', 'refuse']),
      namesErrors: this.#random.pick([1, 1, 0.5, 0]),
      lateAcks: this.#random.chance(0.5),
      ...drawLaterHabits(stage),
    };
    if (stage.settings.callId !== undefined)
      this.call = new JoinedCall({ stage, habits: this.#habits, nextWord: () => this.#nextWord() });
  }

  open(epoch: number, provider: string, agent: string): void {
    const stage = this.#stage;
    const nextWord = () => this.#nextWord();
    const { call } = this;
    const link = new Link({ stage, epoch, provider, agent, habits: this.#habits, nextWord, call });
    this.links.set(epoch, link);
    if (call?.overAtMs !== undefined) return this.#refuseAs(link, 404);
    if (this.#happens('refused_dials', 0.2, 0.5)) return this.#refuse(link);
    if (this.#happens('slow_dials', 0.15, 0.4)) {
      this.#note(link, 'slow');
      stage.queue.after(this.#random.int(1_500, 9_000), () => this.#accept(link));
    } else {
      stage.queue.after(this.#random.int(5, 250), () => this.#accept(link));
    }
  }

  send(epoch: number, event: ClientEvent): void {
    this.links.get(epoch)?.send(event);
  }

  sendAudio(epoch: number, audio: HeardAudio): void {
    this.links.get(epoch)?.sendAudio(audio);
  }

  close(epoch: number, code: number, reason: string): void {
    this.links.get(epoch)?.closeByClient(code, reason);
  }

  #nextWord(): string {
    return wordOf(++this.#words);
  }

  /** What a response was told to say, if it was. */
  sayOf(responseId: string): string | undefined {
    return this.responseOf(responseId)?.say;
  }

  /** Whether the server has refused an event that was sent. */
  isRefused(eventId: string): boolean {
    return [...this.links.values()].some(({ server }) =>
      server.refusals.some(({ event }) => event.event_id === eventId),
    );
  }

  /** Whether the server does not say at the beginning of a response which text it was told to say. */
  isUnnamed(responseId: string): boolean {
    return !this.#habits.repeatsMetadata || this.responseOf(responseId)?.manner.beginning !== 'told';
  }

  /** Whether a response began so late that another may have been asked for. */
  isLate(responseId: string): boolean {
    return (this.responseOf(responseId)?.manner.lateMs ?? 0) > 0;
  }

  /** The response as its server has it. */
  responseOf(responseId: string): ModelResponse | undefined {
    for (const link of this.links.values()) {
      const response = link.server.responses.find(({ id }) => id === responseId);
      if (response !== undefined) return response;
    }
    return undefined;
  }

  /** The responses that asked the user for a call. */
  questionsAbout(callId: string): readonly ModelResponse[] {
    return [...this.links.values()].flatMap(({ server }) =>
      server.responses.filter(({ question }) => question?.callId === callId),
    );
  }

  /** The process is gone, and its connections with it. */
  vanish(): void {
    for (const link of this.links.values()) link.vanish();
  }

  get openLinks(): readonly Link[] {
    return [...this.links.values()].filter((link) => link.phase === 'open' || link.phase === 'dialling');
  }

  #refuse(link: Link): void {
    const fatal = this.#happens('fatal_closes', 0.05, 0.15);
    this.#note(link, fatal ? 'fatal' : 'refused');
    const status = fatal ? this.#random.pick([401, 403, 404]) : this.#random.pick([429, 500, 503]);
    this.#refuseAs(link, status);
  }

  #refuseAs(link: Link, status: number): void {
    const retryAfterMs = status === 429 ? this.#patienceOf(link, this.#random.int(100, 2_500)) : undefined;
    this.#stage.queue.after(this.#random.int(5, 400), () => {
      link.breakOff(1006, `unexpected status ${status}`, {
        status,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
    });
  }

  /** How long a server that is busy wants to be left alone: for as long as it says, or longer than anybody can wait. */
  #patienceOf({ epoch }: Link, commonMs: number): number {
    return this.#random.fork(`patience ${epoch}`).chance(0.06) ? endlessMs : commonMs;
  }

  #accept(link: Link): void {
    if (link.phase !== 'dialling') return;
    if (this.call?.overAtMs !== undefined) return this.#refuseAs(link, 404);
    link.accept();
    this.#planExpiry(link);
    this.#planFault(link);
    this.#planBrokenText(link);
    this.#planLeaving(link);
    this.#planKeys(link);
    this.#planOutside(link);
  }

  /** A server that is about to go says so, and perhaps when. */
  #planLeaving(link: Link): void {
    const random = this.#random.fork(`leaving${link.epoch}`);
    if (!random.chance(likelihood(this.#stage.profile, 'leaving', 0.15, 0.5))) return;
    const { queue } = this.#stage;
    queue.after(random.int(500, 12_000), () => {
      if (isCalm(this.#stage) || link.phase !== 'open' || link.hearing !== 'sound') return;
      const leftMs = random.chance(0.5) ? random.int(1_500, 8_000) : undefined;
      this.#stage.dispatch({ type: 'server.leaving', epoch: link.epoch, leftMs });
      if (leftMs === undefined) return;
      queue.after(leftMs, () => {
        if (link.phase !== 'open') return;
        this.#note(link, 'left');
        link.breakOff(1001, 'going away');
      });
    });
  }

  /** Somebody presses a key of a telephone. */
  #planKeys(link: Link): void {
    const random = this.#random.fork(`keys${link.epoch}`);
    if (!random.chance(likelihood(this.#stage.profile, 'dialects', 0.3, 0.6))) return;
    this.#stage.queue.after(random.int(200, 9_000), () => {
      if (isCalm(this.#stage) || link.phase !== 'open') return;
      link.say({ type: 'input_audio_buffer.dtmf_event_received', event: String(random.int(0, 9)) });
    });
  }

  /** A server takes back calls that it has made, or somebody else writes to the conversation, now and then. */
  #planOutside(link: Link): void {
    const random = this.#random.fork(`outside${link.epoch}`);
    const { profile, queue } = this.#stage;
    const recur = (share: number, act: () => void) => {
      if (!random.chance(share)) return;
      queue.after(random.int(200, 3_000), () => {
        if (isCalm(this.#stage) || link.phase !== 'open') return;
        act();
        recur(1, act);
      });
    };
    recur(likelihood(profile, 'withdrawn_calls', 0.5, 1), () => link.withdrawCalls(random));
    const writes = likelihood(profile, 'foreign_texts', 0.5, 1);
    recur(writes, () => link.server.beWrittenTo());
    recur(writes * likelihood(profile, 'foreign_deletions', 0.5, 1), () => link.server.beTakenFrom());
  }

  #planExpiry(link: Link): void {
    const limitMs = this.#stage.settings.providers.find(({ name }) => name === link.provider)?.sessionLimitMs;
    if (limitMs === undefined) return;
    this.#stage.queue.after(limitMs, () => {
      if (link.phase !== 'open') return;
      this.#note(link, 'expired');
      link.say(sayError('session_expired', 'Your session hit the maximum duration.', null));
      this.#stage.queue.after(60, () => link.breakOff(1001, 'session expired'));
    });
  }

  #planFault(link: Link): void {
    const delayMs = this.#random.int(50, 20_000);
    const { profile } = this.#stage;
    const weights = [
      ['closed', likelihood(profile, 'breaks', 0.3, 0.8)],
      ['mute', likelihood(profile, 'mute', 0.1, 0.3)],
      ['half_open', likelihood(profile, 'half_open', 0.1, 0.3)],
      ['fatal', likelihood(profile, 'fatal_closes', 0.04, 0.12)],
      ['ended', likelihood(profile, 'fatal_closes', 0.03, 0.08)],
    ] as const;
    let draw =
      this.#random.next() *
      Math.max(
        1,
        weights.reduce((sum, [, weight]) => sum + weight, 0),
      );
    for (const [kind, weight] of weights) {
      draw -= weight;
      if (draw >= 0) continue;
      this.#stage.queue.after(delayMs, () => {
        if (!isCalm(this.#stage) && link.phase === 'open') this.#strike(link, kind);
      });
      return;
    }
  }

  /** Texts are short: what breaks off in the middle of one is lost at that moment, and not by chance. */
  #planBrokenText(link: Link): void {
    const random = this.#random.fork(`broken text ${link.epoch}`);
    const { profile, queue } = this.#stage;
    if (!random.chance(likelihood(profile, 'broken_texts', 0.25, 0.5))) return;
    const look = () => {
      if (isCalm(this.#stage) || link.phase !== 'open') return;
      if (link.server.isInText && random.chance(0.4)) this.#strike(link, 'closed');
      else queue.after(random.int(20, 100), look);
    };
    queue.after(random.int(20, 100), look);
  }

  #strike(link: Link, kind: 'closed' | 'mute' | 'half_open' | 'fatal' | 'ended'): void {
    this.#note(link, kind);
    const { queue } = this.#stage;
    switch (kind) {
      case 'closed':
        return link.breakOff(this.#codeOf(link, kind, this.#random.pick(lostCodes)), 'gone');
      case 'mute':
        link.hearing = 'mute';
        if (this.#random.chance(0.5)) queue.after(this.#random.int(1_000, 6_000), () => unmute(link));
        return;
      case 'half_open':
        link.hearing = 'half_open';
        queue.after(this.#random.int(3_000, 9_000), () => link.breakOff(1006, 'no pong'));
        return;
      case 'ended':
        return this.call === undefined ? link.breakOff(1000, 'the server is done') : this.call.end();
      case 'fatal':
        if (this.#random.chance(0.5))
          link.say(sayError('insufficient_quota', 'You exceeded your quota.', null));
        queue.after(300, () =>
          link.breakOff(this.#codeOf(link, kind, this.#random.pick(fatalCodes)), 'not allowed'),
        );
        return;
    }
  }

  /** The close code of a fault: a common one, or one of those that mean the same. */
  #codeOf({ epoch }: Link, kind: 'closed' | 'fatal', common: number): number {
    const random = this.#random.fork(`close code ${epoch}`);
    return random.chance(rareShare) ? random.pick<number>(rareCodes[kind]) : common;
  }

  #note(link: Link, kind: NetworkFault['kind']): void {
    this.faults.push({ atMs: this.#stage.queue.nowMs, epoch: link.epoch, kind });
  }

  #happens(feature: 'refused_dials' | 'slow_dials' | 'fatal_closes', low: number, high: number): boolean {
    return !isCalm(this.#stage) && this.#random.chance(likelihood(this.#stage.profile, feature, low, high));
  }
}

/** What tells servers apart besides; drawn apart. */
function drawLaterHabits({
  random,
  profile,
}: Stage): Pick<ServerHabits, 'itemized' | 'transcription' | 'itemEvent' | 'names' | 'repeatsMetadata'> {
  const later = random.fork('habits');
  const isBilled = profile.levels.costs !== 'off';
  return {
    itemized: isBilled && later.chance(0.7),
    transcription: isBilled ? later.pick(['untold', 'tokens', 'seconds']) : 'untold',
    itemEvent: later.chance(likelihood(profile, 'dialects', 0.3, 0.6))
      ? 'conversation.item.created'
      : 'conversation.item.added',
    names: namesIn(profile),
    repeatsMetadata: !random.fork('metadata').chance(likelihood(profile, 'forgetful', 0.5, 1)),
  };
}

function namesIn({ levels }: Profile): ServerHabits['names'] {
  // Where an item is told late or not at all nobody knows whose it is.
  const isOrderly = levels.reorders === 'off' && levels.mute === 'off';
  if (levels.own_names === 'off' || !isOrderly) return 'client';
  return levels.own_names === 'low' ? 'server' : 'long';
}

/** A server that was mute goes on; what it meant to say meanwhile is lost. */
function unmute(link: Link): void {
  if (link.hearing === 'mute') link.hearing = 'sound';
}

/** What the model says when it says nothing in particular: a word of its own each time. A number in it would be one that a question does not have. */
function wordOf(count: number): string {
  return `w${String(count).replaceAll(/\d/g, (digit) => 'bcdfghjkmp'[Number(digit)] ?? '')}`;
}
