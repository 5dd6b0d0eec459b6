import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionNotice } from '@antiphon/core';
import { createAntiphon, stderrLogger } from '@antiphon/runtime';
import { afterEach, describe, expect, it } from 'vitest';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const file = (confirm: string) => `
version: 1
tools:
  cancel_order:
    description: Cancels an order. Use it when asked.
    parameters: { order: { type: integer } }
    command: { run: [node, -e, "console.log(JSON.stringify({ done: true }))"] }
    confirm: ${confirm}
    intents: [{ match: ["cancel [my] order {order}"], reply: "Order {{order}} is cancelled." }]
agents: { desk: { tools: [cancel_order], output_modalities: [text] } }
`;

/** Talks in writing to the offline engine; each text is sent when the session waits for the user. */
async function talk(confirm: string, replies: readonly string[], answer?: 'approve' | 'reject') {
  const folder = mkdtempSync(join(tmpdir(), 'antiphon-consent-'));
  folders.push(folder);
  const config = join(folder, 'agents.yaml');
  writeFileSync(config, file(confirm));
  await using antiphon = await createAntiphon({ config, logger: stderrLogger('error') });
  const told: SessionNotice[] = [];
  const texts = ['cancel my order 17', ...replies];
  const session = await antiphon.startSession({
    onNotice: (notice) => told.push(notice),
    ...(answer && { approve: 'events' }),
  });
  await new Promise<void>((resolve) => {
    const next = () => {
      const text = texts.shift();
      if (text === undefined) resolve();
      else session.sendText(text);
    };
    session.observeAll((notice) => {
      if (notice.type === 'settled') next();
      if (notice.type !== 'approval_requested') return;
      if (notice.by === 'spoken') next();
      else if (answer === 'approve') session.approve(notice.approvalId);
      else session.reject(notice.approvalId, 'not today');
    });
    next();
  });
  const said = told.flatMap((notice) =>
    notice.type === 'transcript' && notice.role === 'agent' && notice.final ? [notice.text] : [],
  );
  const order = told.flatMap(({ type }) =>
    type === 'approval_requested' || type === 'approval_settled' || type === 'tool_started' ? [type] : [],
  );
  return { said, order, told };
}

describe('a call that wants a yes, with the offline engine', () => {
  it('is read back and runs after the user has said it', async () => {
    const { said, order } = await talk('spoken', ['yes']);
    expect(said).toEqual(['Cancels an order. Order: 17. Shall I go ahead?', 'Order 17 is cancelled.']);
    expect(order).toEqual(['approval_requested', 'approval_settled', 'tool_started']);
  });

  it('is not run after a no', async () => {
    const { said, order } = await talk('{ by: spoken, say: "Cancel {{order}}?" }', ['no']);
    expect(said).toEqual(['Cancel 17?', 'All right, I have not done that.']);
    expect(order).not.toContain('tool_started');
  });

  it.each([
    ['approve', ['approval_requested', 'approval_settled', 'tool_started']],
    ['reject', ['approval_requested', 'approval_settled']],
  ] as const)('is run or not as the application answers the event: %s', async (answer, expected) => {
    const { order } = await talk('app', [], answer);
    expect(order).toEqual(expected);
  });

  it('is answered at once where nobody approves', async () => {
    const { order, told } = await talk('app', []);
    expect(order).toEqual([]);
    expect(JSON.stringify(told)).toContain('tool.no_approver');
  });
});
