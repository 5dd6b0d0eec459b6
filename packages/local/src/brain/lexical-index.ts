import { subjectsOf } from './thesaurus.ts';
import { tokenize } from './tokens.ts';
import { wordWeight } from './vocabulary.ts';

type Features = ReadonlyMap<string, number>;

/** Finds how alike texts are by the words they share: tf-idf over words, word pairs, letter triples and subjects. */
export interface LexicalIndex {
  /** Likeness in [0, 1] of `text` to each text the index was made from, in their order. */
  compare(text: string): readonly number[];
}

/** @param groups which texts belong together: a feature that many groups share says little. */
export function createLexicalIndex(
  texts: readonly { readonly text: string; readonly group: string }[],
): LexicalIndex {
  const raw = texts.map((one) => featuresOf(one.text));
  const groupsWith = new Map<string, Set<string>>();
  for (const [index, features] of raw.entries()) {
    for (const feature of features.keys()) {
      const groups = groupsWith.get(feature) ?? new Set<string>();
      groupsWith.set(feature, groups.add(texts[index]?.group ?? ''));
    }
  }
  const groupCount = new Set(texts.map((one) => one.group)).size;
  const rarity = (feature: string): number => {
    const groups = groupsWith.get(feature)?.size;
    if (groups !== undefined) return Math.log(1 + (groupCount + 1) / (groups + 0.5));
    return feature.startsWith('w ') ? unknownWordRarity : 0;
  };
  const vectors = raw.map((features) => normalised(features, rarity));
  return {
    compare: (text) => {
      const query = normalised(featuresOf(text), rarity);
      return vectors.map((vector) => dot(query, vector));
    },
  };
}

/** What a word that no example has counts: enough to make an off-topic request unlike all of them. */
const unknownWordRarity = 1;
const maxFeatureTokens = 64;

function featuresOf(text: string): Features {
  const features = new Map<string, number>();
  const add = (feature: string, weight: number): void => {
    features.set(feature, Math.max(features.get(feature) ?? 0, weight));
  };
  const words = tokenize(text)
    .slice(0, maxFeatureTokens)
    .map((token) => (token.number === undefined ? token.norm : '#'));
  for (const [index, word] of words.entries()) {
    const weight = word === '#' ? 0.3 : wordWeight(word);
    const stem = stemOf(word);
    add(`w ${stem}`, weight);
    const next = words[index + 1];
    if (next !== undefined) add(`b ${stem} ${stemOf(next)}`, 0.5 * Math.sqrt(weight * wordWeight(next)));
    for (const subject of subjectsOf(word)) add(`s ${subject}`, 1.2);
    if (weight < 1) continue;
    const padded = `_${stem}_`;
    for (let at = 0; at + 3 <= padded.length; at += 1) add(`t ${padded.slice(at, at + 3)}`, 0.35);
  }
  return features;
}

/** Cuts the usual English endings. */
function stemOf(word: string): string {
  if (word.length < 5) return word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
  return word
    .replace(/(ing|ed|es|ly|s)$/, (ending, _group, at: number) => (at >= 3 ? '' : ending))
    .replace(/e$/, '');
}

function normalised(features: Features, rarity: (feature: string) => number): Features {
  const weighted = [...features].map(([feature, weight]) => [feature, weight * rarity(feature)] as const);
  const length = Math.sqrt(weighted.reduce((sum, [, weight]) => sum + weight * weight, 0)) || 1;
  return new Map(weighted.map(([feature, weight]) => [feature, weight / length]));
}

function dot(a: Features, b: Features): number {
  let sum = 0;
  for (const [feature, weight] of a) sum += weight * (b.get(feature) ?? 0);
  return sum;
}
