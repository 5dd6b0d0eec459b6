import type { Parameter } from './parameters.ts';
import type { PatternNode } from './pattern-syntax.ts';

const maxVariants = 8;

/** Sentences that the pattern stands for, a typical value in each slot; a few, not all combinations. */
export function expandPattern(
  node: PatternNode,
  parameters: ReadonlyMap<string, Parameter>,
): readonly string[] {
  const variants = variantsOf(node, parameters)
    .map((text) => text.replace(/\s+/g, ' ').trim())
    .filter((text) => text !== '');
  return [...new Set(variants)].slice(0, maxVariants);
}

function variantsOf(node: PatternNode, parameters: ReadonlyMap<string, Parameter>): readonly string[] {
  switch (node.kind) {
    case 'word':
      return [node.word];
    case 'slot':
      return [sampleOf(parameters.get(node.name))];
    case 'choice':
      return node.options.flatMap((option) => variantsOf(option, parameters)).slice(0, maxVariants);
    case 'optional':
      return [...variantsOf(node.item, parameters).slice(0, 1), ''];
    case 'sequence':
      return joinedVariants(node.items.map((item) => variantsOf(item, parameters)));
  }
}

/** As many sentences as the part with the most variants has, each variant of each part used in turn. */
function joinedVariants(parts: readonly (readonly string[])[]): readonly string[] {
  const count = Math.min(maxVariants, Math.max(1, ...parts.map((part) => part.length)));
  return Array.from({ length: count }, (_, index) =>
    parts.map((part) => part[index % Math.max(1, part.length)] ?? '').join(' '),
  );
}

/** A typical value of a parameter, in words. */
function sampleOf(parameter: Parameter | undefined): string {
  if (parameter === undefined) return '';
  const { type } = parameter;
  switch (type.kind) {
    case 'text':
      return {
        place: 'London',
        person: 'Anna',
        code: '1234',
        content: 'I will be late',
        subject: parameter.name,
      }[type.text];
    case 'expression':
      return '12 times 7';
    case 'number':
      return '5';
    case 'duration':
    case 'iso-duration':
      return '10 minutes';
    case 'moment':
      return type.format === 'date' ? 'tomorrow' : '9 pm';
    case 'time-text':
      return 'tomorrow';
    case 'choice':
      return String(type.values[0] ?? '').replaceAll('_', ' ');
    default:
      return '';
  }
}

/**
 * Collects into `leads` the word that can stand right before each slot of the pattern.
 * @returns the words the node can end in.
 */
export function leadsTo(
  node: PatternNode,
  before: ReadonlySet<string>,
  leads: Map<string, Set<string>>,
): ReadonlySet<string> {
  switch (node.kind) {
    case 'word':
      return new Set([node.word]);
    case 'slot': {
      leads.set(node.name, new Set([...(leads.get(node.name) ?? []), ...before]));
      return new Set();
    }
    case 'sequence':
      return node.items.reduce((words, item) => leadsTo(item, words, leads), before);
    case 'choice':
      return new Set(node.options.flatMap((option) => [...leadsTo(option, before, leads)]));
    case 'optional':
      return new Set([...before, ...leadsTo(node.item, before, leads)]);
  }
}
