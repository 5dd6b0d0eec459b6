import { describe, expect, test } from 'vitest';
import { providersOf } from '../../src/config/agent-config.ts';
import { formatProblem } from '../../src/config/format-problem.ts';
import { parseAgentsFile } from '../../src/config/parse-agents-file.ts';
import { sampleFile } from './sample.ts';

const file = 'agents.yaml';
const crmEnv = { CRM_URL: 'https://crm.example' };

function read(text: string, env: Record<string, string> = {}, usedProviders?: readonly string[]) {
  return parseAgentsFile(text, { file, env, ...(usedProviders && { usedProviders }) });
}

function value(text: string, env: Record<string, string> = {}) {
  const parsed = read(text, env);
  if (!parsed.ok) throw new Error(parsed.problems.map((problem) => formatProblem(problem, text)).join('\n'));
  return parsed.value;
}

/** `line:column code` of every problem. */
function places(text: string, env: Record<string, string> = {}): readonly string[] {
  const parsed = read(text, env);
  return parsed.ok ? [] : parsed.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

/** A sound file with `body` under the agent `a`. */
const agent = (body: string) => `version: 1\nagents:\n  a:\n    ${body}\n`;
/** A sound file with `body` under the tool `t`, which has the parameter `city`. */
const tool = (body: string) =>
  `version: 1\nagents: { a: {} }\ntools:\n  t:\n    description: d\n    http: { url: "https://x.example/" }\n    ${body}\n`;

describe('a sound file', () => {
  test('needs no more than a version and one agent', () => {
    expect(value('version: 1\nagents: { host: { instructions: Be kind. } }')).toEqual({
      version: 1,
      default_agent: 'host',
      providers: { local: { type: 'local' } },
      prices: {},
      plugins: [],
      tools: {},
      tool_limits: { parallel: 64, parallel_per_session: 16, waiting_per_session: 64 },
      languages: {},
      recording: {},
      agents: {
        host: {
          provider: 'local',
          instructions: 'Be kind.',
          turn_detection: {
            type: 'server_vad',
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 500,
            create_response: true,
            interrupt_response: true,
          },
          tools: [],
          handoffs: [],
          variables: {},
          fallback: 'Sorry, I could not answer that. Please try again.',
          resume_false_interruption: true,
          guardrails: [],
          before_call: [],
          after_call: [],
          limits: {},
        },
      },
    });
  });

  test('may hold everything the design shows', () => {
    const parsed = value(sampleFile, crmEnv);
    expect(parsed.default_agent).toBe('concierge');
    expect(parsed.agents['concierge']?.provider).toBe('local');
    expect(parsed.plugins[2]).toMatchObject({
      use: './plugins/crm.ts',
      config: { url: 'https://crm.example' },
    });
    expect(parsed.tools['get_weather']?.intents[0]?.reply).toBe(
      'It is {{result.temperature_c}} degrees in {{city}}.',
    );
  });

  test('tries the providers of a list in turn, each of which there has to be', () => {
    const config = value(agent('provider: [local, local]')).agents['a'];
    expect(config && providersOf(config)).toEqual(['local', 'local']);
    const parsed = parseAgentsFile(agent('provider: [local, cloud]'), { file: 'agents.yaml', env: {} });
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([{ code: 'config.unknown_provider' }]);
  });

  test.each([
    ['null', null],
    ['{ type: none }', null],
    [
      '{ type: local_vad }',
      expect.objectContaining({
        type: 'local_vad',
        min_speech_ms: 120,
        echo_gate: { warm_up_ms: 300, min_speech_ms: 300, half_duplex: false },
      }),
    ],
    ['{ type: push_to_talk }', { type: 'push_to_talk', prefix_padding_ms: 300 }],
    ['{ type: semantic_vad }', expect.objectContaining({ type: 'semantic_vad', eagerness: 'auto' })],
  ])('reads turn_detection %s', (written, expected) => {
    expect(value(agent(`turn_detection: ${written}`)).agents['a']?.turn_detection).toEqual(expected);
  });

  test('may use anchors, aliases and merge keys', () => {
    const text =
      'version: 1\ndefault_agent: b\nagents:\n  a: &a { voice: marin, speed: 1.1 }\n  b: { <<: *a, voice: cedar }\n';
    expect(value(text).agents['b']).toMatchObject({ voice: 'cedar', speed: 1.1 });
  });
});

describe('ten mistakes in one file', () => {
  const text = `version: 2
default_agent: conciergee
providers:
  openai: { type: opnai, api_key: k }
tools:
  get_weather:
    descripton: Current weather
    parameters: { city: { type: string } }
    http: { method: GET, url: "https://api.example.com/{{town}}" }
    timeout_ms: soon
agents:
  concierge:
    provider: opnai
    turn_detection: { type: server_vad, threshold: 1.5 }
    handoffs: [biling]
    greeting: { protected: true }
    voice: marin
    voice: cedar
  billing:
    tools: [a, b
    speed: 1
`;

  test('are all found, each once, at its place', () => {
    expect(places(text)).toEqual([
      '1:10 config.wrong_value',
      '2:16 config.unknown_agent',
      '4:19 config.wrong_value',
      '7:5 config.unknown_key',
      '9:56 config.unknown_parameter',
      '10:17 config.wrong_type',
      '13:15 config.unknown_provider',
      '14:52 config.wrong_value',
      '15:16 config.unknown_agent',
      '16:5 config.missing_key',
      '18:5 config.duplicate_key',
      '20:12 config.syntax',
    ]);
  });

  test('are worded with the value, the place and the next edit', () => {
    const parsed = read(text);
    const shown = parsed.ok ? [] : parsed.problems.map((problem) => formatProblem(problem, text));
    expect(shown[3]).toBe(`agents.yaml:7:5: unknown key "descripton" in tools.get_weather
    descripton: Current weather
    ^
hint: Did you mean "description"?`);
    expect(
      shown[7],
    ).toBe(`agents.yaml:14:52: agents.concierge.turn_detection.threshold is the number 1.5, expected at most 1
    turn_detection: { type: server_vad, threshold: 1.5 }
                                                   ^
hint: Use at most 1.`);
  });
});

describe('each mistake', () => {
  test.each<[string, string, readonly string[]]>([
    ['an empty file', '', ['1:1 config.wrong_type']],
    ['a list', '- a\n', ['1:1 config.wrong_type']],
    ['no version', 'agents: { a: {} }', ['1:1 config.missing_key']],
    ['a quoted version', 'version: "1"\nagents: { a: {} }', ['1:10 config.wrong_value']],
    ['no agents', 'version: 1\n', ['1:1 config.missing_key']],
    ['agents without one', 'version: 1\nagents: {}\n', ['2:1 config.no_agents']],
    ['two agents, no default', 'version: 1\nagents: { a: {}, b: {} }', ['1:1 config.missing_key']],
    ['a name with a space', 'version: 1\nagents: { "a b": {} }', ['2:11 config.bad_name']],
    ['an unknown key without a near one', agent('wibble: 1'), ['4:5 config.unknown_key']],
    [
      'mistakes inside a misspelt section',
      'version: 1\nagent: { a: { sped: 1 } }',
      ['2:1 config.unknown_key', '2:15 config.unknown_key'],
    ],
    ['a text where a list belongs', agent('tools: clock'), ['4:12 config.wrong_type']],
    ['a number where a text belongs', agent('instructions: 5'), ['4:19 config.wrong_type']],
    ['yes for true', agent('greeting: { say: hi, protected: yes }'), ['4:37 config.wrong_type']],
    ['both modalities', agent('output_modalities: [audio, text]'), ['4:24 config.wrong_value']],
    ['too many tokens', agent('max_output_tokens: 5000'), ['4:24 config.wrong_value']],
    ['an unknown tool choice', agent('tool_choice: always'), ['4:18 config.wrong_value']],
    ['a bad tool name', agent('tools: ["get weather"]'), ['4:13 config.wrong_value']],
    ['idle too soon', agent('idle: { after_ms: 5, say: hi }'), ['4:23 config.wrong_value']],
    ['a handoff to itself', agent('handoffs: [a]'), ['4:16 config.handoff_to_self']],
    ['an unknown provider', agent('provider: cloud'), ['4:15 config.unknown_provider']],
    [
      'a built-in provider without its variables',
      agent('provider: azure'),
      ['4:15 config.missing_provider_variables'],
    ],
    [
      'a built-in provider without its variables in a list',
      agent('provider: [local, openai]'),
      ['4:23 config.missing_provider_variables'],
    ],
    [
      'a hosted provider that lacks most of its keys',
      'version: 1\nproviders:\n  az: { type: azure, api_version: 2024-10-01-preview }\nagents: { a: {} }',
      ['3:3 config.missing_key', '3:3 config.missing_key'],
    ],
    [
      'a tool without http',
      'version: 1\nagents: { a: {} }\ntools:\n  t: { description: d }\n',
      ['4:3 config.missing_key'],
    ],
    [
      'a host from the caller',
      tool('parameters: { city: { type: string } }').replace('x.example', '{{city}}'),
      ['6:18 config.bad_url'],
    ],
    ['a url that is none', tool('').replace('https://', ''), ['6:18 config.bad_url']],
    [
      'an unknown type of a parameter',
      tool('parameters: { city: { type: text } }'),
      ['7:33 config.wrong_value'],
    ],
    [
      'a parameter without a type',
      tool('parameters: { city: { description: x } }'),
      ['7:19 config.missing_key'],
    ],
    ['a parameter that is a word', tool('parameters: { city: string }'), ['7:25 config.wrong_value']],
    [
      'a misspelt keyword',
      tool('parameters: { city: { type: string, descr: x } }'),
      ['7:41 config.unknown_key'],
    ],
    [
      'required without a property',
      tool('parameters: { type: object, properties: {}, required: [x] }'),
      ['7:60 config.wrong_value'],
    ],
    [
      'a default outside the enum',
      tool('parameters: { c: { enum: [a], default: b } }'),
      ['7:44 config.wrong_value'],
    ],
    ['a repeat key that is none', tool('idempotent_by: [city]'), ['7:21 config.unknown_parameter']],
    ['an open pattern', tool('intents: [{ match: ["a (b"] }]'), ['7:28 config.bad_pattern']],
    [
      'a pattern slot that is none',
      tool('intents: [{ match: ["in {city}"] }]'),
      ['7:29 config.unknown_parameter'],
    ],
    [
      'a reply slot that is none',
      tool('intents: [{ match: [a], reply: "{{resul.x}}" }]'),
      ['7:37 config.unknown_parameter'],
    ],
    ['an open template', tool('intents: [{ match: [a], reply: "{{result" }]'), ['7:37 config.bad_template']],
    ['a plugin that is a number', 'version: 1\nagents: { a: {} }\nplugins: [3]', ['3:11 config.wrong_type']],
    [
      'a plugin without use',
      'version: 1\nagents: { a: {} }\nplugins: [{ config: {} }]',
      ['3:11 config.missing_key'],
    ],
    [
      'an mcp with neither command nor url',
      'version: 1\nagents: { a: {} }\nplugins: [{ mcp: {} }]',
      ['3:18 config.wrong_type'],
    ],
    ['a tool of two kinds', tool('command: { run: [date] }'), ['7:5 config.second_kind']],
    ['a tool of which one kind is client', tool('client: {}'), ['7:5 config.second_kind']],
    [
      'a client that says something',
      'version: 1\nagents: { a: {} }\ntools:\n  t:\n    description: d\n    client: { url: x }\n',
      ['6:15 config.unknown_key'],
    ],
    [
      'a client that says nothing',
      'version: 1\nagents: { a: {} }\ntools:\n  t:\n    description: d\n    client:\n',
      ['6:12 config.wrong_type'],
    ],
    [
      'a host that arguments fill, without allow',
      'version: 1\nagents: { a: {} }\ntools:\n  t:\n    description: d\n    parameters: { h: { type: string } }\n    http: { url: "https://{{h}}/" }\n',
      ['7:18 config.bad_url'],
    ],
    [
      'a form field that is no parameter',
      'version: 1\nagents: { a: {} }\ntools:\n  t:\n    description: d\n    http: { url: "https://x.example/", method: POST, form: { a: "{{b}}" } }\n',
      ['6:66 config.unknown_parameter'],
    ],
    [
      'an auth of two kinds',
      'version: 1\nagents: { a: {} }\ntools:\n  t:\n    description: d\n    http: { url: "https://x.example/", auth: { bearer: a, query: { name: k, value: v } } }\n',
      ['6:46 config.wrong_type'],
    ],
    [
      'a program that arguments name',
      'version: 1\nagents: { a: {} }\ntools:\n  t:\n    description: d\n    command: { run: ["{{p}}", x] }\n',
      ['6:22 config.wrong_value'],
    ],
    [
      'an argument that is no parameter',
      'version: 1\nagents: { a: {} }\ntools:\n  t:\n    description: d\n    parameters: { city: { type: string } }\n    command: { run: [ls, "--x={{cty}}"] }\n',
      ['7:31 config.unknown_parameter'],
    ],
    [
      'a program without a program, a variable and an exit code that are none',
      'version: 1\nagents: { a: {} }\ntools:\n  t:\n    description: d\n    command: { run: [], env: { "a b": c }, exit_codes: { x: y } }\n',
      ['6:21 config.wrong_value', '6:32 config.bad_name', '6:58 config.bad_name'],
    ],
    ['a path of a result that is none', tool('result: { path: "a..b" }'), ['7:21 config.wrong_value']],
    [
      'an option of an imported tool that is none',
      'version: 1\nagents: { a: {} }\nplugins: [{ openapi: ./a.yaml, overrides: { get: { timeout: 3 } } }]',
      ['3:52 config.unknown_key'],
    ],
    [
      'openai without a key',
      `${agent('provider: p')}providers: { p: { type: openai } }\n`,
      ['5:14 config.missing_key'],
    ],
    [
      'a base_url that is none',
      `${agent('provider: p')}providers: { p: { type: openai, base_url: x } }\n`,
      ['5:43 config.bad_url'],
    ],
    [
      'azure without a key',
      `${agent('provider: p')}providers: { p: { type: azure, endpoint: "https://r", deployment: d } }\n`,
      ['5:14 config.missing_key'],
    ],
    [
      'azure with two ways to prove who calls',
      `${agent('provider: p')}providers: { p: { type: azure, endpoint: "wss://r", deployment: d, token: t, api_key: k } }\n`,
      ['5:68 config.two_credentials'],
    ],
    [
      'capabilities that there are not',
      `${agent('provider: p')}providers: { p: { type: openai_compatible, base_url: "ws://h", capabilities: { rejects_settings: [audio.output.sped], rejects_events: [response.create] } } }\n`,
      ['5:99 config.wrong_value', '5:136 config.wrong_value'],
    ],
    ['a tab', 'version: 1\nagents:\n\ta: {}\n', ['3:1 config.syntax']],
    [
      'an unquoted @',
      'version: 1\nplugins:\n  - @antiphon/tools/clock\nagents: { a: {} }',
      ['3:5 config.syntax'],
    ],
    ['an unquoted colon', agent('instructions: You: are'), ['4:19 config.syntax']],
    [
      'a quote left open',
      agent('instructions: "You\n    speed: 9'),
      ['4:19 config.syntax', '5:12 config.wrong_value'],
    ],
    [
      'a brace left open',
      agent('greeting: { say: hi\n    speed: 9'),
      ['4:15 config.syntax', '5:12 config.wrong_value'],
    ],
    ['an unknown tag', agent('voice: !env marin'), ['4:12 config.unknown_tag']],
    ['an unknown alias', agent('tools: [*docs]'), ['4:13 config.bad_alias']],
    ['a merge of a number', agent('<<: 5'), ['4:5 config.bad_merge']],
    ['a list as a key', agent('? [x]\n    : 1'), ['4:7 config.bad_key']],
    ['an infinite number', agent('speed: .inf'), ['4:12 config.bad_number']],
    ['two documents', `${agent('speed: 1')}---\nb: 1\n`, ['5:1 config.multiple_documents']],
  ])('%s', (_, text, expected) => {
    expect(places(text)).toEqual(expected);
  });

  test('is judged by providers only where they are used', () => {
    const text = `${agent('provider: local')}providers: { p: { type: azure, endpoint: "…", deployment: d } }\n`;
    expect(places(text)).toEqual([]);
  });
});

describe('variables', () => {
  const text = `version: 1
providers:
  openai: { type: openai, api_key: "\${KEY}", session_limit_ms: "\${LIMIT}" }
agents:
  a:
    provider: "\${WHICH:-local}"
    instructions: Hi
`;

  test('of a provider that is not used may be missing: it is left out with a warning', () => {
    const parsed = read(text);
    expect(parsed).toMatchObject({
      ok: true,
      value: { providers: { local: { type: 'local' } } },
      warnings: [
        { line: 3, column: 37, code: 'config.unresolved_part' },
        { line: 3, column: 65, code: 'config.unresolved_part' },
      ],
    });
    expect(parsed.ok && parsed.value.providers).not.toHaveProperty('openai');
  });

  test.each<[string, Record<string, string>, readonly string[] | undefined]>([
    ['an agent', { WHICH: 'openai' }, undefined],
    ['the caller', {}, ['openai']],
  ])('of a provider that %s uses are needed', (_, env, used) => {
    const parsed = read(text, env, used);
    expect(!parsed.ok && parsed.problems).toMatchObject([
      { line: 3, column: 37, message: 'the environment variable KEY is not set' },
      { line: 3, column: 65, message: 'the environment variable LIMIT is not set' },
    ]);
  });

  test('become numbers where the schema wants a number, and are then no secrets', () => {
    const parsed = read(text, { WHICH: 'openai', KEY: 'sk-12345', LIMIT: '60000' });
    expect(parsed).toMatchObject({
      ok: true,
      value: { providers: { openai: { api_key: 'sk-12345', session_limit_ms: 60_000 } } },
      secrets: [{ name: 'KEY', value: 'sk-12345' }],
    });
  });

  test('that hold no number are shown by name, never by value', () => {
    const parsed = read(text, { WHICH: 'openai', KEY: 'sk-12345', LIMIT: 'hunter22' });
    expect(JSON.stringify(parsed)).not.toContain('hunter22');
    expect(!parsed.ok && parsed.problems[0]?.message).toContain('got the text "${LIMIT}"');
  });

  test('of a tool that no agent uses may be missing', () => {
    const unused = tool('timeout_ms: "${T}"');
    expect(read(unused)).toMatchObject({
      ok: true,
      value: { tools: {} },
      warnings: [{ line: 7, column: 18 }],
    });
    expect(places(unused.replace('a: {}', 'a: { tools: ["t*"] }'))).toEqual(['7:18 config.missing_variable']);
  });

  test('never change the structure of the file', () => {
    expect(value(agent('instructions: ${X}'), { X: 'a: { b: [1' }).agents['a']?.instructions).toBe(
      'a: { b: [1',
    );
  });

  test('in what the model reads give a warning', () => {
    expect(read(agent('instructions: "Key ${X}"'), { X: 'abcd' })).toMatchObject({
      ok: true,
      warnings: [{ code: 'config.secret_in_prompt', line: 4, column: 20 }],
    });
  });

  test.each([
    ['${1X}', '4:19 config.bad_variable'],
    ['"say ${X"', '4:24 config.bad_variable'],
    ['"${X-1}"', '4:20 config.bad_variable'],
    ['"${X:?set it}"', '4:20 config.missing_variable'],
  ])('%s is a mistake', (written, expected) => {
    expect(places(agent(`instructions: ${written}`))).toEqual([expected]);
  });
});

describe('what later checks need', () => {
  test('problems at a path, in the words of an error', () => {
    const parsed = read(sampleFile, crmEnv);
    if (!parsed.ok) throw new Error('the sample is sound');
    const words = { code: 'config.unknown_tool', message: 'no such tool', hint: 'Check it.' } as const;
    const problem = parsed.problemAt(['agents', 'concierge', 'tools', 2], words);
    expect(formatProblem(problem, sampleFile)).toBe(`agents.yaml:37:40: no such tool
    tools: [get_weather, current_time, "docs_*"]
                                       ^
hint: Check it.`);
    expect(parsed.locate(['plugins', 1])).toEqual({ line: 11, column: 5 });
    expect(parsed.locate(['agents', 'billing', 'tools', 0])).toEqual({ line: 43, column: 3 });
    expect(parsed.problemAt(['tools', 'get_weather'], words, 'key')).toMatchObject({ line: 15, column: 3 });
  });
});

test('an anchor with a mistake is one problem however often it is used', () => {
  const text = 'version: 1\ndefault_agent: a\nagents:\n  a: &a { sped: 1 }\n  b: *a\n  c: *a\n';
  expect(places(text)).toEqual(['4:11 config.unknown_key']);
});

describe('a name that cannot be one', () => {
  test('is reported once, and what stands under it is checked all the same', () => {
    const text = [
      'version: 1',
      'tools:',
      '  get weather:',
      '    description: Weather',
      '    timeout_ms: soon',
      '    http: { url: "https://example.com" }',
      'agents: { a: { instructions: Hi. } }',
    ].join('\n');
    const parsed = parseAgentsFile(text, { file: 'agents.yaml', env: {} });
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? [] : parsed.problems.map(({ code, line, column }) => [code, line, column])).toEqual([
      ['config.bad_name', 3, 3],
      ['config.wrong_type', 5, 17],
    ]);
  });
});
