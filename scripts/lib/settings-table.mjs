// The table of docs/agents-yaml.md that says which provider honours which setting, made from what the code knows of them.
import { capabilitiesOf, settingPaths, wireSettings } from '@antiphon/core';

const azure = /** @type {const} */ ({ type: 'azure', endpoint: '', deployment: '', headers: {} });

/** @type {readonly (readonly [string, import('@antiphon/core').ProviderConfig])[]} */
const columns = [
  ['`openai`, `azure`', { ...azure }],
  ['`azure` 2025-04', { ...azure, api_version: '2025-04-01-preview' }],
  ['2024-12', { ...azure, api_version: '2024-12-17' }],
  ['2024-10', { ...azure, api_version: '2024-10-01-preview' }],
  ['`azure_voice_live`', { type: 'azure_voice_live', endpoint: '', model: '', api_version: '', headers: {} }],
  ['`gemini`', { type: 'gemini', model: '', headers: {} }],
  ['`local`', { type: 'local' }],
];

/** Settings whose place in the session object is not their place in the agent file. */
const ownLabels = new Map([
  ['tools.mcp', 'tools: [{ type: mcp, … }]'],
  ['tools', 'tools'],
  ['audio.input.turn_detection.semantic_vad', 'turn_detection.type: semantic_vad'],
]);

/** @param {string} page the text of docs/agents-yaml.md */
export function withSettingsTable(page) {
  const start = '<!-- table of settings -->';
  const end = '<!-- end of table -->';
  const from = page.indexOf(start);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/agents-yaml.md has no "${start}" with "${end}" behind it.`);
  return `${page.slice(0, from + start.length)}\n${table()}\n${page.slice(to)}`;
}

function table() {
  const rejected = columns.map(([, config]) => new Set(capabilitiesOf(config).rejectsSettings));
  const rows = settingPaths.map((path) => {
    const cells = rejected.map((paths) => ([...paths].some((each) => isWithin(path, each)) ? 'no' : 'yes'));
    return [`\`${labelOf(path)}\``, `\`${path}\``, ...cells];
  });
  const head = ['key', 'in the session object', ...columns.map(([name]) => name)];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @param {string} path @param {string} parent */
function isWithin(path, parent) {
  return path === parent || path.startsWith(`${parent}.`);
}

/** @param {string} path */
function labelOf(path) {
  const own = ownLabels.get(path);
  if (own !== undefined) return own;
  const setting = wireSettings.find((each) => isWithin(path, each.path));
  if (setting === undefined) throw new Error(`no key of an agent leads to ${path}`);
  return setting.key + path.slice(setting.path.length);
}
