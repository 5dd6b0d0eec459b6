import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { entryLines, liveLines, meter, type TalkStyle } from '../src/talk/render-talk.ts';
import { TalkScreen } from '../src/talk/talk-screen.ts';
import { silentTalk, type TalkEntry, type TalkState } from '../src/talk/talk-state.ts';
import { shortened, textWidth, wrapSpans } from '../src/talk/text-layout.ts';

const keys = ['space: interrupt', 'm: mute', 'q: quit'];
const style = (columns: number): TalkStyle => ({ columns, colors: pc.createColors(false), keys });

const weather: TalkEntry = {
  kind: 'agent',
  heard: 'In Oslo it is four degrees and cloudy.',
  unheard: 'Tomorrow there will be some rain in the afternoon, and it gets colder.',
};
const call: TalkEntry = {
  kind: 'tool',
  name: 'get_weather',
  input: { city: 'Oslo' },
  output: { temperature_c: 4, sky: 'cloudy', wind: { from: 'north-west', metres_per_second: 6 } },
  status: 'completed',
  ms: 1234,
};

describe('what stays on the screen', () => {
  it.each<[number, TalkEntry, readonly string[]]>([
    [60, { kind: 'you', text: 'How is the weather?' }, ['you    How is the weather?']],
    [60, { kind: 'you', text: '' }, ['you    (nothing understood)']],
    [
      60,
      weather,
      [
        'agent  In Oslo it is four degrees and cloudy. [not heard:',
        '       Tomorrow there will be some rain in the afternoon,',
        '       and it gets colder.]',
      ],
    ],
    [
      100,
      weather,
      [
        'agent  In Oslo it is four degrees and cloudy. [not heard: Tomorrow there will be some rain in the',
        '       afternoon, and it gets colder.]',
      ],
    ],
    [
      60,
      { ...weather, heard: '' },
      [
        'agent  [not heard: Tomorrow there will be some rain in the',
        '       afternoon, and it gets colder.]',
      ],
    ],
    [
      60,
      call,
      [
        'tool   get_weather {"city":"Oslo"} →',
        '       {"temperature_c":4,"sky":"cloudy","wind":{"from":"nor',
        '       th-west","metres_per_second":6}} 1.2 s',
      ],
    ],
    [
      100,
      { ...call, status: 'timed_out', output: { error: 'too slow' }, ms: 7 },
      ['tool   get_weather {"city":"Oslo"} → {"error":"too slow"} timed_out 7 ms'],
    ],
    [60, { kind: 'handoff', from: 'concierge', to: 'billing' }, ['agent  concierge → billing']],
    [
      60,
      { kind: 'note', text: 'microphone: Headset, instead of Desk Microphone' },
      ['note   microphone: Headset, instead of Desk Microphone'],
    ],
    [
      Number.POSITIVE_INFINITY,
      weather,
      [
        'agent  In Oslo it is four degrees and cloudy. [not heard: Tomorrow there will be some rain in the afternoon, and it gets colder.]',
      ],
    ],
  ])('at %d columns: %o', (columns, entry, lines) => {
    expect(entryLines(entry, style(columns))).toEqual(lines);
  });

  it('drives no terminal with what others say', () => {
    const hostile = '\u001b[2J\u0007x';
    const entries: readonly TalkEntry[] = [
      { kind: 'session', id: hostile, agent: hostile, provider: hostile },
      { kind: 'you', text: hostile },
      { kind: 'agent', heard: hostile, unheard: hostile },
      { ...call, name: hostile, input: hostile, output: { [hostile]: hostile } },
      { kind: 'handoff', from: hostile, to: hostile },
      { kind: 'note', text: hostile },
    ];
    const shown = entries.flatMap((entry) => entryLines(entry, style(60))).join('');
    expect(shown).not.toMatch(/[\u0000-\u001f]/);
  });
});

const speaking: TalkState = {
  ...silentTalk,
  activity: 'speaking',
  microphone: 'gated',
  inputDbfs: -24,
  outputDbfs: -6,
  items: new Map([['a', { text: 'In Oslo it is four degrees.', sound: 'begun', share: 0.5 }]]),
};
const working: TalkState = {
  ...silentTalk,
  activity: 'working',
  user: 'speaking',
  tools: [{ callId: 'c', name: 'get_weather', sinceMs: 1_000 }],
  nowMs: 2_500,
  inputDbfs: -12,
};

describe('what is true at the moment', () => {
  it.each<[number, TalkState, readonly string[]]>([
    [
      60,
      speaking,
      [
        'agent  In Oslo it is four degrees.',
        'you ██████···· waiting  agent █████████· speaking',
        'space: interrupt · m: mute · q: quit',
      ],
    ],
    [
      100,
      { ...silentTalk, microphone: 'muted' },
      [
        'you ···················· muted    agent ···················· listening',
        'space: interrupt · m: mute · q: quit',
      ],
    ],
    [
      60,
      working,
      [
        'tool   get_weather … 1.5 s',
        'you ████████·· speaking agent ·········· working',
        'space: interrupt · m: mute · q: quit',
      ],
    ],
    [30, silentTalk, ['you ·····          agent ····· listening', 'space: interrupt · m: mute']],
  ])('at %d columns: %o', (columns, state, lines) => {
    expect(liveLines(state, style(columns))).toEqual(lines);
  });

  it('is never wider than a terminal of 60 columns', () => {
    const long = 'word '.repeat(200);
    const state: TalkState = {
      ...speaking,
      microphone: 'missing',
      activity: 'listening',
      items: new Map([['a', { text: long, sound: 'begun', share: 0.3 }]]),
      tools: [{ callId: 'c', name: 'x'.repeat(90), sinceMs: 0 }],
      nowMs: 65_432,
    };
    const lines = liveLines(state, style(59));
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(59);
    expect(lines.length).toBe(6);
  });

  it('tells what was said from what is still to be heard', () => {
    const colors = {
      ...pc.createColors(false),
      dim: (text: string | number) => `<${text}>`,
    } as TalkStyle['colors'];
    const [line] = liveLines(speaking, { columns: 60, colors, keys });
    expect(line).toBe('agent  In Oslo it is< four>< degrees.>');
  });

  it.each([
    [Number.NEGATIVE_INFINITY, '··········'],
    [-60, '··········'],
    [-30, '█████·····'],
    [0, '██████████'],
    [6, '██████████'],
  ])('shows %d dBFS as %s', (dbfs, bar) => {
    expect(meter(dbfs, 10, (text) => text)).toBe(bar);
  });
});

describe('laying out text', () => {
  it.each([
    ['plain', 5],
    ['日本語', 6],
    ['e\u0301', 1],
    ['👍🏽!', 3],
    ['한국', 4],
  ])('%s takes %d columns', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  it('cuts what is too wide', () => {
    expect([shortened('abcdef', 6), shortened('abcdef', 4), shortened('日本語', 4)]).toEqual([
      'abcdef',
      'abc…',
      '日…',
    ]);
  });

  it('cuts words that are longer than a line', () => {
    const paint = (text: string): string => text;
    expect(wrapSpans([{ text: 'a bcdefghijk l', paint }], 5)).toEqual(['a', 'bcdef', 'ghijk', 'l']);
  });
});

/** What stands on a terminal after this was written to it. */
function terminal(written: string): readonly string[] {
  const lines = [''];
  let row = 0;
  let column = 0;
  for (const [piece] of written.matchAll(/\u001b\[1A|\u001b\[J|\u001b\[K|\r|\n|[^\u001b\r\n]+/g)) {
    if (piece === '\u001b[1A') row--;
    else if (piece === '\u001b[J') lines.splice(row, lines.length, (lines[row] ?? '').slice(0, column));
    else if (piece === '\u001b[K') lines[row] = (lines[row] ?? '').slice(0, column);
    else if (piece === '\r') column = 0;
    else if (piece === '\n') {
      row++;
      column = 0;
      lines[row] ??= '';
    } else {
      const line = lines[row] ?? '';
      lines[row] = line.slice(0, column).padEnd(column) + piece + line.slice(column + piece.length);
      column += piece.length;
    }
  }
  return lines;
}

describe('a screen', () => {
  it('keeps what stays and draws the rest anew below it', () => {
    let written = '';
    const screen = new TalkScreen({ write: (text) => void (written += text) });
    screen.show([], ['meter 1', 'keys']);
    screen.show(['you    Hello.'], ['agent  Hi', 'meter 2', 'keys']);
    screen.show(['agent  Hi there.', 'note   x'], ['meter', 'keys']);
    expect(terminal(written)).toEqual(['you    Hello.', 'agent  Hi there.', 'note   x', 'meter', 'keys']);
    screen.end();
    expect(terminal(written)).toEqual(['you    Hello.', 'agent  Hi there.', 'note   x', '']);
  });

  it('writes nothing when nothing has changed', () => {
    let written = '';
    const screen = new TalkScreen({ write: (text) => void (written += text) });
    screen.show([], ['meter', 'keys']);
    const before = written;
    screen.show([], ['meter', 'keys']);
    expect(written).toBe(before);
  });
});
