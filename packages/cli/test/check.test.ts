import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith, jsonLines } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const sound = `version: 1
default_agent: a
agents:
  a: { instructions: Help. }
`;

const mistaken = `version: 1
default_agent: conceirge
providers:
  mine: { type: openai, base_url: "not a url", model: any, api_key: none }
plugins:
  - ./none.mjs
tools:
  get_weather:
    description: Weather
    parameters: { city: { type: strin } }
    http: { url: "http://127.0.0.1:9/{{town}}" }
    timeout: 5000
agents:
  concierge:
    provider: mein
    instructions: 7
    voise: marin
    turn_detection: { type: server_vad, threshold: 2 }
    tools: [get_wether]
  other: { provider: mine, instructions: Help. }
`;

describe('check', () => {
  it('reports every one of ten mistakes at its place', async () => {
    const folder = folderWith({ 'agents.yaml': mistaken });
    const ended = await runHere(['check'], { folder });
    expect(ended.exitCode).toBe(2);
    expect(ended.stdout).toBe('');
    const places = [...ended.stderr.matchAll(/agents\.yaml:(\d+:\d+): /g)].map(([, place]) => place);
    expect(places).toEqual([
      '2:16',
      '4:35',
      '6:5',
      '10:33',
      '11:38',
      '12:5',
      '15:15',
      '16:19',
      '17:5',
      '18:52',
      '19:13',
    ]);
    expect(ended.stderr.match(/^ *\^$/gm)).toHaveLength(places.length);
    expect(ended.stderr.match(/^hint: .+$/gm)).toHaveLength(places.length);
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
  });

  it('gives the same as one object with --json', async () => {
    const folder = folderWith({ 'agents.yaml': mistaken });
    const { stdout, exitCode } = await runHere(['check', '--json'], { folder });
    expect(exitCode).toBe(2);
    const [error, ...rest] = jsonLines(stdout);
    expect(rest).toEqual([]);
    expect(error).toMatchObject({ type: 'error', code: 'config.invalid', retryable: false });
    const problems = error?.['problems'] as readonly Readonly<Record<string, unknown>>[];
    expect(problems).toHaveLength(11);
    for (const problem of problems) {
      expect(problem).toEqual({
        code: expect.stringMatching(/^[a-z]+\.[a-z_]+$/) as string,
        message: expect.any(String) as string,
        hint: expect.any(String) as string,
        file: join(folder, 'agents.yaml'),
        line: expect.any(Number) as number,
        column: expect.any(Number) as number,
        path: expect.any(Array) as unknown[],
      });
    }
  });

  it('says that a sound file is sound, in words and in JSON', async () => {
    const folder = folderWith({ 'agents.yaml': sound });
    const [words, json, quiet] = await Promise.all([
      runHere(['check'], { folder }),
      runHere(['check', '--json'], { folder }),
      runHere(['check', '--quiet'], { folder }),
    ]);
    expect(words).toEqual({
      exitCode: 0,
      stdout: `${join(folder, 'agents.yaml')} is sound: agents a; tools none\n`,
      stderr: '',
    });
    expect(jsonLines(json.stdout)).toEqual([
      { type: 'check', file: join(folder, 'agents.yaml'), problems: 0, warnings: 0 },
    ]);
    expect(quiet).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('warns of what has no effect, and the file stays sound', async () => {
    const folder = folderWith({ 'agents.yaml': sound.replace('Help. }', 'Help., temperature: 0.8 }') });
    const ended = await runHere(['check'], { folder });
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toMatch(/^warning: .*agents\.yaml:4:29: .*temperature/m);
  });

  it('needs the variables of the provider that will be used', async () => {
    const text = `${sound}providers: { mine: { type: openai, base_url: "\${URL}", model: m, api_key: none } }\n`;
    const folder = folderWith({ 'agents.yaml': text });
    expect(await runHere(['check'], { folder })).toMatchObject({ exitCode: 0 });
    const missing = await runHere(['check', '--provider', 'mine'], { folder });
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toContain('the environment variable URL is not set');
    const env = { URL: 'ws://127.0.0.1:9/v1' };
    expect(await runHere(['check', '--provider', 'mine'], { folder, env })).toMatchObject({ exitCode: 0 });
  });
});
