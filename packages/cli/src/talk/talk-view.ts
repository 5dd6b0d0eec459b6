import { join } from 'node:path';
import type { DeviceEvent } from '@antiphon/audio/node';
import type { Console, Terminal } from '../console.ts';
import { jsonView } from '../render/json-view.ts';
import { usageText } from '../render/money.ts';
import { printable } from '../render/printable.ts';
import type { RunSummary } from '../render/view.ts';
import type { TurnRecord } from '../run/turn-log.ts';
import { entryLines, liveLines, type TalkStyle } from './render-talk.ts';
import { TalkScreen } from './talk-screen.ts';
import { advanceTalk, silentTalk, type TalkEvent, type TalkState } from './talk-state.ts';
import { wrapSpans } from './text-layout.ts';

/** Something that shows a talk as it happens. */
export interface TalkView {
  loading(what: string): void;
  take(event: TalkEvent): void;
  turnStarted(input: string): void;
  turnDone(record: TurnRecord): void;
  /** The last thing shown. `directory` holds what was written, where anything was. */
  summary(summary: RunSummary, directory: string | undefined): void;
  /** Nothing changes any more: leaves the terminal as it was found. Idempotent. */
  end(): void;
}

/** One JSON object a line, with the names of the protocol; the summary is the last. */
export function jsonTalkView(write: (text: string) => void): TalkView {
  const view = jsonView(write);
  const put = (value: object): void => write(`${JSON.stringify(value)}\n`);
  return {
    loading: () => {},
    take: (event) => {
      switch (event.type) {
        case 'notice':
          return view.notice(event.notice);
        case 'started':
          return view.started({ id: event.id, agentName: event.agent, providerName: event.provider });
        case 'device':
          return put(deviceObject(event.event));
        case 'microphone':
          return put(event);
        case 'note':
          return view.warning(event.text);
        default:
          return undefined;
      }
    },
    turnStarted: (input) => view.turnStarted(input),
    turnDone: (record) => view.turnDone(record),
    summary: (summary) => view.summary(summary, ''),
    end: () => {},
  };
}

function deviceObject({ type, kind, ...rest }: DeviceEvent): object {
  const device = kind === 'input' ? 'microphone' : 'speaker';
  const { insteadOf, lostMs, ...told } = { insteadOf: undefined, lostMs: undefined, ...rest };
  return {
    type,
    kind: device,
    ...told,
    ...(insteadOf !== undefined && { instead_of: insteadOf }),
    ...(lostMs !== undefined && { lost_ms: lostMs }),
  };
}

/** What the agent was heard to say, one line an item. */
export function quietTalkView(write: (text: string) => void): TalkView {
  const nothing = (): void => {};
  let state: TalkState = silentTalk;
  return {
    loading: nothing,
    take: (event) => {
      const [next, entries] = advanceTalk(state, event);
      state = next;
      for (const entry of entries) if (entry.kind === 'agent') write(`${printable(entry.heard)}\n`);
    },
    turnStarted: nothing,
    turnDone: nothing,
    summary: nothing,
    end: nothing,
  };
}

/** What a text view is made of. */
export interface TextTalkViewOptions {
  readonly console: Pick<Console, 'out' | 'colors'>;
  /** Undefined where there is none: then lines are as long as they are. */
  readonly terminal: Terminal | undefined;
  /** What the keys do, for the last line. */
  readonly keys: () => readonly string[];
}

/** For people: what was said stays, what is going on is drawn below it where the terminal can take lines back. */
export class TextTalkView implements TalkView {
  readonly #options: TextTalkViewOptions;
  readonly #screen: TalkScreen | undefined;
  readonly #stopWatching: (() => void) | undefined;
  #state: TalkState = silentTalk;
  #phase: 'loading' | 'talking' | 'over' = 'loading';
  /** What is waited for. */
  #loading = '';

  constructor(options: TextTalkViewOptions) {
    this.#options = options;
    const { terminal, console } = options;
    if (terminal?.canRedraw !== true) return;
    this.#screen = new TalkScreen({ write: console.out });
    this.#stopWatching = terminal.onResize(() => this.#screen?.resized());
  }

  loading(what: string): void {
    this.#loading = this.#options.console.colors.dim(what);
    this.#screen?.show([], this.#live());
  }

  take(event: TalkEvent): void {
    const [state, entries] = advanceTalk(this.#state, event);
    this.#state = state;
    if (event.type === 'started') this.#phase = 'talking';
    const style = this.#style();
    this.#show(entries.flatMap((entry) => entryLines(entry, style)));
  }

  turnStarted(): void {}

  turnDone(): void {}

  summary(
    { turns, usage, recorded, recording = 'conversation.wav' }: RunSummary,
    directory: string | undefined,
  ): void {
    this.#phase = 'over';
    const count = `${turns.length} turn${turns.length === 1 ? '' : 's'}`;
    const files = recorded === false ? 'session.jsonl is' : `${recording} and session.jsonl are`;
    const where = directory === undefined ? '' : `; ${files} in ${join(directory, '/')}`;
    const used = { text: usageText(usage), paint: (text: string) => text };
    // A path stays whole, to be copied.
    this.#show(['', `${count}${where}`, ...wrapSpans([used], this.#style().columns)]);
  }

  end(): void {
    this.#phase = 'over';
    this.#show([]);
    this.#stopWatching?.();
  }

  #show(lines: readonly string[]): void {
    if (this.#screen === undefined) {
      for (const line of lines) this.#options.console.out(`${line}\n`);
      return;
    }
    this.#screen.show(lines, this.#live());
  }

  #live(): readonly string[] {
    if (this.#phase === 'loading') return this.#loading === '' ? [] : [this.#loading];
    return this.#phase === 'talking' ? liveLines(this.#state, this.#style()) : [];
  }

  #style(): TalkStyle {
    const { terminal, console, keys } = this.#options;
    // The last column is left free: some terminals begin a new line there.
    const columns = terminal === undefined ? Number.POSITIVE_INFINITY : terminal.columns() - 1;
    return { columns, colors: console.colors, keys: terminal?.onKey === undefined ? [] : keys() };
  }
}
