/**
 * The groups of nodes that reach each other (Tarjan's strongly connected components of more than one node, and nodes
 * with an edge to themselves). Each group is given as one shortest closed walk through its first node.
 *
 * @param {Map<string, Set<string>>} graph
 * @returns {string[][]}
 */
export function findCycles(graph) {
  return components(graph)
    .filter((group) => group.length > 1 || graph.get(group[0] ?? '')?.has(group[0] ?? '') === true)
    .map((group) => shortestLoop(graph, new Set(group)));
}

/** @param {Map<string, Set<string>>} graph @returns {string[][]} */
function components(graph) {
  const order = /** @type {Map<string, number>} */ (new Map());
  const open = /** @type {string[]} */ ([]);
  const found = /** @type {string[][]} */ ([]);

  /** @param {string} node @returns {number} the lowest order reachable */
  function visit(node) {
    const index = order.size;
    order.set(node, index);
    open.push(node);
    let low = index;
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, order.get(next) ?? low);
    }
    if (low === index) found.push(open.splice(open.indexOf(node)));
    return low;
  }

  for (const node of [...graph.keys()].sort()) if (!order.has(node)) visit(node);
  return found;
}

/** @param {Map<string, Set<string>>} graph @param {Set<string>} group @returns {string[]} */
function shortestLoop(graph, group) {
  const [start = ''] = [...group].sort();
  const cameFrom = /** @type {Map<string, string>} */ (new Map());
  const queue = [start];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) return walkBack(cameFrom, node);
      if (!group.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return [...group];
}

/** @param {Map<string, string>} cameFrom @param {string} end @returns {string[]} */
function walkBack(cameFrom, end) {
  const path = [end];
  for (let node = cameFrom.get(end); node !== undefined; node = cameFrom.get(node)) path.unshift(node);
  return path;
}
