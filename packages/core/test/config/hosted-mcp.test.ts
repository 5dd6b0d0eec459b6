import { capabilitiesOf, hostedServersOf, hostedTool, parseAgentsFile, toolNamesOf } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { withoutSettings } from '../../src/protocol/setting-filter.ts';

const providers = `
providers:
  openai: { type: openai, api_key: k }
  azure: { type: azure, endpoint: "https://a.example", deployment: d, api_key: k }
  late: { type: azure, endpoint: "https://a.example", deployment: d, api_key: k, api_version: 2025-04-01-preview }
  google: { type: gemini, api_key: k }
  mine: { type: openai_compatible, base_url: "ws://127.0.0.1:9000/v1" }
  poor: { type: openai_compatible, base_url: "ws://127.0.0.1:9000/v1", capabilities: { rejects_settings: [tools.mcp] } }`;

/** The list of tools stands in line 12, the choice in line 13. */
function parse(tools: string, choice = 'auto', provider = 'openai') {
  const text = `version: 1\ndefault_agent: a${providers}\nagents:\n  a:\n    tools: ${tools}\n    tool_choice: ${choice}\n    provider: ${provider}\n    transcription: { model: m }\n`;
  return parseAgentsFile(text, { file: 'agents.yaml', env: { TOKEN: 'secret-token' } });
}

function problems(tools: string, choice?: string) {
  const parsed = parse(tools, choice);
  return parsed.ok ? [] : parsed.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

const docs = '{ type: mcp, server_label: docs, server_url: "https://m.example" }';

describe('a server of tools that the provider reaches', () => {
  it('has the names of the protocol, beside the tools of this side', () => {
    const parsed = parse(
      '["crm_*", { type: mcp, server_label: docs, server_url: "https://m.example", authorization: "${TOKEN}", headers: { x-a: b }, allowed_tools: [search], require_approval: { never: { read_only: true } }, server_description: The handbook., confirm: { by: app } }]',
    );
    if (!parsed.ok) throw new Error('it is sound');
    const agent = parsed.value.agents['a'];
    if (agent === undefined) throw new Error('there is one');
    expect(toolNamesOf(agent)).toEqual(['crm_*']);
    expect(hostedServersOf(agent).map(hostedTool)).toEqual([
      {
        type: 'mcp',
        server_label: 'docs',
        server_url: 'https://m.example',
        authorization: 'secret-token',
        headers: { 'x-a': 'b' },
        allowed_tools: ['search'],
        require_approval: { never: { read_only: true } },
        server_description: 'The handbook.',
      },
    ]);
    expect(parsed.secrets).toEqual([{ name: 'TOKEN', value: 'secret-token' }]);
  });

  it.each<[what: string, tools: string, expected: readonly string[]]>([
    [
      'a connector in place of an address',
      '[{ type: mcp, server_label: d, connector_id: connector_gmail }]',
      [],
    ],
    ['neither of them', '[{ type: mcp, server_label: d }]', ['12:13 config.wrong_value']],
    [
      'two of them',
      '[{ type: mcp, server_label: d, server_url: "https://m.example", connector_id: connector_gmail }]',
      ['12:13 config.wrong_value'],
    ],
    ['no label', '[{ type: mcp, server_url: "https://m.example" }]', ['12:13 config.missing_key']],
    [
      'a key of another kind',
      '[{ type: mcp, server_label: d, server_url: "https://m.example", command: npx }]',
      ['12:76 config.unknown_key'],
    ],
    ['a label twice', `[${docs}, ${docs}]`, ['12:108 config.server_twice']],
  ])('is told what is wrong: %s', (_, tools, expected) => {
    expect(problems(tools)).toEqual(expected);
  });

  it('may be forced, where the agent names it', () => {
    expect(problems(`[${docs}]`, '{ type: mcp, server_label: docs }')).toEqual([]);
    expect(problems(`[${docs}]`, '{ type: mcp, server_label: docs, name: search }')).toEqual([]);
    expect(problems('[]', '{ type: mcp, server_label: docs }')).toEqual(['13:45 config.unknown_server']);
    const parsed = parse(`[${docs}]`, '{ type: mcp, server_label: dosc }');
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([
      { code: 'config.unknown_server', hint: expect.stringContaining('docs') },
    ]);
  });

  it.each(['openai', 'azure', 'mine'])('is reached by %s', (provider) => {
    const parsed = parse(`[${docs}]`, '{ type: mcp, server_label: docs }', provider);
    expect(parsed.ok && parsed.warnings).toEqual([]);
  });

  it.each<[provider: string, reason: string]>([
    ['late', 'servers of api_version 2025-04-01-preview do not know it'],
    ['google', 'the service does not know it'],
    ['local', 'the offline engine does not act on it'],
    ['poor', 'it stands in the rejects_settings of the provider'],
  ])('is not reached by %s, which is told at its place', (provider, reason) => {
    const parsed = parse(`[${docs}]`, '{ type: mcp, server_label: docs }', provider);
    const warnings = parsed.ok ? parsed.warnings.map((warning) => ({ ...warning })) : [];
    const told = warnings.filter(({ code }) => code === 'config.setting_not_honoured');
    expect(told.map(({ line, column }) => `${line}:${column}`)).toContain('12:13');
    expect(told.map(({ line }) => line)).toContain(13);
    expect(told[0]?.message).toContain(reason);
  });
});

it('is not sent to a server that does not reach any', () => {
  const named = { type: 'mcp', server_label: 'docs', server_url: 'https://m.example' };
  const choice = { type: 'mcp', server_label: 'docs' };
  const f = { type: 'function', name: 'f' };
  const rejected = new Set(capabilitiesOf({ type: 'local' } as never).rejectsSettings);
  const session = { instructions: 'Help.', tools: [f, named], tool_choice: choice };
  expect(withoutSettings(session, rejected)).toEqual({ instructions: 'Help.', tools: [f] });
  expect(withoutSettings(session, new Set())).toEqual(session);
});
