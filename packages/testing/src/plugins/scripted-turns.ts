import type { JsonObject, JsonValue } from '@antiphon/core';
import type { ModelAnswer, ModelCall, ModelContext } from '../model/answers.ts';

/** One exchange, as a test writes it down. */
export interface ScriptedTurn {
  /** What the user types. */
  readonly user: string;
  /** What the model calls, all in one response. */
  readonly calls?: readonly ModelCall[];
  /** What the agent says in the end. `{{get_weather.temperature_c}}` is filled from what the tool of that name gave. */
  readonly agent?: string;
}

/** How a response asks for given words. */
const wordForWord = /^Say exactly the following text, word for word, and nothing else: (".*")$/s;

/** A model that does what the turn under way says. */
export class ScriptedTurns {
  #turn: ScriptedTurn = { user: '' };
  #hasCalled = false;

  begin(turn: ScriptedTurn): void {
    this.#turn = turn;
    this.#hasCalled = false;
  }

  answer({ instructions, outputs }: Pick<ModelContext, 'instructions' | 'outputs'>): ModelAnswer {
    const words = wordForWord.exec(instructions)?.[1];
    if (words !== undefined) return { says: JSON.parse(words) as string };
    const { calls = [], agent = 'All right.' } = this.#turn;
    if (calls.length > 0 && !this.#hasCalled) {
      this.#hasCalled = true;
      return { calls };
    }
    const values = Object.fromEntries(outputs.map(({ name, output }) => [name, valueOf(output)]));
    return { says: filled(agent, values) };
  }
}

/** What has no value stays as it stands, so that a test shows it. */
function filled(text: string, values: JsonObject): string {
  return text.replaceAll(/\{\{\s*([\w.-]+)\s*\}\}/g, (slot, path: string) => {
    const value = path.split('.').reduce<JsonValue | undefined>(memberOf, values);
    if (value === undefined) return slot;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as JsonObject)[key];
}

/** The value that a model reads in an output. */
function valueOf(output: string): JsonValue {
  try {
    return JSON.parse(output) as JsonValue;
  } catch {
    return output;
  }
}
