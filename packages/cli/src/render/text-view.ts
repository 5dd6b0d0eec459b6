import { join } from 'node:path';
import type { SessionNotice } from '@antiphon/core';
import type { Console } from '../console.ts';
import type { TurnRecord } from '../run/turn-log.ts';
import { billText, usageText } from './money.ts';
import { printable } from './printable.ts';
import type { RunSummary, RunView } from './view.ts';

const longestValue = 160;

/** How a run is shown as text. */
export interface TextViewOptions {
  readonly write: (text: string) => void;
  /** A passing line on a terminal: replaced by what comes next. */
  readonly status: (text: string) => void;
  readonly colors: Console['colors'];
  /** `live` shows the agent's words as they come; `lines` only whole lines. */
  readonly mode: 'live' | 'lines';
}

/** The conversation as it happens, for people. */
export class TextView implements RunView {
  readonly #options: TextViewOptions;
  /** The item whose words stand on the unfinished last line. */
  #openItem: string | undefined;

  constructor(options: TextViewOptions) {
    this.#options = options;
  }

  loading(what: string): void {
    this.#options.status(what);
  }

  started(session: { readonly id: string; readonly agentName: string; readonly providerName: string }): void {
    const { dim, bold } = this.#options.colors;
    this.#line(`${bold(session.agentName)} ${dim(printable(`on ${session.providerName}, ${session.id}`))}`);
  }

  turnStarted(input: string): void {
    if (input !== 'text') this.#line(this.#options.colors.dim(`\n▸ ${printable(input)}`));
    else this.#line('');
  }

  notice(notice: SessionNotice): void {
    const { colors } = this.#options;
    switch (notice.type) {
      case 'transcript':
        if (notice.role === 'user') this.#user(notice.text, notice.final);
        else this.#agent(notice.itemId, notice.text, notice.final);
        break;
      case 'tool_started':
        this.#options.status(`${printable(notice.name)} …`);
        break;
      case 'tool_settled': {
        const { outcome } = notice;
        const mark = outcome.status === 'completed' ? '' : ` ${colors.red(outcome.status)}`;
        const call = `${printable(notice.name)} ${brief(outcome.arguments)} → ${brief(outcome.output)}`;
        this.#line(
          `${label(colors.yellow, 'tool')}${call}${mark} ${colors.dim(`${Math.round(outcome.elapsedMs)} ms`)}`,
        );
        break;
      }
      case 'transcript_failed':
        this.warning(`what was said could not be written down: ${notice.message}`);
        break;
      case 'warning':
        this.warning(notice.message);
        break;
      case 'connection_lost':
        this.warning(`the connection is lost (${notice.reason}); connecting again …`);
        break;
      case 'connection_changed':
        this.warning(`the conversation goes on over another connection to ${notice.provider}`);
        break;
      case 'provider_changed':
        this.warning(`trying ${notice.provider}: ${notice.reason}`);
        break;
      case 'agent_changed':
        this.#line(`${label(colors.yellow, 'agent')}${printable(`${notice.from} → ${notice.agent}`)}`);
        break;
      case 'guard_tripped':
        this.warning(`the guardrail ${notice.name} held`);
        break;
      case 'usage':
        if (notice.usd !== undefined && notice.usd > 0) this.#line(colors.dim(`       ${billText(notice)}`));
        break;
      case 'note':
        this.#line(`${label(colors.yellow, 'note')}${printable(notice.text)}`);
        break;
      case 'key_pressed':
        this.#line(`${label(colors.green, 'you')}[${printable(notice.key)}]`);
        break;
      case 'limit':
        this.warning(
          `the limit of ${notice.limit.replaceAll('_', ' ')} is ${notice.reached ? 'reached' : 'near'}`,
        );
        break;
      default:
        break;
    }
  }

  turnDone(record: TurnRecord): void {
    const first = record.latency_ms.first_audio;
    const files = record.agent.items
      .map(({ file, ms }) => `${file} (${(ms / 1000).toFixed(1)} s)`)
      .join(', ');
    if (files === '') return;
    const wait = first === undefined ? '' : `, first sound after ${first} ms`;
    this.#line(this.#options.colors.dim(`       ${files}${wait}`));
  }

  warning(message: string): void {
    this.#line(`${label(this.#options.colors.red, 'note')}${printable(message)}`);
  }

  summary(summary: RunSummary, directory: string): void {
    const answers = summary.turns.reduce((count, turn) => count + turn.agent.items.length, 0);
    const { recorded, recording: file = 'conversation.wav' } = summary;
    // Answers in words have no files; they are in the log.
    const isInWords = answers === 0 && summary.turns.some(({ agent }) => agent.transcript !== '');
    const spoken = isInWords ? [] : [`${answers} answer${answers === 1 ? '' : 's'}`];
    const files = [...spoken, ...(recorded === false ? [] : [file])].join(', ');
    const note = recorded === false ? ' (no recording: nobody agreed to it)' : '';
    const written = files === '' ? `session.jsonl${note} is` : `${files}${note} and session.jsonl are`;
    const what = summary.call_id === undefined ? written : 'session.jsonl is';
    this.#line(`\n${what} in ${join(directory, '/')}`);
    const used = usageText(summary.usage);
    if (used !== '') this.#line(used);
  }

  #user(text: string, final: boolean): void {
    if (final)
      this.#line(
        `${label(this.#options.colors.green, 'you')}${printable(text.trim()) || '(nothing understood)'}`,
      );
  }

  #agent(itemId: string, text: string, final: boolean): void {
    const name = label(this.#options.colors.cyan, 'agent');
    if (this.#options.mode === 'lines' || (final && this.#openItem !== itemId)) {
      if (final && text.trim() !== '') this.#line(`${name}${printable(text.trim())}`);
      return;
    }
    if (final) return this.#endLine();
    if (this.#openItem !== itemId) {
      this.#endLine();
      this.#options.status('');
      this.#options.write(name);
      this.#openItem = itemId;
    }
    this.#options.write(printable(text));
  }

  #line(text: string): void {
    this.#endLine();
    this.#options.status('');
    this.#options.write(`${text}\n`);
  }

  #endLine(): void {
    if (this.#openItem !== undefined) this.#options.write('\n');
    this.#openItem = undefined;
  }
}

function label(color: (text: string) => string, name: string): string {
  return color(name.padEnd(7));
}

/** A value on one line, shortened. */
function brief(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = printable(text.replaceAll(/\s+/g, ' '));
  return line.length > longestValue ? `${line.slice(0, longestValue - 1)}…` : line;
}
