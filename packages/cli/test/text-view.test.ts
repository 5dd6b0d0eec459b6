import type { SessionNotice, ToolOutcome } from '@antiphon/core';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { chooseView } from '../src/render/choose-view.ts';
import { quietView } from '../src/render/quiet-view.ts';
import { TextView } from '../src/render/text-view.ts';
import type { RunSummary, RunView } from '../src/render/view.ts';
import type { TurnRecord } from '../src/run/turn-log.ts';
import { fakeConsole } from './support/fake-console.ts';

const escape = '\u001b';
const hostile = `${escape}[2J${escape}]0;owned\u0007\u009b31m\r\u0008x`;

const session = { id: 'sess_1', agentName: 'concierge', providerName: 'local' };
const record: TurnRecord = {
  user: { transcript: 'Weather?', input: 'text' },
  agent: { transcript: 'Four.', heard: 'Four.', items: [{ id: 'a1', file: 'a1.wav', ms: 1234 }] },
  tool_calls: [],
  latency_ms: { first_audio: 321 },
};
const summary: RunSummary = {
  type: 'summary',
  session_id: 'sess_1',
  agent: 'concierge',
  provider: 'local',
  turns: [record],
  usage: {},
  status: 'completed',
};

function said(role: 'user' | 'agent', itemId: string, text: string, final = true): SessionNotice {
  return { type: 'transcript', role, itemId, text, final };
}

function settled(name: string, outcome: Partial<ToolOutcome> = {}): SessionNotice {
  return {
    type: 'tool_settled',
    callId: 'c1',
    name,
    outcome: {
      status: 'completed',
      arguments: { city: 'Oslo' },
      output: { celsius: 4 },
      outputText: '',
      elapsedMs: 12.4,
      ...outcome,
    },
  };
}

function textView(mode: 'live' | 'lines') {
  const written: string[] = [];
  const statuses: string[] = [];
  const view = new TextView({
    write: (text) => written.push(text),
    status: (text) => statuses.push(text),
    colors: pc.createColors(false),
    mode,
  });
  return { view, written, statuses, text: () => written.join('') };
}

/** A whole run with everything a server or a tool may have put its words into. */
function show(view: RunView, words: string): void {
  view.loading('getting ready …');
  view.started({ ...session, id: words });
  view.turnStarted(words);
  view.notice(said('user', 'u1', words));
  view.notice(said('agent', 'a1', words, false));
  view.notice(said('agent', 'a1', words));
  view.notice(said('agent', 'a2', words));
  view.notice({ type: 'tool_started', callId: words, name: words, argumentsJson: words });
  view.notice(settled(words, { arguments: words, output: { [words]: words } }));
  view.notice(settled(words, { status: 'failed', output: words }));
  view.notice({ type: 'transcript_failed', itemId: 'u1', message: words });
  view.notice({ type: 'warning', code: words, message: words });
  view.warning(words);
  view.turnDone({ ...record, agent: { ...record.agent, transcript: words } });
  view.summary(summary, 'answers');
}

describe('TextView in lines', () => {
  it('writes whole lines only', () => {
    const { view, written, text } = textView('lines');
    view.started(session);
    view.turnStarted('question.wav');
    view.notice(said('user', 'u1', ' Weather? '));
    view.notice(settled('get_weather'));
    view.notice(said('agent', 'a1', 'It is', false));
    view.notice(said('agent', 'a1', ' four.', false));
    view.notice(said('agent', 'a1', 'It is four.'));
    view.turnDone(record);
    view.summary(summary, 'answers');
    for (const piece of written) expect(piece.endsWith('\n')).toBe(true);
    expect(text()).toBe(
      [
        'concierge on local, sess_1',
        '',
        '▸ question.wav',
        'you    Weather?',
        'tool   get_weather {"city":"Oslo"} → {"celsius":4} 12 ms',
        'agent  It is four.',
        '       a1.wav (1.2 s), first sound after 321 ms',
        '',
        '1 answer, conversation.wav and session.jsonl are in answers/',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['an answer in words', {}, 'conversation.wav and session.jsonl are in answers/'],
    ['no answer', { transcript: '' }, '0 answers, conversation.wav and session.jsonl are in answers/'],
  ])('counts the files of answers: %s', (_of, agent, words) => {
    const { view, text } = textView('lines');
    const turn = { ...record, agent: { ...record.agent, items: [], ...agent } };
    view.summary({ ...summary, turns: [turn] }, 'answers');
    expect(text()).toBe(`\n${words}\n`);
  });

  it('says where nothing was recorded', () => {
    const { view, text } = textView('lines');
    const turn = { ...record, agent: { ...record.agent, items: [] } };
    view.summary({ ...summary, turns: [turn], recorded: false }, 'answers');
    expect(text()).toBe('\nsession.jsonl (no recording: nobody agreed to it) is in answers/\n');
  });

  it.each([
    ['nothing understood', said('user', 'u1', ' '), 'you    (nothing understood)\n'],
    ['an empty answer', said('agent', 'a1', ' '), ''],
    [
      'a failed call',
      settled('x', { status: 'timed_out', output: 'late' }),
      'tool   x {"city":"Oslo"} → late timed_out 12 ms\n',
    ],
    [
      'a long output',
      settled('x', { output: 'y'.repeat(1000) }),
      `tool   x {"city":"Oslo"} → ${'y'.repeat(159)}… 12 ms\n`,
    ],
    [
      'an output of many lines',
      settled('x', { output: 'a\n\n  b' }),
      'tool   x {"city":"Oslo"} → a b 12 ms\n',
    ],
    ['a warning', { type: 'warning', code: 'x', message: 'odd' } as const, 'note   odd\n'],
    ['what nobody needs to see', { type: 'settled' } as const, ''],
  ])('shows %s', (_name, notice, expected) => {
    const { view, text } = textView('lines');
    view.notice(notice);
    expect(text()).toBe(expected);
  });
});

describe('TextView live', () => {
  it('shows the words of the agent as they come', () => {
    const { view, written } = textView('live');
    view.notice(said('agent', 'a1', 'It is', false));
    view.notice(said('agent', 'a1', ' four.', false));
    view.notice(said('agent', 'a1', 'It is four.'));
    view.notice(said('agent', 'a2', 'Whole.'));
    expect(written).toEqual(['agent  ', 'It is', ' four.', '\n', 'agent  Whole.\n']);
  });

  it('ends an unfinished line before another begins', () => {
    const { view, text } = textView('live');
    view.notice(said('agent', 'a1', 'It is', false));
    view.notice(settled('get_weather'));
    view.notice(said('agent', 'a2', 'So', false));
    view.notice(said('user', 'u1', 'Stop'));
    expect(text()).toBe(
      'agent  It is\ntool   get_weather {"city":"Oslo"} → {"celsius":4} 12 ms\nagent  So\nyou    Stop\n',
    );
  });

  it('takes a passing line away before it writes', () => {
    const { view, statuses } = textView('live');
    view.loading('getting ready …');
    view.started(session);
    expect(statuses).toEqual(['getting ready …', '']);
  });
});

describe('words of servers and tools', () => {
  it.each(['live', 'lines'] as const)('cannot drive the terminal (%s)', (mode) => {
    const { view, text, statuses } = textView(mode);
    show(view, hostile);
    expect(text()).toContain('·[2J');
    expect(text() + statuses.join('')).not.toMatch(/[^\P{Cc}\n\t]/u);
  });

  it('cannot drive the terminal (quiet)', () => {
    const written: string[] = [];
    show(
      quietView((text) => written.push(text)),
      hostile,
    );
    expect(written.join('')).toContain('·[2J');
    expect(written.join('')).not.toMatch(/[^\P{Cc}\n\t]/u);
  });
});

describe('chooseView', () => {
  const words = (options: Record<string, true>) => ({ positionals: [], options, ordered: [] });

  it('is live on a terminal and lines elsewhere', () => {
    for (const terminal of [true, false]) {
      const console = fakeConsole({ terminal });
      chooseView(words({}), console).notice(said('agent', 'a1', 'It is', false));
      expect(console.outText).toBe(terminal ? 'agent  It is' : '');
    }
  });

  it('shows a passing line on a terminal only', () => {
    for (const terminal of [true, false]) {
      const console = fakeConsole({ terminal });
      chooseView(words({}), console).loading('getting ready …');
      expect(console.errText).toBe(terminal ? `\r${escape}[Kgetting ready …` : '');
    }
  });

  it('says the answers only, when quiet', () => {
    const console = fakeConsole();
    show(chooseView(words({ quiet: true }), console), 'Four.');
    expect([console.outText, console.errText]).toEqual(['Four.\n', '']);
  });

  it('writes objects only, with --json', () => {
    const console = fakeConsole({ terminal: true });
    show(chooseView(words({ json: true }), console), hostile);
    expect(console.errText).toBe('');
    const lines = console.outText.trimEnd().split('\n');
    expect(lines).toHaveLength(14);
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      'session',
      'turn',
      'transcript',
      'transcript',
      'transcript',
      'transcript',
      'tool_started',
      'tool_settled',
      'tool_settled',
      'transcript_failed',
      'warning',
      'warning',
      'turn_done',
      'summary',
    ]);
  });
});
