// Every small change of a source that may be a bug: conditions, operators, constants, statements, rules and effects.
import { parseSync, Visitor } from 'oxc-parser';

/**
 * @typedef {object} Mutation
 * @property {string} file
 * @property {number} line
 * @property {string} kind
 * @property {string} before
 * @property {string} after
 * @property {string} source the whole file with it
 */

/** @typedef {{ start: number, end: number }} Span */

const flipped = /** @type {Record<string, string>} */ ({
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
});

/**
 * All mutations of one file.
 *
 * @param {string} file
 * @param {string} source
 * @returns {Mutation[]}
 */
export function mutationsOf(file, source) {
  const mutations = /** @type {Mutation[]} */ ([]);
  const textOf = (/** @type {Span} */ { start, end }) => source.slice(start, end);
  const add = (/** @type {string} */ kind, /** @type {Span} */ span, /** @type {string} */ after) => {
    const line = source.slice(0, span.start).split('\n').length;
    const changed = source.slice(0, span.start) + after + source.slice(span.end);
    mutations.push({ file, line, kind, before: textOf(span), after, source: changed });
  };
  /** @param {Span[]} list @param {number} at */
  const without = (list, at) => {
    const one = list[at];
    const next = list[at + 1];
    const previous = list[at - 1];
    if (one === undefined) return;
    if (next !== undefined) add('drop', { start: one.start, end: next.start }, '');
    else if (previous !== undefined) add('drop', { start: previous.end, end: one.end }, '');
    else add('drop', one, '');
  };
  const negate = (/** @type {any} */ node) => add('negate', node.test, `!(${textOf(node.test)})`);
  const always = (/** @type {any} */ node) => add('never', node.test, 'false');
  new Visitor({
    IfStatement(node) {
      negate(node);
      always(node);
    },
    ConditionalExpression(node) {
      negate(node);
      add('first', node, textOf(node.consequent));
      add('second', node, textOf(node.alternate));
    },
    LogicalExpression(node) {
      if (node.operator === '??') return add('left', node, textOf(node.left));
      const other = node.operator === '&&' ? '||' : '&&';
      add('swap', node, `(${textOf(node.left)} ${other} ${textOf(node.right)})`);
      add('left', node, `(${textOf(node.left)})`);
      add('right', node, `(${textOf(node.right)})`);
    },
    BinaryExpression(node) {
      const other = flipped[node.operator];
      if (other !== undefined) add('operator', node, `(${textOf(node.left)} ${other} ${textOf(node.right)})`);
    },
    Literal(node) {
      if (typeof node.value === 'number')
        add('constant', node, String(node.value === 0 ? 1 : node.value - 1));
      if (typeof node.value === 'boolean') add('constant', node, String(!node.value));
    },
    ExpressionStatement(node) {
      add('drop', node, ';');
    },
    CallExpression(node) {
      const name = node.callee.type === 'Identifier' ? node.callee.name : '';
      if (['sequence', 'ask'].includes(name)) {
        for (const [at] of node.arguments.entries())
          if (at > 0 || name === 'ask') without(node.arguments, at);
      }
      const method =
        node.callee.type === 'MemberExpression' && node.callee.property.type === 'Identifier'
          ? node.callee.property.name
          : '';
      if (method === 'filter' && node.callee.type === 'MemberExpression')
        add('unfiltered', node, textOf(node.callee.object));
      if (name === 'remember') add('forget', node, textOf(node.arguments[0] ?? node));
    },
    ArrayExpression(node) {
      for (const [at, element] of node.elements.entries())
        if (element !== null && node.elements.length < 20) without(/** @type {any} */ (node.elements), at);
    },
    ObjectExpression(node) {
      for (const [at] of node.properties.entries()) without(node.properties, at);
    },
    FunctionDeclaration(node) {
      const [first] = node.params;
      const takesState = first?.type === 'Identifier' && first.name === 'state';
      const { body } = node;
      if (!takesState || body === null || !/sequence\(|become\(|stay\(/.test(textOf(body))) return;
      add('nothing', { start: body.start + 1, end: body.start + 1 }, ' return [state, []];');
    },
  }).visit(parseSync(file, source).program);
  return mutations;
}
