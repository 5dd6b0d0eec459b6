import type { DeviceEvent } from '@antiphon/audio/node';
import type { AgentActivity, JsonValue, SessionNotice, ToolCallStatus } from '@antiphon/core';

/**
 * What becomes of what the microphone hears: `open` it is sent; `muted` by the user; `gated` because it would hear the
 * speaker; `missing` there is none.
 */
export type MicrophoneState = 'open' | 'muted' | 'gated' | 'missing';

/** What happens in a talk, besides the notices of the session. */
export type TalkEvent =
  | { readonly type: 'notice'; readonly notice: SessionNotice; readonly atMs: number }
  | { readonly type: 'device'; readonly event: DeviceEvent }
  | { readonly type: 'started'; readonly id: string; readonly agent: string; readonly provider: string }
  | { readonly type: 'microphone'; readonly state: MicrophoneState }
  /** How loud it was since the last time: peaks in dBFS. */
  | {
      readonly type: 'levels';
      readonly inputDbfs: number;
      readonly outputDbfs: number;
      readonly atMs: number;
    }
  /** How much of an item was played, of what has come of it. */
  | { readonly type: 'played'; readonly itemId: string; readonly share: number }
  | { readonly type: 'note'; readonly text: string };

/** What stays on the screen. */
export type TalkEntry =
  | { readonly kind: 'session'; readonly id: string; readonly agent: string; readonly provider: string }
  | { readonly kind: 'you'; readonly text: string }
  | { readonly kind: 'agent'; readonly heard: string; readonly unheard: string }
  | {
      readonly kind: 'tool';
      readonly name: string;
      readonly input: JsonValue;
      readonly output: JsonValue;
      readonly status: ToolCallStatus;
      readonly ms: number;
    }
  | { readonly kind: 'handoff'; readonly from: string; readonly to: string }
  | { readonly kind: 'note'; readonly text: string };

/** Something that the agent says or has said. */
interface SpokenItem {
  readonly text: string;
  /** Whether its sound has begun to come. */
  readonly sound: 'none' | 'begun';
  /** Of what came of its sound: what was played. */
  readonly share: number;
}

/** A tool that runs. */
export interface RunningTool {
  readonly callId: string;
  readonly name: string;
  readonly sinceMs: number;
}

/** What a talk looks like at a moment. */
export interface TalkState {
  readonly activity: AgentActivity;
  readonly user: 'silent' | 'speaking';
  readonly microphone: MicrophoneState;
  readonly inputDbfs: number;
  readonly outputDbfs: number;
  /** What the agent says and has not said to its end, by item, the oldest first. */
  readonly items: ReadonlyMap<string, SpokenItem>;
  readonly tools: readonly RunningTool[];
  readonly nowMs: number;
}

export const silentTalk: TalkState = {
  activity: 'listening',
  user: 'silent',
  microphone: 'open',
  inputDbfs: Number.NEGATIVE_INFINITY,
  outputDbfs: Number.NEGATIVE_INFINITY,
  items: new Map(),
  tools: [],
  nowMs: 0,
};

/** Meters fall by this much a time that levels are told, so that a peak can be seen. */
const fallDb = 4;

/** What is to be seen after an event, and what of it stays. Pure. */
export function advanceTalk(
  state: TalkState,
  event: TalkEvent,
): readonly [state: TalkState, entries: readonly TalkEntry[]] {
  switch (event.type) {
    case 'started': {
      const { id, agent, provider } = event;
      return [state, [{ kind: 'session', id, agent, provider }]];
    }
    case 'note':
      return [state, [{ kind: 'note', text: event.text }]];
    case 'microphone':
      return [{ ...state, microphone: event.state }, []];
    case 'levels': {
      const { inputDbfs, outputDbfs, atMs } = event;
      const levels = {
        inputDbfs: Math.max(inputDbfs, state.inputDbfs - fallDb),
        outputDbfs: Math.max(outputDbfs, state.outputDbfs - fallDb),
      };
      return [{ ...state, ...levels, nowMs: atMs }, []];
    }
    case 'played': {
      const item = state.items.get(event.itemId);
      if (item === undefined) return [state, []];
      return [withItem(state, event.itemId, { ...item, share: event.share }), []];
    }
    case 'device':
      return [state, deviceEntries(event.event)];
    case 'notice':
      return advanceByNotice({ ...state, nowMs: event.atMs }, event.notice);
  }
}

function advanceByNotice(
  state: TalkState,
  notice: SessionNotice,
): readonly [state: TalkState, entries: readonly TalkEntry[]] {
  switch (notice.type) {
    case 'activity':
      return [{ ...state, activity: notice.activity }, []];
    case 'speech_started':
      return [{ ...state, user: 'speaking' }, []];
    case 'speech_stopped':
    case 'user_turn':
      return [{ ...state, user: 'silent' }, []];
    case 'transcript':
      return transcript(state, notice);
    case 'audio_started':
      return [withItem(state, notice.itemId, { ...itemOf(state, notice.itemId), sound: 'begun' }), []];
    case 'audio_done':
      return [
        withoutItem(state, notice.itemId),
        [{ kind: 'agent', heard: notice.heardText, unheard: notice.unheardText }],
      ];
    case 'response_done':
      return silentItems(state, notice.status === 'cancelled' ? 'unheard' : 'heard');
    case 'tool_started': {
      const { callId, name } = notice;
      return [{ ...state, tools: [...state.tools, { callId, name, sinceMs: state.nowMs }] }, []];
    }
    case 'tool_settled': {
      const { outcome, callId, name } = notice;
      const tools = state.tools.filter((tool) => tool.callId !== callId);
      const { arguments: input, output, status, elapsedMs } = outcome;
      return [
        { ...state, tools },
        [{ kind: 'tool', name, input, output, status, ms: Math.round(elapsedMs) }],
      ];
    }
    case 'agent_changed':
      return [state, [{ kind: 'handoff', from: notice.from, to: notice.agent }]];
    default:
      return [state, noteOf(notice)];
  }
}

function transcript(
  state: TalkState,
  { role, itemId, text, final }: Extract<SessionNotice, { type: 'transcript' }>,
): readonly [TalkState, readonly TalkEntry[]] {
  if (role === 'user') return [state, final ? [{ kind: 'you', text: text.trim() }] : []];
  const item = itemOf(state, itemId);
  // A text that comes when all of its sound was played is told by the end of that.
  if (final && !state.items.has(itemId)) return [state, []];
  return [withItem(state, itemId, { ...item, text: final ? text : item.text + text }), []];
}

/** Items of a response that is over and never made a sound: written, or cut before their first. */
function silentItems(state: TalkState, as: 'heard' | 'unheard'): readonly [TalkState, readonly TalkEntry[]] {
  const silent = [...state.items].filter(([, { sound }]) => sound === 'none');
  const next = silent.reduce((before, [itemId]) => withoutItem(before, itemId), state);
  const texts = silent.map(([, { text }]) => text).filter((text) => text !== '');
  return [
    next,
    texts.map((text) => ({
      kind: 'agent',
      heard: as === 'heard' ? text : '',
      unheard: as === 'heard' ? '' : text,
    })),
  ];
}

function deviceEntries(event: DeviceEvent): readonly TalkEntry[] {
  const what = event.kind === 'input' ? 'microphone' : 'speaker';
  const note = (text: string): readonly TalkEntry[] => [{ kind: 'note', text }];
  switch (event.type) {
    case 'device_opened': {
      const instead = event.insteadOf === undefined ? '' : `, instead of ${event.insteadOf}`;
      return note(`${what}: ${event.device}${instead}`);
    }
    case 'device_lost':
      return note(`the ${what} ${event.device} is gone (${event.reason})`);
    case 'device_missing':
      return note(`there is no ${what} at present; it is used as soon as there is one`);
    case 'audio_lost':
      return note(`${event.lostMs} ms of what the ${what} heard are lost: this machine is too busy`);
  }
}

function noteOf(notice: SessionNotice): readonly TalkEntry[] {
  const text = noteText(notice);
  return text === undefined ? [] : [{ kind: 'note', text }];
}

function noteText(notice: SessionNotice): string | undefined {
  switch (notice.type) {
    case 'transcript_failed':
      return `what was said could not be written down: ${notice.message}`;
    case 'warning':
      return notice.message;
    case 'connection_lost':
      return `the connection is lost (${notice.reason}); connecting again …`;
    case 'connection_changed':
      return `the conversation goes on over another connection to ${notice.provider}`;
    case 'provider_changed':
      return `trying ${notice.provider}: ${notice.reason}`;
    case 'recording':
      return `recording ${notice.change} by ${notice.by}`;
    case 'guard_tripped':
      return `the guardrail ${notice.name} held`;
    case 'limit':
      return `the limit of ${notice.limit.replaceAll('_', ' ')} is ${notice.reached ? 'reached' : 'near'}`;
    default:
      return undefined;
  }
}

function itemOf({ items }: TalkState, itemId: string): SpokenItem {
  return items.get(itemId) ?? { text: '', sound: 'none', share: 0 };
}

function withItem(state: TalkState, itemId: string, item: SpokenItem): TalkState {
  return { ...state, items: new Map(state.items).set(itemId, item) };
}

function withoutItem(state: TalkState, itemId: string): TalkState {
  const items = new Map(state.items);
  items.delete(itemId);
  return { ...state, items };
}
