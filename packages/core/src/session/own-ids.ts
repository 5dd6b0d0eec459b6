const own = /^item_(user|own|out|rep|heard|again|mcp|approval)_\d+$/;
const sentToEnd = /^item_(user|out|rep|approval)_\d+$/;

/** Whether this side gives such ids: a server that tells of one has kept it. */
export function isOwnId(id: string): boolean {
  return own.test(id);
}

/** Whether an item was sent to stand at the end: it stands behind those that were sent before it. */
export function isSentToEnd(id: string): boolean {
  return sentToEnd.test(id);
}
