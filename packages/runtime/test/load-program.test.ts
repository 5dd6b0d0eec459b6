import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, defineTool, type Plugin, type Tool } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { AgentFileError } from '../src/program/agent-file-error.ts';
import { loadProgram, type Program } from '../src/program/load-program.ts';
import { readAgentFile } from '../src/program/read-agent-file.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { tempFolder } from './support/temp-folder.ts';

interface Given {
  readonly text: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly plugins?: readonly (Plugin | Tool)[];
  readonly env?: Readonly<Record<string, string>>;
  readonly usedProviders?: readonly string[];
}

async function load({ text, files = {}, plugins = [], env = {}, usedProviders }: Given): Promise<Program> {
  const folder = tempFolder();
  for (const [name, source] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), source);
  }
  const file = join(folder, 'agents.yaml');
  return loadProgram({ file, text, env, plugins, usedProviders, logger: recordingLogger() });
}

/** `line:column code` of everything that is wrong. */
async function problemsOf(given: Given): Promise<readonly string[]> {
  try {
    await (await load(given)).tools.close();
    return [];
  } catch (error) {
    if (!(error instanceof AgentFileError)) throw error;
    expect(error).toMatchObject({ code: 'config.invalid', exitCode: 2, text: given.text });
    expect(error.message).toContain(`${error.problems.length} problem(s)`);
    return error.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
  }
}

function tool(name: string): Tool {
  return defineTool({
    name,
    description: `The ${name}.`,
    input: { type: 'object', properties: {} },
    execute: () => null,
  });
}

const head = 'version: 1\ndefault_agent: a\n';

describe('loadProgram', () => {
  it('loads agents, plugins and tools', async () => {
    const program = await load({
      text: `${head}plugins: ["@antiphon/tools/clock", ./own.mjs]
tools:
  ping: { description: Pings, parameters: {}, http: { url: "http://127.0.0.1:9/" } }
agents:
  a: { instructions: x, tools: [current_time, ping, own_tool, given] }
`,
      files: {
        'own.mjs': `
          const tool = (name) => ({ [Symbol.for('antiphon.tool')]: true, name, description: 'Own.', settings: {},
            input: { type: 'object', properties: {} }, execute: () => 1 });
          export default tool('own_tool');`,
      },
      plugins: [tool('given')],
    });
    expect(program.tools.registry.names).toEqual(
      expect.arrayContaining(['current_time', 'given', 'own_tool', 'ping']),
    );
    expect(program.warnings).toEqual([]);
    await program.tools.close();
  });

  it.each<[string, Given, string[]]>([
    [
      'an agent that is not there',
      { text: `${head}agents: { b: { instructions: x } }\n` },
      ['2:16 config.unknown_agent'],
    ],
    [
      'a key and a value',
      { text: `${head}agents:\n  a: { instructions: x, voise: y }\n  b: { instructions: 7 }\n` },
      ['4:25 config.unknown_key', '5:22 config.wrong_type'],
    ],
    [
      'a plugin file that is not there',
      {
        text: `${head}plugins:\n  - "@antiphon/tools/clock"\n  - ./none.mjs\nagents: { a: { instructions: x } }\n`,
      },
      ['5:5 tool.plugin_not_found'],
    ],
    [
      'a plugin without a default export',
      {
        text: `${head}plugins: [./none.mjs]\nagents: { a: { instructions: x } }\n`,
        files: { 'none.mjs': 'export const a = 1;' },
      },
      ['3:11 tool.plugin_no_default'],
    ],
    [
      'a plugin that takes no config',
      {
        text: `${head}plugins:\n  - { use: "@antiphon/tools/calculator", config: { a: 1 } }\nagents: { a: { instructions: x } }\n`,
      },
      ['4:50 tool.plugin_config_invalid'],
    ],
    [
      'a tool that nothing has',
      { text: `${head}agents:\n  a:\n    instructions: x\n    tools: [get_weather]\n` },
      ['6:13 tool.not_listed'],
    ],
    [
      'a tool that no plugin has',
      {
        text: `${head}plugins: ["@antiphon/tools/clock"]\nagents:\n  a:\n    instructions: x\n    tools: [current_tme, "x_*"]\n`,
      },
      ['7:13 tool.not_listed', '7:26 tool.pattern_unmatched'],
    ],
    [
      'two tools of one name',
      {
        text: `${head}tools:\n  ping: { description: Pings, parameters: {}, http: { url: "http://127.0.0.1:9/" } }\nagents: { a: { instructions: x } }\n`,
        plugins: [tool('ping')],
      },
      ['4:9 tool.name_clash'],
    ],
    [
      'file, plugins and tools at once',
      {
        text: `${head}plugins:\n  - ./none.mjs\n  - "@antiphon/tools/clock"\nagents:\n  a: { instructions: x, voise: y, tools: [curent_time] }\n`,
      },
      ['4:5 tool.plugin_not_found', '7:25 config.unknown_key', '7:43 tool.not_listed'],
    ],
  ])('places %s', async (_name, given, expected) => {
    expect(await problemsOf(given)).toEqual(expected);
  });

  it('closes what it had set up when the rest is wrong', async () => {
    const closed: string[] = [];
    const plugin = definePlugin({
      name: 'closing',
      setup: (ctx) => ctx.onClose(() => void closed.push('closed')),
    });
    const text = `${head}plugins: [./none.mjs]\nagents: { a: { instructions: x } }\n`;
    expect(await problemsOf({ text, plugins: [plugin] })).toHaveLength(1);
    expect(closed).toEqual(['closed']);
  });

  it('warns of settings that nothing acts on, at their places', async () => {
    const program = await load({
      text: `${head}agents:
  a:
    instructions: x
    handoffs: [b]
    idle: { after_ms: 9000, say: There? }
    temperature: 0.8
    greeting: { say: Hello, protected: true }
    limits: { tool_calls: 3, usd: 1 }
  b: { instructions: x }
`,
    });
    expect(program.warnings.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '8 config.setting_not_honoured',
    ]);
  });

  it.each([
    ['current_time', []],
    ['transfer_to_b', []],
    ['current_date', ['9:36 config.forced_tool_missing']],
  ])('warns of a forced call of a tool that the agent does not have: %s', async (name, warnings) => {
    const text = `${head}plugins: ["@antiphon/tools/clock"]
agents:
  a:
    instructions: x
    handoffs: [b]
    tools: [current_time]
    tool_choice: { type: function, name: ${name} }
  b: { instructions: x }
`;
    const program = await load({ text });
    expect(program.warnings.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(warnings);
    await program.tools.close();
  });

  it.each([
    ['never', ['7:5 config.background_silent']],
    ['when_idle', []],
  ])(
    'warns of a tool in the background whose result is never spoken about: reply %s',
    async (reply, warnings) => {
      const text = `${head}tools:
  research:
    description: Looks things up
    background: true
    reply: ${reply}
    command: { run: [echo, x] }
agents: { a: { instructions: x, tools: [research] } }
`;
      const program = await load({ text });
      expect(program.warnings.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(warnings);
      await program.tools.close();
    },
  );

  it.each([
    ['Send {{amount}} to {{ to }}?', '[]', []],
    ['Send {{amount}}?', '[{ tool: scan }]', ['7:28 config.say_incomplete', '13:21 config.phase_unanswered']],
  ])(
    'warns of what the user does not hear, and of calls that nobody answers: %s',
    async (say, calls, warnings) => {
      const program = await load({
        text: `${head}tools:
  pay:
    description: Pays
    parameters: { to: { type: string }, amount: { type: number } }
    confirm: { by: spoken, say: "${say}" }
    command: { run: [echo, "{{to}}"] }
  scan: { description: Scans, client: {} }
agents:
  a:
    instructions: x
    before_call: ${calls}
    tools: [pay, scan]
`,
      });
      expect(program.warnings.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(warnings);
      await program.tools.close();
    },
  );

  it.each([
    ['the provider of the agent', '', undefined, ['9 config.no_price']],
    ['one of its list', '  cheap: { minute: 0.06 }\n', ['cheap', 'cloud'], ['10 config.no_price']],
    ['none: its model has a price', '  m: { audio: { input: 32 } }\n', undefined, []],
    ['none: its entry has a price', '  cloud: { minute: 0.06 }\n', undefined, []],
    ['an entry without any price', '  m: {}\n', undefined, ['10 config.no_price']],
    ['none: the model runs here', '', ['local'], []],
  ])('warns of a limit of money that nothing can be held against: %s', async (_name, prices, used, codes) => {
    const text = `${head}providers:
  cloud: { type: openai, model: m, base_url: "ws://127.0.0.1:9/v1" }
  cheap: { type: openai, model: c, base_url: "ws://127.0.0.1:9/v1" }
prices:
  whisper-1: { minute: 0.006 }
${prices}agents:
  a: { instructions: x, provider: cloud, limits: { usd: 1 } }
`;
    const program = await load({ text, ...(used && { usedProviders: used }) });
    expect(program.warnings.map(({ line, code }) => `${line} ${code}`)).toEqual(codes);
    for (const warning of program.warnings) {
      expect(warning.hint).toMatch(/prices: \{ (m|c): \{ text:/);
      expect(warning.message).toContain('agents.a.limits.usd');
    }
  });

  it.each<[what: string, agent: string, places: readonly string[]]>([
    ['a tool', 'handoffs: [b], tools: ["*"]', ['4:19 tool.name_clash']],
    ['another handover', 'handoffs: [b, b]', ['4:22 tool.name_clash']],
    ['a tool that the agent does not have', 'handoffs: [b]', []],
  ])('refuses a handover whose function is named like %s', async (_what, agent, places) => {
    const text = `${head}agents:\n  a: { ${agent} }\n  b: {}\n`;
    expect(await problemsOf({ text, plugins: [tool('transfer_to_b')] })).toEqual(places);
  });

  it.each<[confirm: string, codes: readonly string[]]>([
    ['spoken', ['config.confirm_unavailable']],
    ['{ by: spoken }', ['config.confirm_unavailable']],
    ['app', []],
  ])(
    'warns where calls of the provider want confirm: %s of a user whose words are not known',
    async (confirm, codes) => {
      const program = await load({
        text: `version: 1
default_agent: a
providers: { mine: { type: openai, base_url: "ws://127.0.0.1:9/v1", model: m, api_key: none } }
agents:
  a:
    provider: mine
    transcription: null
    tools: [{ type: mcp, server_label: docs, server_url: "https://m.example", confirm: ${confirm} }]
`,
      });
      expect(program.warnings.map(({ code }) => code)).toEqual(codes);
      if (codes.length > 0) expect(program.warnings[0]?.message).toContain('docs');
    },
  );

  it.each<[reached: string, agents: string, codes: readonly string[]]>([
    ['only in writing', 'b: { tools: [pay] }', ['config.confirm_unavailable']],
    ['by a handover of one that is only asked', 'b: { tools: [], handoffs: [c] }\n  c: { tools: [pay] }', []],
    ['by a handover', 'b: { tools: [pay] }\n  c: { tools: [], handoffs: [b] }', []],
    ['by the application', 'b: { tools: [] }\n  c: { tools: [pay] }', []],
  ])('warns of calls that want a spoken yes of an agent that is reached %s', async (_how, agents, codes) => {
    const program = await load({
      text: `${head}tools:
  ask: { description: Asks, parameters: { what: { type: string } }, agent: { use: b } }
  pay: { description: Pays, parameters: {}, client: {}, confirm: spoken }
agents:
  a: { tools: [ask] }
  ${agents}
`,
    });
    expect(program.warnings.map(({ code }) => code)).toEqual(codes);
  });

  it('needs only the variables of the providers that will be used', async () => {
    const text = `${head}providers: { cloud: { type: openai, model: m, api_key: "\${CLOUD_KEY}" } }\nagents: { a: { instructions: x } }\n`;
    expect(await problemsOf({ text })).toEqual([]);
    expect(await problemsOf({ text, usedProviders: ['local'] })).toEqual([]);
    expect(await problemsOf({ text, usedProviders: ['cloud'] })).toEqual([
      expect.stringMatching(/^3:\d+ config\.missing_variable$/),
    ]);
    const program = await load({ text, usedProviders: ['cloud'], env: { CLOUD_KEY: 'sk-1234' } });
    expect(program.secrets).toEqual([{ name: 'CLOUD_KEY', value: 'sk-1234' }]);
  });
});

describe('readAgentFile', () => {
  it('reads a file, and says what it could not', async () => {
    const folder = tempFolder();
    const file = join(folder, 'agents.yaml');
    await expect(readAgentFile(file)).rejects.toMatchObject({ code: 'config.file_not_found', exitCode: 2 });
    await expect(readAgentFile(folder)).rejects.toMatchObject({
      code: 'config.read_failed',
      message: `could not read ${folder}: EISDIR`,
    });
    writeFileSync(file, 'version: 1\n');
    expect(await readAgentFile(file)).toBe('version: 1\n');
  });
});
