// The sound goes from the browser straight to the provider; the agent and its tools run in this process.
//
//   OPENAI_API_KEY=… node examples/browser-call/server.mjs
//
// Then open http://127.0.0.1:8080 and press a button. Whoever reaches this server can begin calls that you pay for: put your own
// check of who asks before it.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isAntiphonError } from '@antiphon/core';
import { createAntiphon } from '@antiphon/runtime';

/** @type {Record<string, [name: string, type: string]>} */
const files = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/call.js': ['call.js', 'text/javascript; charset=utf-8'],
};
/** Offers and ids are small. */
const longestBody = 64 * 1024;

const antiphon = await createAntiphon({
  config: fileURLToPath(new URL('agents.yaml', import.meta.url)),
});

const server = createServer((request, response) => {
  answer(request, response).catch((error) => fail(response, error));
});
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer(request, response) {
  const [file, type] = files[request.url ?? ''] ?? [];
  if (request.method === 'GET' && file !== undefined && type !== undefined) {
    const content = await readFile(new URL(`page/${file}`, import.meta.url));
    response.writeHead(200, { 'Content-Type': type }).end(content);
    return;
  }
  switch (`${request.method} ${request.url}`) {
    // The page sends its offer here, and we begin the call: no key leaves this process.
    case 'POST /call': {
      const sdpOffer = await bodyOf(request);
      const { sdpAnswer, session } = await antiphon.createCall({ agent: 'desk', sdpOffer });
      follow(session);
      response.writeHead(201, { 'Content-Type': 'application/sdp' }).end(sdpAnswer);
      return;
    }
    // Or the page begins the call with a key that expires in a minute …
    case 'POST /secret': {
      const secret = await antiphon.createClientSecret({ agent: 'desk', expiresInSeconds: 60 });
      const { value, callsUrl } = secret;
      response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end(JSON.stringify({ value, callsUrl }));
      return;
    }
    // … and says which call it is, so that the agent joins it.
    case 'POST /join': {
      const callId = await bodyOf(request);
      follow(await antiphon.startSession({ agent: 'desk', callId }));
      response.writeHead(204).end();
      return;
    }
    default:
      response.writeHead(404).end();
  }
}

/** @param {import('@antiphon/runtime').Session} session */
function follow(session) {
  session.observe('transcript', ({ role, text, final }) => {
    if (final) console.log(`${role}: ${text}`);
  });
  session.observe('tool_settled', ({ name, outcome }) => console.log(`${name}: ${outcome.outputText}`));
  session.observe('closed', () => {
    const { usd } = session.usage;
    console.log(`over${usd === undefined ? '' : `, for $${usd.toFixed(4)}`}`);
  });
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > longestBody) throw new Error('the body is too long');
  }
  return body;
}

/**
 * What the provider said is for us, not for whoever asked.
 *
 * @param {import('node:http').ServerResponse} response
 * @param {unknown} error
 */
function fail(response, error) {
  console.error(isAntiphonError(error) ? `${error.message} (${error.hint})` : error);
  if (!response.headersSent) response.writeHead(502);
  response.end();
}

async function stop() {
  server.close();
  await antiphon.close();
}
