import { nearest } from '../../suggest.ts';
import { cityZones } from './city-zones.ts';
import { countryZones } from './country-zones.ts';

/** Speech recognition is off by a letter or two; a shorter name would be taken for another place. */
const shortestGuess = 5;

/** A place and its zone. */
export interface Place {
  readonly name: string;
  readonly timeZone: string;
}

let zonesByPlace: ReadonlyMap<string, string> | undefined;

/** The place that words name: a city, a country or an IANA zone. Undefined when it is not known. */
export function findPlace(words: string): Place | undefined {
  const zones = placeIndex();
  const asked = simplified(words);
  const key = zones.has(asked) ? asked : guess(asked, [...zones.keys()]);
  const timeZone = zones.get(key ?? '');
  return key === undefined || timeZone === undefined ? undefined : { name: titled(key), timeZone };
}

function guess(asked: string, places: readonly string[]): string | undefined {
  return asked.length < shortestGuess ? undefined : nearest(asked, places);
}

/** The last part of a zone's name is its city: `America/New_York`. */
function placeIndex(): ReadonlyMap<string, string> {
  if (zonesByPlace !== undefined) return zonesByPlace;
  const index = new Map<string, string>();
  for (const zone of Intl.supportedValuesOf('timeZone')) {
    index.set(simplified(zone), zone);
    const city = zone.split('/').at(-1) ?? zone;
    if (!index.has(simplified(city))) index.set(simplified(city), zone);
  }
  for (const [zone, cities] of Object.entries(cityZones)) {
    for (const city of cities) index.set(simplified(city), zone);
  }
  for (const [country, zone] of Object.entries(countryZones)) index.set(country, zone);
  zonesByPlace = index;
  return index;
}

function simplified(words: string): string {
  return words
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[_.-]/g, ' ')
    .replace(/^(the city of|the)\s+/, '')
    .replace(/[,?!].*$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function titled(key: string): string {
  const name = key.split('/').at(-1) ?? key;
  return name.length <= 3
    ? name.toUpperCase()
    : name.replaceAll(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
}
