import { describe, expect, it } from '@jest/globals';
import { readCountry } from './read-country.js';

describe('a country', () => {
  it.each([
    ['DE', 'de De DEU deu 276 Germany GERMANY'],
    ['US', 'us USA United_States The_United_States United_States_of_America'],
    ['GB', 'gb GBR UK United_Kingdom Great_Britain England'],
    ['RU', 'Russia Russian_Federation'],
    ['KR', 'South_Korea Korea,_Republic_of'],
    ['KP', 'North_Korea'],
    ['CZ', 'Czechia Czech_Republic'],
    ['TR', 'Turkey Türkiye Turkiye'],
    ['CI', "Ivory_Coast Côte_d’Ivoire Cote_d'Ivoire"],
    ['VN', 'Vietnam Viet_Nam'],
    ['HK', 'Hong_Kong'],
    ['MM', 'Myanmar Burma'],
    ['BA', 'Bosnia_and_Herzegovina Bosnia_&_Herzegovina'],
    ['LC', 'Saint_Lucia St._Lucia'],
    ['CD', 'DR_Congo'],
    ['SY', 'Syria'],
    ['LA', 'Laos'],
    ['MD', 'Moldova'],
    ['MO', 'Macau Macao'],
    ['XK', 'Kosovo'],
    ['AE', 'UAE United_Arab_Emirates'],
    ['NL', 'Netherlands The_Netherlands Holland'],
  ])('%s: %s', (code, names) => {
    expect(names.split(' ').map((name) => readCountry(name.replaceAll('_', ' ')))).toEqual(names.split(' ').map(() => code));
  });

  it.each(['XX', 'EU', 'Germnay', 'Deutschland', '-', 'Unknown', '0', 'Europe', ''])('%j is none', (name) => {
    expect(readCountry(name)).toBeNull();
  });
});
