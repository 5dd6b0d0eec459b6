import type { Console } from '../console.ts';
import { printable } from '../render/printable.ts';
import type { TalkEntry, TalkState } from './talk-state.ts';
import { type Span, shortened, textWidth, wrapSpans } from './text-layout.ts';

/** How a talk is drawn. */
export interface TalkStyle {
  /** Of the terminal. */
  readonly columns: number;
  readonly colors: Console['colors'];
  /** What the keys do, shortest first: as many as there is room for are shown. */
  readonly keys: readonly string[];
}

const labelWidth = 7;
const longestValue = 160;
/** Of what the agent says at the moment, the last lines are shown. */
const spokenLines = 3;
/** The quietest that a meter shows. */
const floorDbfs = -60;
const plain = (text: string): string => text;

/** An entry, as lines that fit. */
export function entryLines(entry: TalkEntry, style: TalkStyle): readonly string[] {
  const { colors } = style;
  switch (entry.kind) {
    case 'session': {
      const rest = `on ${printable(entry.provider)}, ${printable(entry.id)}`;
      return wrapSpans(
        [
          { text: printable(entry.agent), paint: colors.bold },
          { text: rest, paint: colors.dim },
        ],
        style.columns,
      );
    }
    case 'you':
      return labelled(
        'you',
        colors.green,
        [{ text: printable(entry.text) || '(nothing understood)', paint: plain }],
        style,
      );
    case 'agent':
      return labelled('agent', colors.cyan, spokenSpans(entry.heard, entry.unheard, style), style);
    case 'tool': {
      const mark = entry.status === 'completed' ? '' : entry.status;
      return labelled(
        'tool',
        colors.yellow,
        [
          { text: `${printable(entry.name)} ${brief(entry.input)} → ${brief(entry.output)}`, paint: plain },
          { text: mark, paint: colors.red },
          { text: duration(entry.ms), paint: colors.dim },
        ],
        style,
      );
    }
    case 'handoff':
      return labelled(
        'agent',
        colors.yellow,
        [{ text: printable(`${entry.from} → ${entry.to}`), paint: plain }],
        style,
      );
    case 'note':
      return labelled('note', colors.yellow, [{ text: printable(entry.text), paint: plain }], style);
  }
}

/** What is true at the moment, below the entries: never wider than the terminal. */
export function liveLines(state: TalkState, style: TalkStyle): readonly string[] {
  const { colors } = style;
  const saying = [...state.items.values()].find(({ text }) => text !== '');
  const spoken =
    saying === undefined ? [] : labelled('agent', colors.cyan, sayingSpans(saying, style), style);
  const tools = state.tools.map(({ name, sinceMs }) => {
    const time = duration(Math.max(0, state.nowMs - sinceMs));
    const text = shortened(printable(name), style.columns - labelWidth - time.length - 4);
    return `${label('tool', colors.yellow)}${text} … ${colors.dim(time)}`;
  });
  return [...spoken.slice(-spokenLines), ...tools, statusLine(state, style), keyLine(style)];
}

function statusLine(state: TalkState, { columns, colors }: TalkStyle): string {
  const wide = columns >= 80;
  const cells = wide ? 20 : columns >= 50 ? 10 : 5;
  const you = userWord(state);
  const isShut = state.microphone !== 'open';
  const parts = [
    `${colors.green('you')} ${meter(state.inputDbfs, cells, isShut ? colors.dim : colors.green)} ${you.padEnd(8)}`,
    `${colors.cyan('agent')} ${meter(state.outputDbfs, cells, colors.cyan)} ${state.activity}`,
  ];
  return parts.join(' ');
}

function userWord({ microphone, user }: TalkState): string {
  if (microphone === 'open') return user === 'speaking' ? 'speaking' : '';
  return microphone === 'gated' ? 'waiting' : microphone;
}

function keyLine({ columns, colors, keys }: TalkStyle): string {
  let line = '';
  for (const key of keys) {
    const next = line === '' ? key : `${line} · ${key}`;
    if (textWidth(next) > columns) break;
    line = next;
  }
  return colors.dim(line);
}

/** A bar of `cells`, full at 0 dBFS. */
export function meter(dbfs: number, cells: number, paint: (text: string) => string): string {
  const share = Math.min(1, Math.max(0, 1 - dbfs / floorDbfs));
  const filled = Math.round(share * cells);
  return `${filled === 0 ? '' : paint('█'.repeat(filled))}${'·'.repeat(cells - filled)}`;
}

function sayingSpans(
  { text, share, sound }: { readonly text: string; readonly share: number; readonly sound: 'none' | 'begun' },
  { colors }: TalkStyle,
): readonly Span[] {
  const said = sound === 'none' ? 0 : lastWordEnd(text, share);
  return [
    { text: printable(text.slice(0, said)), paint: plain },
    { text: printable(text.slice(said)), paint: colors.dim },
  ];
}

/** Where the last word ends that is said when this share of the sound is. */
function lastWordEnd(text: string, share: number): number {
  if (share >= 1) return text.length;
  return Math.max(0, text.lastIndexOf(' ', Math.floor(text.length * share)));
}

function spokenSpans(heard: string, unheard: string, { colors }: TalkStyle): readonly Span[] {
  const cut =
    unheard.trim() === '' ? [] : [{ text: `[not heard: ${printable(unheard.trim())}]`, paint: colors.dim }];
  return [{ text: printable(heard.trim()), paint: plain }, ...cut];
}

/** Lines under a label; those after the first are indented as far. */
function labelled(
  name: string,
  color: (text: string) => string,
  spans: readonly Span[],
  { columns }: TalkStyle,
): readonly string[] {
  const lines = wrapSpans(spans, Math.max(10, columns - labelWidth));
  return lines.map((line, at) => `${at === 0 ? label(name, color) : ' '.repeat(labelWidth)}${line}`);
}

function label(name: string, color: (text: string) => string): string {
  return color(name.padEnd(labelWidth));
}

/** A value on one line, shortened. */
function brief(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return shortened(printable(text.replaceAll(/\s+/g, ' ')), longestValue);
}

function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
