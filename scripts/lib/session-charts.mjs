// Draws the state charts of docs/session.md: what the regions of a session were seen to do in simulated conversations.
import { observeTransitions } from '@antiphon/testing';

/** Enough for every change that is not rare, and the same ones each time. */
const observed = { schedules: 500, seed: 1 };
const namesOnLabel = 4;

/** Where each region begins, and the beginnings of the events that stand first on its labels. */
const regions = {
  lifecycle: { first: 'new', own: ['session.', 'timer '] },
  connection: { first: 'offline', own: ['session.updated', 'transport.', 'timer ', 'session.'] },
  successor: { first: 'none', own: ['transport.', 'timer ', 'session.'] },
  userTurn: { first: 'silent', own: ['input_audio_buffer.', 'user.', 'transport.', 'timer '] },
  response: { first: 'none', own: ['response.', 'input_audio_buffer.', 'user.', 'transport.', 'timer '] },
  playout: { first: 'silent', own: ['playout.', 'server.audio'] },
  toolCall: { first: 'absent', own: ['response.', 'tool.', 'timer '] },
  silence: { first: 'nothing', own: ['timer ', 'playout.', 'response.', 'transport.'] },
};

/**
 * The page with a new chart between the markers of each region: `<!-- chart of REGION -->` and `<!-- end of chart -->`.
 *
 * @param {string} page
 */
export function withCharts(page) {
  const seen = observeTransitions(observed);
  const names = /** @type {(keyof typeof regions)[]} */ (Object.keys(regions));
  return names.reduce((text, name) => fill(text, name, chart(regions[name], seen[name])), page);
}

/**
 * @param {string} page
 * @param {string} region
 * @param {string} content
 */
function fill(page, region, content) {
  const start = `<!-- chart of ${region} -->`;
  const end = '<!-- end of chart -->';
  const from = page.indexOf(start);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/session.md has no "${start}" with "${end}" behind it.`);
  return `${page.slice(0, from + start.length)}\n${content}\n${page.slice(to)}`;
}

/**
 * One region as a Mermaid state diagram. Events that lead from one state to the same other one share an arrow.
 *
 * @param {{ readonly first: string, readonly own: readonly string[] }} region
 * @param {readonly { readonly from: string, readonly event: string, readonly to: string }[]} transitions
 */
function chart({ first, own }, transitions) {
  /** @type {Map<string, string[]>} */
  const arrows = new Map();
  for (const { from, event, to } of transitions) {
    const arrow = `${from} --> ${to}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), event]);
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${label(events, own)}`);
  return ['```mermaid', 'stateDiagram-v2', `  [*] --> ${first}`, ...lines, '```'].join('\n');
}

/**
 * @param {readonly string[]} events
 * @param {readonly string[]} own
 */
function label(events, own) {
  /** @param {string} event */
  const rank = (event) => {
    const at = own.findIndex((beginning) => event.startsWith(beginning));
    return at < 0 ? own.length : at;
  };
  const ordered = events.toSorted((one, other) => rank(one) - rank(other));
  const names = [...new Set(ordered.map(shortName))];
  const more = names.length - namesOnLabel;
  return more > 0 ? `${names.slice(0, namesOnLabel).join(', ')} … (${more} more)` : names.join(', ');
}

/**
 * The last two parts of a name: `conversation.item.created` is `item.created`. A colon would end a label.
 *
 * @param {string} event
 */
function shortName(event) {
  return event.split('.').slice(-2).join('.').replaceAll(/[:;]/g, ' ');
}
