import type { JsonObject, JsonValue } from '@antiphon/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIntentIndexCache } from '../../src/brain/index-cache.ts';
import { createIntentBrain, type IntentBrain } from '../../src/brain/intent-brain.ts';
import type { BrainCall, BrainContext, BrainReply, BrainTool, Embedder } from '../../src/stages.ts';
import { devTools } from './dev-tools.ts';

const now = new Date(2026, 10, 24, 14, 0, 0);

interface Talk {
  say(text: string): Promise<string | readonly BrainCall[]>;
  result(name: string, args: JsonObject, output: JsonValue): Promise<string>;
}

function talk(context: Partial<BrainContext> = {}, brain: IntentBrain = createIntentBrain()): Talk {
  const full: BrainContext = { tools: devTools, toolChoice: 'auto', instructions: '', now, ...context };
  const open = (reply: BrainReply) => (reply.kind === 'say' ? reply.text : reply.calls);
  return {
    say: async (text) => open(await brain.respond({ kind: 'user', text }, full)),
    result: async (name, args, output) => {
      const results = [{ name, arguments: args, output }];
      const reply = await brain.respond({ kind: 'tool_results', results }, full);
      return reply.kind === 'say' ? reply.text : '';
    },
  };
}

function call(name: string, args: JsonObject = {}): readonly BrainCall[] {
  return [{ name, arguments: args }];
}

describe('questions', () => {
  test('a missing value is asked for and taken from the next turn', async () => {
    const { say } = talk();
    expect(await say("What's the weather?")).toBe('Which city?');
    expect(await say("It's London, please.")).toEqual(call('get_weather', { city: 'London' }));
  });

  test('a full sentence answers too', async () => {
    const { say } = talk();
    await say("What's the weather?");
    expect(await say("What's the weather in Rome?")).toEqual(call('get_weather', { city: 'Rome' }));
  });

  test('several missing values are asked for one after the other', async () => {
    const { say } = talk();
    expect(await say('Turn on the light.')).toBe('Which room: living room, kitchen, bedroom or bathroom?');
    expect(await say('kitchin')).toEqual(call('set_light', { state: 'on', room: 'kitchen' }));
  });

  test('a value out of range is said to be, and asked for again', async () => {
    const { say } = talk();
    expect(await say('Set a timer for 3 days.')).toBe(
      'It must be between 1 second and 24 hours. For how long?',
    );
    expect(await say('Ten minutes')).toEqual(call('set_timer', { duration_seconds: 600 }));
  });

  test('two useless answers end the matter', async () => {
    const { say } = talk();
    await say('Set a timer.');
    expect(await say('Banana')).toBe('Sorry, I did not get that. For how long?');
    expect(await say('Apple')).toBe('Sorry, I still did not get that. Let us leave it.');
    expect(await say('Cherry')).toMatch(/^I did not get that\./);
  });

  test('the user may call it off or change the subject', async () => {
    const first = talk();
    await first.say('Set a timer.');
    expect(await first.say('Never mind.')).toBe('All right, never mind.');
    const second = talk();
    await second.say('Set a timer.');
    expect(await second.say('What time is it in Tokyo?')).toEqual(call('current_time', { city: 'Tokyo' }));
  });
});

describe('tools with effects', () => {
  const question = 'Shall I send a message to Susan saying happy birthday?';

  test('are called at once when a pattern fits', async () => {
    const { say } = talk();
    expect(await say("Tell Anna that I'm late.")).toEqual(
      call('send_message', { recipient: 'Anna', text: "I'm late" }),
    );
  });

  test('are called only after a yes when none does', async () => {
    const { say } = talk();
    expect(await say('Can you text Susan happy birthday?')).toBe(question);
    expect(await say('Hmm, yes, please do.')).toEqual(
      call('send_message', { recipient: 'Susan', text: 'happy birthday' }),
    );
  });

  test('are not called after a no', async () => {
    const { say } = talk();
    await say('Can you text Susan happy birthday?');
    expect(await say("No, don't.")).toBe('All right, I will not.');
    expect(await say('Yes.')).not.toBeInstanceOf(Array);
  });

  test('are not called on a yes with conditions', async () => {
    const { say } = talk();
    await say('Can you text Susan happy birthday?');
    expect(await say('Yes, but to David.')).toBe(`Please say yes or no. ${question}`);
    expect(await say('Bananas')).toBe('I take that as a no, so I have done nothing.');
  });
});

describe('several requests in one turn', () => {
  test.each([
    [
      'What time is it in Tokyo and set a timer for ten minutes?',
      [...call('current_time', { city: 'Tokyo' }), ...call('set_timer', { duration_seconds: 600 })],
    ],
    [
      "What's the weather in Rome? Set a timer for an hour and a half.",
      [...call('get_weather', { city: 'Rome' }), ...call('set_timer', { duration_seconds: 5400 })],
    ],
    [
      'Tell Anna that I bought milk and bread',
      call('send_message', { recipient: 'Anna', text: 'I bought milk and bread' }),
    ],
    ['Set a timer for one minute and ten seconds', call('set_timer', { duration_seconds: 70 })],
    [
      'Turn on the kitchen lights and play some jazz.',
      [...call('set_light', { room: 'kitchen', state: 'on' }), ...call('play_music', { query: 'some jazz' })],
    ],
    ['It is so grey here. What is the weather in Oslo?', call('get_weather', { city: 'Oslo' })],
  ])('%j', async (text, calls) => {
    expect(await talk().say(text)).toEqual(calls);
  });

  test('the results are told together', async () => {
    const brain = createIntentBrain();
    const context: BrainContext = { tools: devTools, toolChoice: 'auto', instructions: '', now };
    await brain.respond({ kind: 'user', text: 'What time is it in Tokyo and play some jazz' }, context);
    const reply = await brain.respond(
      {
        kind: 'tool_results',
        results: [
          { name: 'current_time', arguments: { city: 'Tokyo' }, output: { time: '23:00' } },
          { name: 'play_music', arguments: { query: 'some jazz' }, output: { error: 'The player is off.' } },
        ],
      },
      context,
    );
    expect(reply).toEqual({
      kind: 'say',
      text: 'It is 23:00. Sorry, that did not work: The player is off.',
    });
  });
});

describe('results', () => {
  test('fill the template of the intent, with the slot as it was said', async () => {
    const { say, result } = talk();
    await say('Set a timer for ten minutes.');
    expect(await result('set_timer', { duration_seconds: 600 }, { id: 1 })).toBe(
      'Your timer for ten minutes is running.',
    );
  });

  test('that lack what the template needs are told plainly', async () => {
    const { say, result } = talk();
    await say("What's the weather in Rome?");
    expect(await result('get_weather', { city: 'Rome' }, { condition: 'fog' })).toBe('Condition is fog.');
  });

  test('of a call the brain did not make are told too', async () => {
    expect(await talk().result('unknown', {}, 'All done')).toBe('All done.');
  });
});

describe('what is not understood', () => {
  test('is said, with what the tools can do', async () => {
    expect(await talk().say('Who wrote Pride and Prejudice?')).toBe(
      'I did not get that. I can help with current weather in a city, tell you the current time in a city or time zone, ' +
        'tell you the date today and evaluate an arithmetic expression, among other things.',
    );
  });

  test.each([
    ['Hello!', 'Hello! How can I help?'],
    ['Thank you.', 'You are welcome.'],
    ['Goodbye.', 'Goodbye!'],
    ['', 'Sorry, I did not hear that.'],
  ])('small talk: %j', async (text, expected) => {
    expect(await talk().say(text)).toBe(expected);
  });

  test('no tools at all is no problem', async () => {
    expect(await talk({ tools: [] }).say('What time is it?')).toBe('I did not get that.');
  });
});

describe('tool choice', () => {
  test('none: nothing is called', async () => {
    expect(await talk({ toolChoice: 'none' }).say('What time is it?')).toBe(
      'Sorry, I cannot do that right now.',
    );
  });

  test('required: the nearest tool is called whatever was said', async () => {
    expect(await talk({ toolChoice: 'required' }).say('Hello.')).toBeInstanceOf(Array);
  });

  test('a named tool takes the turn, and bare words as its value', async () => {
    const context: Partial<BrainContext> = { toolChoice: { name: 'get_weather' } };
    expect(await talk(context).say('What time is it in Tokyo?')).toEqual(
      call('get_weather', { city: 'Tokyo' }),
    );
    expect(await talk(context).say('Rome')).toEqual(call('get_weather', { city: 'Rome' }));
    expect(await talk(context).say('Good morning everybody out there')).toBe('Which city?');
  });

  test('a name that is no tool calls nothing', async () => {
    expect(await talk({ toolChoice: { name: 'nothing' } }).say('What time is it?')).toBe(
      'I did not get that.',
    );
  });
});

describe('tools with unusual schemas', () => {
  const make = (
    parameters: JsonObject,
    match: readonly string[],
    effects: BrainTool['effects'] = 'none',
  ): BrainTool => ({
    name: 'book_table',
    description: 'Books a table in a restaurant.',
    parameters: { type: 'object', ...parameters },
    intents: [{ match }],
    effects,
  });

  test('values beside the slots of the pattern are found by their types', async () => {
    const tool = make(
      {
        properties: {
          guests: { type: 'integer', minimum: 1, maximum: 12 },
          date: { type: 'string', format: 'date' },
          channel: { const: 'voice' },
          area: { type: 'string', enum: ['inside', 'terrace'], default: 'inside' },
        },
        required: ['guests', 'date', 'channel', 'area'],
      },
      ['(book|reserve) a table for {guests} [people]'],
    );
    const { say } = talk({ tools: [tool] });
    expect(await say('Book a table for four people tomorrow on the terrace.')).toEqual(
      call('book_table', { channel: 'voice', area: 'terrace', guests: 4, date: '2026-11-25' }),
    );
    expect(await say('Reserve a table for two.')).toBe('What is the date?');
    expect(await say('Next Friday, please')).toEqual(
      call('book_table', { channel: 'voice', area: 'inside', guests: 2, date: '2026-12-04' }),
    );
  });

  test('a date at the end of a text goes to the parameter for dates', async () => {
    const todo: BrainTool = {
      name: 'add_todo',
      description: 'Adds an item to the list',
      parameters: {
        type: 'object',
        properties: { item: { type: 'string' }, due: { type: 'string', format: 'date' } },
        required: ['item'],
      },
      intents: [{ match: ['remind me to {item}'] }],
      effects: 'none',
    };
    const { say } = talk({ tools: [todo] });
    expect(await say('Remind me to call the dentist tomorrow.')).toEqual(
      call('add_todo', { item: 'call the dentist', due: '2026-11-25' }),
    );
  });

  test('a pattern that cannot be read is left out, the others work', async () => {
    const { say } = talk({ tools: [make({}, ['book (a table', 'book a table'])] });
    expect(await say('Book a table.')).toEqual(call('book_table'));
  });

  test('a required object cannot be spoken, and is not made up', async () => {
    const tool = make({ properties: { order: { type: 'object' } }, required: ['order'] }, ['book a table']);
    expect(await talk({ tools: [tool] }).say('Book a table.')).toBe(
      'Sorry, I cannot take all the details of that by voice.',
    );
  });

  test('a pattern of one text slot takes what nothing else does', async () => {
    const search: BrainTool = {
      name: 'search',
      description: 'Searches the handbook',
      parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
      intents: [{ match: ['{query}'] }],
      effects: 'none',
    };
    const { say } = talk({ tools: [...devTools, search] });
    expect(await say('Who wrote Pride and Prejudice?')).toEqual(
      call('search', { query: 'Who wrote Pride and Prejudice' }),
    );
    expect(await say('What time is it?')).toEqual(call('current_time'));
    expect(await say('Hello!')).toBe('Hello! How can I help?');
  });
});

describe('sharing', () => {
  function countingEmbedder(): Embedder & { texts: number } {
    const embedder = {
      texts: 0,
      embed: async (texts: readonly string[]) => {
        embedder.texts += texts.length;
        return texts.map(() => new Float32Array([1, 0]));
      },
      close: async () => {},
    };
    return embedder;
  }

  test('sessions of an engine embed the examples of equal tool sets once', async () => {
    const embedder = countingEmbedder();
    const indexes = createIntentIndexCache(embedder);
    await indexes.prepare(devTools);
    const examples = embedder.texts;
    expect(examples).toBeGreaterThan(10);
    await talk({ tools: [...devTools] }, createIntentBrain({ indexes })).say('Something odd');
    await talk({ tools: structuredClone(devTools) }, createIntentBrain({ indexes })).say('Something odd');
    expect(embedder.texts).toBe(examples + 2);
  });

  test('an embedder that fails leaves the words to decide', async () => {
    const embedder: Embedder = { embed: () => Promise.reject(new Error('gone')), close: async () => {} };
    expect(await talk({}, createIntentBrain({ embedder })).say('Is it raining in Oslo?')).toEqual(
      call('get_weather', { city: 'Oslo' }),
    );
  });
});

describe('whatever is said', () => {
  const phrase = fc.constantFrom(
    'what is',
    'the weather',
    'in',
    'London',
    'set a timer',
    'for',
    'ten',
    'minutes',
    'and',
    'tell',
    'Anna',
    'that',
    'yes',
    'no',
    '7',
    'times',
    'never mind',
    'the',
    'on',
    'off',
    'kitchen',
    '.',
    '?',
    'half',
    'of',
    'minus',
    'point',
  );

  test('the brain answers with words or with calls of its tools, and does not throw', async () => {
    const indexes = createIntentIndexCache();
    const turns = fc.array(
      fc.oneof(
        fc.string({ maxLength: 80 }),
        fc.array(phrase, { maxLength: 14 }).map((p) => p.join(' ')),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    await fc.assert(
      fc.asyncProperty(turns, async (texts) => {
        const { say } = talk({}, createIntentBrain({ indexes }));
        for (const text of texts) {
          const reply = await say(text);
          if (typeof reply === 'string') expect(reply).toMatch(/\S/);
          else
            expect(devTools.map((tool) => tool.name)).toEqual(
              expect.arrayContaining(reply.map((one) => one.name)),
            );
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a turn of a hundred thousand words is cut, not suffered', async () => {
    expect(await talk().say('and then tell Anna that '.repeat(20_000))).toBeDefined();
  });
});
