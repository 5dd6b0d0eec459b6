import { editDistance } from '../../suggest.ts';
import { cityZones } from './city-zones.ts';

/** A place whose time is known. */
export interface Place {
  /** As it is written: `São Paulo`. */
  readonly name: string;
  /** IANA time zone. */
  readonly timeZone: string;
}

/**
 * Finds a place named in words: a city, a state, a country or an IANA time zone. Diacritics, case and small
 * misspellings do not matter; of "Austin, Texas" the first part that is known counts.
 */
export function findPlace(words: string): Place | undefined {
  const index = placeIndex();
  const whole = fold(words);
  const cleaned = withoutNoise(whole);
  for (const name of [whole, cleaned, ...words.split(',').map(fold)]) {
    const place = index.get(name);
    if (place !== undefined) return place;
  }
  return knownPrefix(cleaned, index) ?? misspelt(cleaned, index) ?? knownSuffix(cleaned, index);
}

/** The place that a time zone is named after. */
export function placeOfZone(timeZone: string): Place {
  return { name: zoneCity(timeZone), timeZone };
}

/** The time zone of this machine. */
export function machineZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** All names, folded. Earlier entries win: the table, then zones by city, then zones by id, then countries. */
const index = new Map<string, Place>();
const entering = enterPlaces();

/** Reads all names; it waits for `pause` before, and before each country, which takes the engine half a millisecond. */
export async function readPlaces(pause: () => Promise<unknown>): Promise<void> {
  do await pause();
  while (entering.next().done !== true);
}

function placeIndex(): ReadonlyMap<string, Place> {
  while (entering.next().done !== true);
  return index;
}

function* enterPlaces(): Generator<undefined> {
  const enter = (name: string, place: Place) => {
    const key = fold(name);
    if (key !== '' && !index.has(key)) index.set(key, place);
  };
  for (const [timeZone, names] of Object.entries(cityZones)) {
    for (const name of names) enter(name, { name, timeZone });
  }
  const zones = Intl.supportedValuesOf('timeZone');
  for (const timeZone of zones) enter(zoneCity(timeZone), placeOfZone(timeZone));
  for (const timeZone of zones) enter(timeZone, placeOfZone(timeZone));
  for (const country of countries()) {
    enter(country.name, country);
    yield;
  }
}

function zoneCity(timeZone: string): string {
  return (timeZone.split('/').at(-1) ?? timeZone).replaceAll('_', ' ');
}

/** Countries by their English names, each with its first time zone. */
function* countries(): Generator<Place> {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  for (const code of letters.flatMap((first) => letters.map((second) => first + second))) {
    const name = names.of(code);
    const timeZone = name === undefined ? undefined : zonesOf(code)[0];
    if (name !== undefined && timeZone !== undefined) yield { name, timeZone };
  }
}

/** Engines have either the accessor of the first proposal or the method of the final one. */
function zonesOf(region: string): readonly string[] {
  const locale = new Intl.Locale(`und-${region}`) as {
    readonly timeZones?: readonly string[];
    getTimeZones?(): readonly string[];
  };
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

/** Lower case letters and digits with single spaces; letters without their marks. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f'’.]/g, '')
    .toLowerCase()
    .replaceAll('ł', 'l')
    .replaceAll('ø', 'o')
    .replaceAll('&', ' and ')
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()
    .replace(/^saint /, 'st ');
}

function withoutNoise(name: string): string {
  return name
    .replace(/^(?:(?:in|at|over|the|city|town|state|of|for) )+/, '')
    .replace(
      /(?: (?:right now|now|today|please|currently|at the moment|time|local time|city|time zone|timezone))+$/,
      '',
    );
}

type PlaceIndex = ReadonlyMap<string, Place>;

function knownPrefix(name: string, index: PlaceIndex): Place | undefined {
  const words = name.split(' ');
  for (let count = words.length; count > 0; count -= 1) {
    const place = index.get(words.slice(0, count).join(' '));
    if (place !== undefined) return place;
  }
  return undefined;
}

function knownSuffix(name: string, index: PlaceIndex): Place | undefined {
  const words = name.split(' ');
  for (let from = 1; from < words.length; from += 1) {
    const place = index.get(words.slice(from).join(' '));
    if (place !== undefined) return place;
  }
  return undefined;
}

/** The one place within a fifth of the letters; none when two different zones are equally near. */
function misspelt(name: string, index: PlaceIndex): Place | undefined {
  let found: readonly Place[] = [];
  let best = name.length < 4 ? 0 : Math.max(1, Math.floor(name.length / 5));
  for (const [candidate, place] of index) {
    if (Math.abs(candidate.length - name.length) > best) continue;
    const distance = editDistance(name, candidate);
    if (distance > best || distance === 0) continue;
    found = distance < best ? [place] : [...found, place];
    best = distance;
  }
  const zones = new Set(found.map(({ timeZone }) => timeZone));
  return zones.size === 1 ? found[0] : undefined;
}
