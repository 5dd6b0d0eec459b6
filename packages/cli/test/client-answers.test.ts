import { describe, expect, it } from 'vitest';
import { folderWith } from './support/antiphon-process.ts';
import { runHere } from './support/run-here.ts';

const folder = folderWith({
  'agents.yaml': `version: 1
tools:
  scan_code:
    description: Scans a code
    parameters: { kind: { type: string } }
    client: {}
    intents: [{ match: ["scan [my] {kind}"], reply: "It is {{result.code}}." }]
agents: { desk: { tools: [scan_code], output_modalities: [text] } }
`,
});
const call = (...more: readonly string[]) =>
  runHere(['tools', 'call', 'scan_code', '{"kind":"ticket"}', ...more], { folder });

describe('client tools, which no application answers', () => {
  it('answer what the command line says', async () => {
    const { exitCode, stdout } = await call('--answer', 'scan_code={"code":"A-17"}');
    expect([exitCode, stdout]).toEqual([0, '{"code":"A-17"}\n']);
  });

  it.each([[], ['--answer', 'other=1']])('are told to have nobody with %j', async (...more) => {
    const { exitCode, stdout } = await call(...more);
    expect([exitCode, JSON.parse(stdout)]).toEqual([4, expect.objectContaining({ code: 'tool.no_client' })]);
  });

  it('refuse what is no answer', async () => {
    for (const answer of ['scan_code', 'scan_code={', '=1']) {
      const { exitCode, stderr } = await call('--answer', answer);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('NAME=JSON')]);
    }
  });
});
