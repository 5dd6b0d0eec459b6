import type { JsonObject } from '@antiphon/core';

/** One request, the tool meant, and the arguments that matter. */
export interface DevRequest {
  readonly text: string;
  readonly tool: string;
  readonly arguments: JsonObject;
}

function row(text: string, tool: string, args: JsonObject = {}): DevRequest {
  return { text, tool, arguments: args };
}

/** Requests as a recogniser writes them; about a third follow a pattern, the others are said freely. */
export const devRequests: readonly DevRequest[] = [
  row("What's the weather in Sao Paulo?", 'get_weather', { city: 'Sao Paulo' }),
  row('How is the weather like in New York today?', 'get_weather', { city: 'New York' }),
  row("What's the whether in Berlin?", 'get_weather', { city: 'Berlin' }),
  row('Is it going to be sunny in Rome on Friday?', 'get_weather', { city: 'Rome' }),
  row('How cold will it get in Chicago tonight?', 'get_weather', { city: 'Chicago' }),
  row('Do I need an umbrella in Dublin?', 'get_weather', { city: 'Dublin' }),
  row('Is it raining in Oslo right now?', 'get_weather', { city: 'Oslo' }),
  row('Could you please tell me what the temperature is in Madrid?', 'get_weather', { city: 'Madrid' }),
  row('Give me the forecast for Lisbon.', 'get_weather', { city: 'Lisbon' }),
  row('What time is it?', 'current_time'),
  row('What time is it in Tokyo?', 'current_time', { city: 'Tokyo' }),
  row('What time is it right now?', 'current_time'),
  row("Do you know what's the time in Buenos Aires?", 'current_time', { city: 'Buenos Aires' }),
  row('How late is it in Cairo?', 'current_time', { city: 'Cairo' }),
  row('Can you tell me the current time?', 'current_time'),
  row('What is the date today?', 'current_date'),
  row("What's today's date?", 'current_date'),
  row('Which day of the month is it?', 'current_date'),
  row('What is 205 times 7?', 'calculate', { expression: '205 * 7' }),
  row('How much is 18 plus 46?', 'calculate', { expression: '18 + 46' }),
  row('what is two hundred and five times seven', 'calculate', { expression: '205 * 7' }),
  row('Work out 15 percent of 80.', 'calculate', { expression: '(15 / 100) * 80' }),
  row('Can you divide 144 by 12?', 'calculate', { expression: '144 / 12' }),
  row("I'd like to know the square root of 81.", 'calculate', { expression: 'sqrt(81)' }),
  row('Multiply 9 by 12 for me.', 'calculate', { expression: '9 * 12' }),
  row('Set a timer for 10 minutes.', 'set_timer', { duration_seconds: 600 }),
  row('Set a time her for ten minutes', 'set_timer', { duration_seconds: 600 }),
  row('Please start a timer for 1 hour and 30 minutes.', 'set_timer', { duration_seconds: 5400 }),
  row('Start a 20 second timer.', 'set_timer', { duration_seconds: 20 }),
  row('Let me know when 15 minutes have passed.', 'set_timer', { duration_seconds: 900 }),
  row('I need to boil an egg, so time me for six minutes.', 'set_timer', { duration_seconds: 360 }),
  row('Wake me up in half an hour.', 'set_timer', { duration_seconds: 1800 }),
  row('Count down two and a half minutes.', 'set_timer', { duration_seconds: 150 }),
  row('Set a pasta timer for 9 minutes please.', 'set_timer', { duration_seconds: 540, label: 'pasta' }),
  row('Tell David that the meeting is cancelled.', 'send_message', {
    recipient: 'David',
    text: 'the meeting is cancelled',
  }),
  row('Send a message to Anna saying I will be late.', 'send_message', {
    recipient: 'Anna',
    text: 'I will be late',
  }),
  row('Can you text Susan happy birthday?', 'send_message', { recipient: 'Susan', text: 'happy birthday' }),
  row('Shoot Mike a quick message saying thanks.', 'send_message', { recipient: 'Mike', text: 'thanks' }),
  row('Let Maria know that dinner is ready.', 'send_message', {
    recipient: 'Maria',
    text: 'dinner is ready',
  }),
  row('Play some jazz music.', 'play_music'),
  row('Play a song by the Beatles.', 'play_music'),
  row('Put some rock and roll on.', 'play_music'),
  row('Could you start my workout playlist?', 'play_music'),
  row('I want to listen to Mozart.', 'play_music'),
  row("I'd love to hear some blues.", 'play_music'),
  row('Switch off the light in the bedroom.', 'set_light', { room: 'bedroom', state: 'off' }),
  row('Turn on the lights in the living room.', 'set_light', { room: 'living_room', state: 'on' }),
  row('Turn the kitchen lights off please.', 'set_light', { room: 'kitchen', state: 'off' }),
  row("It's too dark in the bathroom, lights on.", 'set_light', { room: 'bathroom', state: 'on' }),
  row('Please make sure the bedroom lamp is off.', 'set_light', { room: 'bedroom', state: 'off' }),
  row('Where is my order?', 'order_status'),
  row('Where is my order 4 7 1 1?', 'order_status', { order_id: '4711' }),
  row('Has my package been shipped yet?', 'order_status'),
  row('I am still waiting for the shoes I bought last week.', 'order_status'),
  row('When will my parcel arrive?', 'order_status'),
  row('Track order number 98765.', 'order_status', { order_id: '98765' }),
  row('I want to talk to a human.', 'transfer_to_human'),
  row('Can I speak with somebody from customer service?', 'transfer_to_human'),
  row('Is there anyone there I can talk to?', 'transfer_to_human'),
  row('Get me a real person.', 'transfer_to_human'),
  row('Put me through to your support team.', 'transfer_to_human'),
];

/** Requests that none of the tools can serve. */
export const offTopic: readonly string[] = [
  'Who wrote Pride and Prejudice?',
  'What is the capital of France?',
  'Translate good morning into Spanish.',
  'Tell me a joke.',
  'How tall is Mount Everest?',
  'Book a table for two at an Italian restaurant.',
  'My knee hurts when I climb the stairs.',
  'What do you think about politics?',
  'How do I bake sourdough bread?',
  'The dog chased the cat around the garden.',
  'Who won the football match last night?',
  'Please enter your new password followed by the pound key.',
];
