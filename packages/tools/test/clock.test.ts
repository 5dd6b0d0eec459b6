import { clockPlugin } from '@antiphon/tools';
import { describe, expect, it } from 'vitest';
import { cityZones } from '../src/plugins/clock/city-zones.ts';
import { findPlace } from '../src/plugins/clock/places.ts';
import { instantAt, readTimeOfDay, zonedTime } from '../src/plugins/clock/zoned-time.ts';
import { pluginTools } from './support/host.ts';

const now = () => new Date('2026-11-24T06:45:30Z');

describe('places', () => {
  it.each([
    ['Tokyo', 'Tokyo', 'Asia/Tokyo'],
    ['tokyo, japan', 'Tokyo', 'Asia/Tokyo'],
    ['New York', 'New York', 'America/New_York'],
    ['new york city', 'New York City', 'America/New_York'],
    ['São Paulo', 'São Paulo', 'America/Sao_Paulo'],
    ['sao paulo', 'São Paulo', 'America/Sao_Paulo'],
    ['Munich', 'Munich', 'Europe/Berlin'],
    ['the Netherlands', 'Netherlands', 'Europe/Amsterdam'],
    ['Japan', 'Japan', 'Asia/Tokyo'],
    ['the United States', 'United States', 'America/New_York'],
    ['USA', 'USA', 'America/New_York'],
    ['Russia', 'Russia', 'Europe/Moscow'],
    ['California', 'California', 'America/Los_Angeles'],
    ['Austin, Texas', 'Austin', 'America/Chicago'],
    ['Austin Texas', 'Austin', 'America/Chicago'],
    ['St. Louis', 'St. Louis', 'America/Chicago'],
    ['Washington DC', 'Washington, D.C.', 'America/New_York'],
    ['Springfield, Illinois', 'Illinois', 'America/Chicago'],
    ['Europe/Berlin', 'Berlin', 'Europe/Berlin'],
    ['America/Argentina/Ushuaia', 'Ushuaia', 'America/Argentina/Ushuaia'],
    ['UTC', 'UTC', 'UTC'],
    ['London right now', 'London', 'Europe/London'],
    ['the city of Paris', 'Paris', 'Europe/Paris'],
    ['Pacific Time', 'Pacific Time', 'America/Los_Angeles'],
  ])('%s', (words, name, timeZone) => {
    expect(findPlace(words)).toEqual({ name, timeZone });
  });

  it.each([
    ['Tokio', 'Asia/Tokyo'],
    ['Sao Paolo', 'America/Sao_Paulo'],
    ['Reykjavick', 'Atlantic/Reykjavik'],
    ['Sidney', 'Australia/Sydney'],
    ['Barselona', 'Europe/Madrid'],
    ['Johanesburg', 'Africa/Johannesburg'],
    ['Kuala Lumpor', 'Asia/Kuala_Lumpur'],
    ['Filadelfia', undefined],
  ])('understands %s, misheard', (words, timeZone) => {
    expect(findPlace(words)?.timeZone).toBe(timeZone);
  });

  it.each([['Atlantis'], ['qwertz'], [''], ['the'], ['42'], ['Oz']])('does not know %j', (words) => {
    expect(findPlace(words)).toBeUndefined();
  });

  it('knows every zone of the table, and finds every city of it there', () => {
    for (const [timeZone, names] of Object.entries(cityZones)) {
      expect(() => zonedTime(now(), timeZone)).not.toThrow();
      for (const name of names) expect([name, findPlace(name)?.timeZone]).toEqual([name, timeZone]);
    }
  });

  it('finds every time zone by its identifier', () => {
    for (const timeZone of Intl.supportedValuesOf('timeZone')) {
      expect(findPlace(timeZone)?.timeZone).toBe(timeZone);
    }
  });
});

describe('clocks', () => {
  it.each([
    ['Asia/Tokyo', '3:45 PM', 'Tuesday, November 24, 2026', '2026-11-24T15:45:30+09:00'],
    ['America/Los_Angeles', '10:45 PM', 'Monday, November 23, 2026', '2026-11-23T22:45:30-08:00'],
    ['Asia/Kolkata', '12:15 PM', 'Tuesday, November 24, 2026', '2026-11-24T12:15:30+05:30'],
    ['UTC', '6:45 AM', 'Tuesday, November 24, 2026', '2026-11-24T06:45:30+00:00'],
  ])('in %s', (zone, time, date, iso) => {
    expect(zonedTime(now(), zone)).toEqual({ time, date, iso });
  });

  it.each([
    ['15:30', 15, 30],
    ['3:30 pm', 15, 30],
    ['3 p.m.', 15, 0],
    ['12 am', 0, 0],
    ['12:05 PM', 12, 5],
    ['noon', 12, 0],
    ['Midnight', 0, 0],
    ["9 o'clock", 9, 0],
    ['09:00:00', 9, 0],
  ])('read %s', (text, hour, minute) => {
    expect(readTimeOfDay(text)).toEqual({ hour, minute });
  });

  it.each([['25:00'], ['13 pm'], ['9:75'], ['later'], ['']])('do not read %j', (text) => {
    expect(readTimeOfDay(text)).toBeUndefined();
  });

  it.each([
    ['2026-03-08T12:00:00Z', 'America/New_York', '2026-03-08T03:00:00-04:00'],
    ['2026-11-01T12:00:00Z', 'America/New_York', '2026-11-01T03:00:00-05:00'],
    ['2026-11-24T23:00:00Z', 'Asia/Tokyo', '2026-11-25T03:00:00+09:00'],
  ])('show 3:00 on the day of %s in %s', (day, zone, iso) => {
    expect(zonedTime(instantAt(new Date(day), zone, { hour: 3, minute: 0 }), zone).iso).toBe(iso);
  });
});

describe('the tools', () => {
  it('tell the time somewhere and at home', async () => {
    const { call } = await pluginTools(clockPlugin({ now }), { time_zone: 'Europe/Berlin' });
    expect((await call('current_time', '{"place":"Tokyo"}')).output).toEqual({
      place: 'Tokyo',
      time_zone: 'Asia/Tokyo',
      time: '3:45 PM',
      date: 'Tuesday, November 24, 2026',
      iso: '2026-11-24T15:45:30+09:00',
    });
    expect((await call('current_date')).output).toMatchObject({ place: 'Berlin', time: '7:45 AM' });
  });

  it('convert a time of day', async () => {
    const { call } = await pluginTools(clockPlugin({ now }));
    const outcome = await call('convert_time', '{"time":"15:00","from_place":"New York","to_place":"Tokyo"}');
    expect(outcome.output).toMatchObject({
      from: { time: '3:00 PM' },
      to: { time: '5:00 AM', time_zone: 'Asia/Tokyo' },
      summary: 'When it is 3:00 PM in New York, it is 5:00 AM on the next day in Tokyo',
    });
  });

  it('say what they do not know', async () => {
    const { call } = await pluginTools(clockPlugin({ now }));
    expect(await call('current_time', '{"place":"Atlantis"}')).toMatchObject({
      status: 'failed',
      output: { error: 'I do not know the time zone of Atlantis.', data: { place: 'Atlantis' } },
    });
    expect(await call('convert_time', '{"time":"soon","from_place":"Rome","to_place":"Oslo"}')).toMatchObject(
      {
        status: 'failed',
        output: { error: '"soon" is not a time of day such as 15:30.' },
      },
    );
  });

  it('refuse a home that is no time zone', async () => {
    await expect(pluginTools(clockPlugin(), { time_zone: 'Mars/Olympus' })).rejects.toThrow(
      '"Mars/Olympus" is not an IANA',
    );
  });
});
