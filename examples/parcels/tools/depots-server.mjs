// A server of the Model Context Protocol in its smallest form: one tool, over standard input and output, one message a line.
// Servers that do more are made with the library of the protocol.
import { createInterface } from 'node:readline';

const hours = new Map([
  ['leeds', 'from eight to six'],
  ['york', 'from nine to five'],
]);

const opening_hours = {
  name: 'opening_hours',
  description: 'When the depot in a city is open',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/** What each method answers to its parameters. */
const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'depots', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools: [opening_hours] }),
  'tools/call': ({ arguments: { city } }) => {
    const found = hours.get(city.toLowerCase());
    const text =
      found ?? `There is no depot in ${city}. There are depots in ${[...hours.keys()].join(' and ')}.`;
    return { content: [{ type: 'text', text }], isError: found === undefined };
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = methods[method];
  const outcome =
    answer === undefined
      ? { error: { code: -32601, message: 'Method not found' } }
      : { result: answer(params) };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...outcome })}\n`);
});
