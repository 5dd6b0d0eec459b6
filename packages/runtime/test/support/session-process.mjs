// A process that holds one session, types turn after turn, and goes on until it is killed. What tools do goes to a file
// that outlives it. Started with a JSON text of what to do; tells its parent how it stands.
import { appendFileSync } from 'node:fs';
import { createAntiphon, jsonlSessionStore, stderrLogger, systemClock } from '@antiphon/runtime';
import { RecordingSink } from '@antiphon/testing';
import { defineTool } from '@antiphon/tools';

const { origin, folder, ledger, sessionId, firstTurn, toolMs, killAt, isLast } = JSON.parse(process.argv[2]);
const tell = (message) => process.send?.(message);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function tool(name, settings) {
  return defineTool({
    name,
    description: `The ${name} tool.`,
    input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    ...settings,
    execute: async ({ id }, { call }) => {
      appendFileSync(ledger, `${JSON.stringify({ tool: name, callId: call.id, id })}\n`);
      await pause(toolMs);
      return { [name]: id, receipt: `${process.pid}-${performance.now()}` };
    },
  });
}

/** Whether something leaves the process with a record, or comes of a tool. */
function isTelling({ event, effects = [] }) {
  return (
    event?.type === 'tool.settled' ||
    effects.some(({ type }) => type === 'transport.send' || type === 'tool.start')
  );
}

/** A store whose process dies at a chosen record, right before it is written or right after. */
function mortal(store) {
  let counted = 0;
  const die = (moment) => {
    if (killAt?.record === counted && killAt.moment === moment) process.kill(process.pid, 'SIGKILL');
  };
  return {
    read: (id) => store.read(id),
    open(id) {
      const log = store.open(id);
      return {
        append(record) {
          const counts = killAt?.of === 'any' || isTelling(record);
          if (counts) counted += 1;
          if (counts) die('before');
          log.append(record);
          if (counts) die('after');
        },
        close: () => log.close(),
      };
    },
  };
}

const logger = stderrLogger('error');
const antiphon = await createAntiphon({
  config: {
    file: 'agents.yaml',
    text: `version: 1
default_agent: a
providers: { fake: { type: openai, model: m, base_url: "${origin}/v1", api_key: none } }
agents: { a: { provider: fake, instructions: Help., tools: ["*"] } }
`,
  },
  plugins: [tool('book'), tool('pay', { idempotentBy: ['id'] }), tool('look', { idempotent: true })],
  env: {},
  logger,
  store: mortal(jsonlSessionStore(folder, { redact: (text) => text, logger })),
});
const sink = new RecordingSink({ sampleRateHz: 24_000, clock: systemClock });

async function begin() {
  if (sessionId === undefined) return antiphon.startSession({ sink });
  return antiphon.resumeSession(sessionId, { sink });
}

async function turn(session, text) {
  session.sendText(text);
  tell({ type: 'typed', text });
  await settled(session);
}

async function settled(session) {
  while (!session.settled) await pause(2);
}

try {
  const session = await begin();
  tell({ type: 'ready', afterMs: performance.now() });
  await settled(session);
  if (isLast) {
    await turn(session, 'Are you there?');
    tell({ type: 'history', items: session.history });
    await session.close();
    await antiphon.close();
  } else {
    for (let number = firstTurn; ; number += 1) await turn(session, `Turn ${number}, please.`);
  }
} catch (error) {
  tell({ type: 'failed', code: error.code, message: error.message });
  await antiphon.close();
}
process.disconnect?.();
