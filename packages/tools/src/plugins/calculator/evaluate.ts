import type { MathJsInstance, MathNode } from 'mathjs';

/** Why an expression has no value; the message is for whoever asked. */
export class CalculationError extends Error {
  override readonly name = 'CalculationError';
}

const maxLength = 2_000;
const maxNodes = 200;

const operators = new Set([
  'add',
  'subtract',
  'multiply',
  'divide',
  'pow',
  'mod',
  'factorial',
  'unaryMinus',
  'unaryPlus',
]);
const constants = new Set(['pi', 'e', 'tau']);
const functions = new Set(
  'sqrt cbrt abs round floor ceil sign exp log log2 log10 sin cos tan asin acos atan sinh cosh tanh min max mod pow gcd lcm hypot'.split(
    ' ',
  ),
);

/** The library, all of it in one file: its modules for plain numbers are 650, and take three times as long to load. */
let library: Promise<MathJsInstance> | undefined;

/** Loads what {@link evaluateExpression} needs, so that its first call is quick. */
export async function loadMath(): Promise<MathJsInstance> {
  library ??= importMath();
  return library;
}

async function importMath(): Promise<MathJsInstance> {
  const { default: math } = await import('mathjs/lib/browser/math.js');
  // Roots and logarithms of negative numbers have no value, rather than a complex one.
  math.config({ predictable: true });
  // Its parser and the first operators are made when they are first used.
  math.evaluate('1 + 1');
  return math;
}

/**
 * The value of an arithmetic expression. Only numbers, a fixed set of operators and functions, and `pi`, `e` and
 * `tau` are let through: no assignment, no definitions, no texts, no access to anything.
 *
 * @throws {CalculationError}
 */
export async function evaluateExpression(expression: string): Promise<number> {
  if (expression.length > maxLength) throw new CalculationError('The expression is too long.');
  const { parse } = await loadMath();
  let root: MathNode;
  try {
    root = parse(expression);
  } catch {
    throw new CalculationError('That is not an arithmetic expression.');
  }
  checkNodes(root);
  const value: unknown = evaluate(root);
  if (typeof value !== 'number') throw new CalculationError('That is not an arithmetic expression.');
  if (Number.isFinite(value)) return value;
  throw new CalculationError(reasonForNoValue(root, value));
}

function evaluate(node: MathNode): unknown {
  try {
    return node.compile().evaluate({});
  } catch {
    throw new CalculationError('That has no value.');
  }
}

/** Refuses every kind of node that is not plain arithmetic. */
function checkNodes(root: MathNode): void {
  let count = 0;
  root.traverse((node, path) => {
    count += 1;
    if (count > maxNodes) throw new CalculationError('The expression is too long.');
    const problem = problemOf(node as unknown as LooseNode, path);
    if (problem !== undefined) throw new CalculationError(problem);
  });
}

/** The fields of the nodes that are looked at. */
interface LooseNode {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly fn?: string | { readonly name?: string };
  readonly args?: readonly LooseNode[];
}

function problemOf(node: LooseNode, path: string | null): string | undefined {
  switch (node.type) {
    case 'ConstantNode':
      return typeof node.value === 'number' ? undefined : 'That is not an arithmetic expression.';
    case 'ParenthesisNode':
      return undefined;
    case 'OperatorNode':
      return typeof node.fn === 'string' && operators.has(node.fn)
        ? undefined
        : 'That is not an arithmetic expression.';
    case 'FunctionNode': {
      const name = typeof node.fn === 'object' ? (node.fn.name ?? '') : '';
      return functions.has(name) ? undefined : `I do not know the function "${name}".`;
    }
    case 'SymbolNode': {
      const name = node.name ?? '';
      const isKnown = constants.has(name) || (path === 'fn' && functions.has(name));
      return isKnown ? undefined : `I do not know what "${name}" means.`;
    }
    default:
      return 'That is not an arithmetic expression.';
  }
}

function reasonForNoValue(root: MathNode, value: number): string {
  let dividesByZero = false;
  root.traverse((node) => {
    const { type, fn, args } = node as unknown as LooseNode & { readonly args?: readonly MathNode[] };
    const isDivision = type === 'OperatorNode' && (fn === 'divide' || fn === 'mod');
    const divisor = args?.[1];
    if (isDivision && divisor !== undefined && evaluate(divisor) === 0) dividesByZero = true;
  });
  if (dividesByZero) return 'Dividing by zero has no value.';
  return Number.isNaN(value) ? 'That has no real value.' : 'The result is too large to say.';
}
