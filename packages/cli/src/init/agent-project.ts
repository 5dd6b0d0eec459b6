import { agentsFileJsonSchema } from '@antiphon/core';
import type { Project } from './write-project.ts';

const agentFile = `# yaml-language-server: $schema=./agents.schema.json
version: 1

plugins:
  - "@antiphon/tools/clock"
  - "@antiphon/tools/calculator"

tools:
  # A tool without code: what the model is told of it, and what it does.
  about_this_machine:
    description: Which system this machine runs
    parameters: {}
    command: { run: [node, --print, "process.platform"] }
    effects: none
    intents:
      - { match: ["(what|which) system (is this|does this machine run)"], reply: "This machine runs {{result}}." }

agents:
  assistant:
    # The offline engine needs no key and no network. Another provider: antiphon run --provider openai …
    provider: "\${ANTIPHON_PROVIDER:-local}"
    instructions: |
      You are a friendly assistant. Answer in one or two short sentences.
      Use your tools for the time and for sums instead of guessing.
    tools: [current_time, current_date, convert_time, calculate, about_this_machine]
    greeting: { say: "Hello! Ask me for the time, or for a sum." }
`;

const environment = `# Copied to .env, this is read by every command.
# ANTIPHON_PROVIDER=openai
# OPENAI_API_KEY=
`;

/** An agent that works at once, offline. */
export function agentProject(): Project {
  return {
    files: {
      'agents.yaml': agentFile,
      'agents.schema.json': `${JSON.stringify(agentsFileJsonSchema(), null, 2)}\n`,
      '.env.example': environment,
    },
    next: ['antiphon check', 'antiphon run --text "What time is it in Tokyo?"'],
  };
}
