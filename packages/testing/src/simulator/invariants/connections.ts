import type { ClientEvent, SessionEvent, SessionState } from '@antiphon/core';
import type { ConnectionView } from '../ledger-connections.ts';
import type { ModelItem } from '../provider/model-conversation.ts';
import type { World } from '../world.ts';
import type { Fail, Invariant } from './invariant.ts';
import { isOnCall } from './on-call.ts';

const fatalCodes: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1015, 3000, 4001, 4003, 4401, 4403]);
const fatalStatus: ReadonlySet<number> = new Set([401, 403, 404]);

/** Only one connection is spoken to, and only after it agreed. */
const speakToOne: Invariant = {
  id: 'I13b',
  says: 'nothing is sent on an old connection, nor before session.updated',
  watch(world, fail) {
    let elsewhere: number | undefined;
    // A call that is joined again has its settings: what it is told comes behind those of now.
    const mayBeTold = (view: ConnectionView | undefined, { successor }: SessionState) => {
      const isRejoined = view?.inUse === true || ('why' in successor && successor.why !== 'start');
      return (
        view?.phase === 'agreed' ||
        (isOnCall(world) && isRejoined && view?.sent[0]?.type === 'session.update')
      );
    };
    return {
      effects: ['source.route', 'transport.send'],
      onEffect(effect, { before }) {
        if (effect.type === 'source.route' && !mayBeTold(world.ledger.connections.get(effect.epoch), before))
          fail(`sound is routed to connection ${effect.epoch}, which has not agreed`);
        if (effect.type !== 'transport.send') return;
        const view = world.ledger.connections.get(effect.epoch);
        if (view === undefined || view.phase === 'gone')
          return fail(`${effect.event.type} is sent on connection ${effect.epoch}, which is gone`);
        if (effect.event.type === 'session.update') return;
        if (!mayBeTold(view, before)) fail(`${effect.event.type} is sent before session.updated`);
        if (effect.epoch !== world.ledger.current.epoch) elsewhere = effect.epoch;
      },
      steps: ['source.route', 'transport.send'],
      onStep() {
        if (elsewhere !== undefined && elsewhere !== world.ledger.current.epoch)
          fail(`connection ${elsewhere} is spoken to and is not in use`);
        elsewhere = undefined;
      },
    };
  },
};

/** The user's sound goes to the connection in use, and nowhere else. */
const soundGoesToOne: Invariant = {
  id: 'I13c',
  says: "the user's sound goes to a connection that is in use",
  watch(world, fail) {
    return {
      steps: [
        'source.route',
        'source.detach',
        'transport.open',
        'transport.close',
        'transport.closed',
        'session.resume',
      ],
      reads: ['connection', 'lifecycle'],
      onStep({ state }) {
        const { route } = world.source;
        if (route === undefined || state.lifecycle.kind === 'closed') return;
        if (!world.ledger.isLive(route)) fail(`the user's sound goes to connection ${route}, which is gone`);
        const { connection } = state;
        if (connection.kind !== 'ready' || connection.epoch !== route)
          fail(`the user's sound goes to connection ${route}, which is not in use`);
      },
    };
  },
};

interface Outage {
  readonly dials: Map<string, number>;
  failedAtMs: number;
  failedProvider: string | undefined;
  retryAfterMs: number;
}

const anotherCauses: ReadonlySet<SessionEvent['type']> = new Set([
  'session.resume',
  'session.reseat',
  'agent.handoff',
  'server.leaving',
  'agents.revised',
  'variables.set',
]);

/** Something other than a failure that makes the session dial. */
function isAnotherCause(event: SessionEvent): boolean {
  if (event.type === 'timer.fired') return event.timer.startsWith('rollover:') || event.timer === 'healthy';
  return anotherCauses.has(event.type);
}

/** Dials keep their distance, come to an end, and are not made where they cannot succeed. */
const dialling: Invariant = {
  id: 'I11',
  says: 'no dial after a fatal close; between dials the back-off; no more of them than allowed',
  watch(world, fail) {
    const { reconnect } = world.stage.settings;
    const refused = new Set<string>();
    const outage: Outage = { dials: new Map(), failedAtMs: 0, failedProvider: undefined, retryAfterMs: 0 };
    return {
      onEvent({ event }) {
        if (world.ledger.stale) return;
        const nowMs = world.stage.queue.nowMs;
        if (event.type === 'server.event' && event.event.type === 'session.updated') {
          outage.dials.clear();
          outage.failedProvider = undefined;
        }
        if (isAnotherCause(event)) {
          outage.failedProvider = undefined;
          outage.dials.clear();
          refused.clear();
        }
        if (event.type !== 'transport.closed') return;
        const provider = world.ledger.connections.get(event.epoch)?.provider;
        // Another outage is another reason to try.
        if (event.epoch === world.ledger.current.epoch) {
          refused.clear();
          outage.dials.clear();
        }
        // A pause that is under way already is not begun anew.
        if (world.timers.get('backoff')?.run === undefined) {
          outage.failedAtMs = nowMs;
          outage.failedProvider = provider;
          outage.retryAfterMs = event.retryAfterMs ?? 0;
        }
        const expired = world.network.faults.some(
          (fault) => fault.epoch === event.epoch && fault.kind === 'expired',
        );
        if (expired) return;
        if (fatalCodes.has(event.code) || fatalStatus.has(event.status ?? 0)) refused.add(provider ?? '');
      },
      effects: ['agent_changed', 'connection_lost', 'source.route', 'transport.close', 'transport.open'],
      onEffect(effect, { event }) {
        const changes = effect.type === 'notify' ? effect.notice.type : undefined;
        if (changes === 'agent_changed' || changes === 'connection_lost') outage.dials.clear();
        if (changes === 'agent_changed') outage.failedProvider = undefined;
        if (changes === 'connection_lost' && event.type !== 'transport.closed') refused.clear();
        if (effect.type === 'source.route') outage.failedProvider = undefined;
        const tooLate = event.type === 'timer.fired' && event.timer === 'connect';
        if (
          effect.type === 'transport.close' &&
          tooLate &&
          world.ledger.connections.get(effect.epoch)?.inUse === false
        ) {
          outage.failedAtMs = world.stage.queue.nowMs;
          outage.failedProvider = world.ledger.connections.get(effect.epoch)?.provider;
          outage.retryAfterMs = 0;
        }
        if (effect.type !== 'transport.open') return;
        const { provider } = effect;
        if (refused.has(provider)) fail(`${provider} is dialled again though it refused for good`);
        const dials = (outage.dials.get(provider) ?? 0) + 1;
        outage.dials.set(provider, dials);
        if (dials > reconnect.attempts) fail(`${provider} is dialled ${dials} times in a row`);
        if (outage.failedProvider !== provider) return;
        const waitedMs = world.stage.queue.nowMs - outage.failedAtMs;
        const leastMs = Math.max(reconnect.minDelayMs, outage.retryAfterMs);
        const mostMs = Math.max(reconnect.maxDelayMs, outage.retryAfterMs);
        outage.failedProvider = undefined;
        if (waitedMs < leastMs - 1)
          fail(`dialled ${waitedMs} ms after a failure, the least is ${leastMs} ms`);
        if (waitedMs > mostMs + 1) fail(`dialled ${waitedMs} ms after a failure, the most is ${mostMs} ms`);
      },
    };
  },
};

/** A new connection is given all of the conversation, in order, before anything else. */
const seeding: Invariant = {
  id: 'I14',
  says: 'a new connection is given the conversation: all of it, in order, calls with their outputs',
  exceptOnCalls: true,
  watch(world, fail) {
    let previous: ConnectionView | undefined;
    return {
      effects: ['source.route'],
      onEffect(effect) {
        if (effect.type !== 'source.route') return;
        const next = world.ledger.connections.get(effect.epoch);
        const replayedFromMs =
          effect.replay === 'open_turn' ? world.source.forgottenMs : Number.POSITIVE_INFINITY;
        if (previous !== undefined && next !== undefined && next.epoch !== previous.epoch)
          checkSeed(world, { previous, next, replayedFromMs }, fail);
        previous = next;
      },
    };
  },
};

/** What went before the session is given to its first connection, and to each that follows. */
const priorIsGiven: Invariant = {
  id: 'I14b',
  says: 'what was said before the session is given to the model first of all, in its order',
  watch(world, fail) {
    const { history, historyItems } = world.stage.settings;
    if (history === undefined || historyItems < 100) return {};
    const wanted = history.flatMap((item) => {
      if (item.kind === 'message') return [item.text];
      if (item.callId !== 'call_prior') return [];
      return [
        item.kind === 'function_call'
          ? `call ${item.callId} ${item.name} ${item.argumentsJson}`
          : `output ${item.callId} ${item.output}`,
      ];
    });
    return {
      effects: ['source.route'],
      onEffect(effect) {
        if (effect.type !== 'source.route') return;
        // What somebody else wrote while it was given stands between it from then on.
        const others = [...world.network.links.values()].flatMap(({ server }) => [
          ...server.textsOfOthers.values(),
        ]);
        const sent = world.ledger.connections.get(effect.epoch)?.sent.flatMap(seedToken) ?? [];
        const given = sent.filter((token) => !others.includes(token));
        if (given.slice(0, wanted.length).join('|') !== wanted.join('|'))
          fail(
            `connection ${effect.epoch} is given ${given.slice(0, wanted.length).join('|')}, not ${wanted.join('|')}`,
          );
        if (given.some((token) => token.includes('call_lost')))
          fail(`connection ${effect.epoch} is given a result without its call`);
      },
    };
  },
};

interface TakeOver {
  readonly previous: ConnectionView;
  readonly next: ConnectionView;
  /** From when on the user's sound is heard again. */
  readonly replayedFromMs: number;
}

function checkSeed(world: World, { previous, next, replayedFromMs }: TakeOver, fail: Fail): void {
  const link = world.network.links.get(previous.epoch);
  const wasMute = world.network.faults.some(
    (fault) => fault.epoch === previous.epoch && fault.kind === 'mute',
  );
  if (link === undefined || wasMute) return;
  const seed = next.sent.flatMap(seedToken);
  const { items } = link.server.conversation;
  if (world.session.state.conversation.forgotten > 0 && world.stage.settings.historyItems < 100) return;
  let lastAt = -1;
  for (const item of items) {
    const expected = isHeardAgain(world, item, replayedFromMs) ? undefined : expectedToken(world, item);
    if (expected === undefined) continue;
    const at = seed.findIndex((token, index) => index > lastAt && holds(token, expected));
    if (at < 0) {
      const misplaced = seed.some((token) => holds(token, expected));
      // Its predecessor was told after it: where it stands was not known then.
      if (misplaced && link.swappedItems.includes(item.id)) continue;
      return fail(
        `connection ${next.epoch} is not given ${item.kind} ${item.id} (${expected})${misplaced ? ' in its place' : ''}`,
      );
    }
    lastAt = item.kind === 'output' ? lastAt : at;
  }
  for (const item of items) {
    const unheard = unheardWord(world, item);
    if (unheard !== undefined && seed.some((token) => token.split(' ').includes(unheard)))
      fail(`connection ${next.epoch} is given ${unheard} of ${item.id}, which nobody heard`);
  }
}

/** Whether the sound of a turn goes to the new connection, so that its item is made anew. */
function isHeardAgain(world: World, item: ModelItem, replayedFromMs: number): boolean {
  if (item.text === '[unintelligible]') return true;
  // It may be given as text here and have been heard over an earlier connection, under another id where servers give their own.
  const words = new Set(item.text.split(' '));
  const isIn = (said: string) => said !== '' && words.has(said.split(' ')[0] ?? '');
  return world.source.utterances.some(
    ({ id, words: said, endMs = Number.POSITIVE_INFINITY }) =>
      endMs > replayedFromMs && (item.utterances.includes(id) || isIn(said)),
  );
}

/** Whether a text has these words, whole and in a row. */
function holds(text: string, words: string): boolean {
  return ` ${text} `.includes(` ${words} `);
}

/** What of a client event the seed is recognised by. */
function seedToken(sent: ClientEvent): string[] {
  if (sent.type !== 'conversation.item.create') return [];
  const { item } = sent;
  if (item.type === 'function_call') return [`call ${item.call_id ?? ''} ${item.name} ${item.arguments}`];
  if (item.type === 'function_call_output') return [`output ${item.call_id} ${item.output}`];
  if (item.type !== 'message') return [];
  return [item.content.map((part) => ('text' in part ? part.text : '')).join(' ')];
}

/** What must be in the seed because of an item of the old conversation; undefined when nothing must. */
function expectedToken(world: World, item: ModelItem): string | undefined {
  const view = world.ledger.items.get(item.id);
  switch (item.kind) {
    case 'user': {
      if (view === undefined) return undefined;
      const text =
        view.transcript === 'known' ? view.text : item.utterances.length === 0 ? item.text : undefined;
      return text === undefined || text.trim() === '' ? undefined : text.split(' ')[0];
    }
    case 'agent': {
      const first = item.parts[0];
      const heard = world.sink.partOf(item.id, 0);
      if (first === undefined || view?.text === undefined || view.responseId === undefined) return undefined;
      // What is written is read at once.
      const isWhole = world.ledger.responses.get(view.responseId)?.status === 'completed';
      if (first.madeMs === 0) return isWhole ? view.text.trim().split(' ')[0] : undefined;
      if (heard === undefined) return undefined;
      if (world.sink.waiting.length > 0) return undefined;
      return isWhole && heard.reportedMs >= first.madeMs - 0.01 ? view.text.trim().split(' ')[0] : undefined;
    }
    case 'call': {
      const call = world.ledger.calls.byId.get(item.callId ?? '');
      if (call?.itemId !== item.id || call.completeAtMs === undefined || call.outputs.size === 0)
        return undefined;
      // One that was cancelled before it was complete is known by its name alone.
      return `call ${call.callId} ${call.name}${call.starts > 0 ? ` ${call.argumentsJson ?? ''}` : ''}`;
    }
    case 'output':
      return view === undefined ? undefined : `output ${item.callId ?? ''} ${item.text}`;
    default:
      return undefined;
  }
}

/** A word of an item of which nothing was heard. */
function unheardWord(world: World, item: ModelItem): string | undefined {
  if (item.kind !== 'agent' || item.parts.every(({ madeMs }) => madeMs === 0)) return undefined;
  const heard = item.parts.some((_, index) => (world.sink.partOf(item.id, index)?.heardMs ?? 0) > 0);
  if (world.sink.waiting.some((part) => part.itemId === item.id)) return undefined;
  return heard ? undefined : /\bw[bcdfghjkmp]+\b/.exec(item.text)?.[0];
}

/** Whether an item was given to a call over several connections. */
function isSentAgain(world: World, event: ClientEvent): boolean {
  const id = event.type === 'conversation.item.create' ? event.item.id : undefined;
  const holds = ({ sent }: ConnectionView) =>
    sent.some((other) => other.type === 'conversation.item.create' && other.item.id === id);
  return id !== undefined && [...world.ledger.connections.values()].filter(holds).length > 1;
}

/** What the session says is understood: no refusal but those that races explain. */
const wellSpoken: Invariant = {
  id: 'W01',
  says: 'the server refuses nothing but what a race explains',
  watch(world, fail) {
    const expected = new Set([
      'conversation_already_has_active_response',
      'response_cancel_not_active',
      'input_audio_buffer_commit_empty',
    ]);
    const isNamed = world.stage.profile.levels.own_names !== 'off';
    const check = () => {
      for (const link of world.network.links.values()) {
        for (const { code, event, why } of link.server.refusals) {
          if (expected.has(code) || why === 'fault' || event.type === 'session.update') continue;
          // An item that the server names itself is not known by its name before it is told.
          if (isNamed && code.endsWith('_item_id')) continue;
          // What it had not confirmed when the connection broke it is given again.
          if (isOnCall(world) && code === 'duplicate_item' && isSentAgain(world, event)) continue;
          fail(`connection ${link.epoch} refuses ${JSON.stringify(event)}: ${code}`);
        }
      }
    };
    return { onQuiet: check, onEnd: check };
  },
};

export const connectionInvariants: readonly Invariant[] = [
  speakToOne,
  soundGoesToOne,
  dialling,
  seeding,
  priorIsGiven,
  wellSpoken,
];
