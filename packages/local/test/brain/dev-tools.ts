import type { BrainTool } from '../../src/stages.ts';

function tool(
  name: string,
  description: string,
  properties: Record<string, Record<string, string | number | string[]>>,
  more: { optional?: string[]; match?: string[]; reply?: string; effects?: 'none' | 'external' } = {},
): BrainTool {
  const required = Object.keys(properties).filter((key) => !(more.optional ?? []).includes(key));
  const intent = { match: more.match ?? [], ...(more.reply === undefined ? {} : { reply: more.reply }) };
  return {
    name,
    description,
    parameters: { type: 'object', properties, required },
    intents: more.match === undefined ? [] : [intent],
    effects: more.effects ?? 'none',
  };
}

const city = { city: { type: 'string', description: 'City name' } };

/** Tools such as a voice agent has, each with a few patterns. */
export const devTools: readonly BrainTool[] = [
  tool('get_weather', 'Current weather in a city', city, {
    match: ['(what is|how is) the weather [like] [in {city}]', 'weather in {city}', 'will it rain in {city}'],
    reply: 'It is {{result.temperature_c}} degrees in {{city}}.',
  }),
  tool(
    'current_time',
    'Tells the current time in a city or time zone',
    { city: { type: 'string', description: 'City or time zone' } },
    {
      optional: ['city'],
      match: ['what time is it [in {city}]', 'what is the time [in {city}]'],
      reply: 'It is {{result.time}}.',
    },
  ),
  tool(
    'current_date',
    'Tells the date today',
    {},
    { match: ['what is the date [today]', 'what day is it [today]'] },
  ),
  tool(
    'calculate',
    'Evaluates an arithmetic expression',
    { expression: { type: 'string', description: 'The arithmetic to work out' } },
    { match: ['(what is|how much is|calculate) {expression}'], reply: 'That is {{result}}.' },
  ),
  tool(
    'set_timer',
    'Starts a timer',
    {
      duration_seconds: { type: 'integer', description: 'How long, in seconds', minimum: 1, maximum: 86400 },
      label: { type: 'string', description: 'What the timer is for' },
    },
    {
      optional: ['label'],
      match: [
        '(set|start) a [{label}] timer for {duration_seconds}',
        '(set|start) a {duration_seconds} timer [for {label}]',
      ],
      reply: 'Your timer for {{duration_seconds}} is running.',
    },
  ),
  tool(
    'send_message',
    'Sends a text message to a person',
    {
      recipient: { type: 'string', description: 'Who gets the message' },
      text: { type: 'string', description: 'The message' },
    },
    {
      effects: 'external',
      match: ['send [a message to] {recipient} (saying|that says) {text}', 'tell {recipient} that {text}'],
      reply: 'I sent it to {{recipient}}.',
    },
  ),
  tool(
    'play_music',
    'Plays music',
    { query: { type: 'string', description: 'Song, artist, genre or playlist' } },
    { match: ['play {query}', 'put on {query}'], reply: 'Playing {{query}}.' },
  ),
  tool(
    'set_light',
    'Switches the light in a room on or off',
    {
      room: {
        type: 'string',
        enum: ['living_room', 'kitchen', 'bedroom', 'bathroom'],
        description: 'The room',
      },
      state: { type: 'string', enum: ['on', 'off'], description: 'On or off' },
    },
    {
      match: [
        '(turn|switch) {state} the (light|lights) in the {room}',
        '(turn|switch) the {room} (light|lights) {state}',
      ],
      reply: 'The light in the {{room}} is {{state}}.',
    },
  ),
  tool(
    'order_status',
    'Looks up where an order is and when it will arrive',
    { order_id: { type: 'string', description: 'Order number' } },
    {
      optional: ['order_id'],
      match: ['where is my order [{order_id}]', 'track [my] order [number] {order_id}'],
    },
  ),
  tool(
    'transfer_to_human',
    'Connects the caller with a person from the staff',
    {},
    {
      match: ['(talk|speak) to a (human|person|agent)'],
    },
  ),
];

/** The same tools as if their author had written no intents at all. */
export const bareTools: readonly BrainTool[] = devTools.map((one) => ({ ...one, intents: [] }));
