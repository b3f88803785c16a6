import { getCountries } from 'libphonenumber-js';
import { expect, it } from 'vitest';
import { otherRegions, regionCodes, regionName } from './regions.ts';

it('has the countries that phone numbers are known of', () => {
  expect([...regionCodes].sort()).toEqual([...getCountries()].sort());
});

it('names a country in the language of the page', () => {
  expect(regionName('DE', 'en')).toBe('Germany');
  expect(regionName('DE', 'de')).toBe('Deutschland');
});

it('offers what is not chosen, by name', () => {
  const offered = otherRegions(['AT', 'DE'], 'de');
  expect(offered.map(({ code }) => code)).not.toContain('AT');
  expect(offered.findIndex(({ code }) => code === 'EG')).toBeLessThan(
    offered.findIndex(({ code }) => code === 'CH'),
  );
});
