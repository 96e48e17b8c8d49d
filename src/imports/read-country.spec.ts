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
    ['IR', 'Iran,_Islamic_Republic_of Iran_(Islamic_Republic_of) Islamic_Republic_of_Iran'],
    ['CD', 'Congo,_The_Democratic_Republic_of_the Congo,_Democratic_Republic_of_the'],
    ['CG', 'Congo,_Republic_of_the Congo_Republic'],
    ['KP', "Korea,_Democratic_People's_Republic_of Korea,_North"],
    ['TZ', 'Tanzania,_United_Republic_of'],
    ['BO', 'Bolivia,_Plurinational_State_of Bolivia_(Plurinational_State_of)'],
    ['VE', 'Venezuela,_Bolivarian_Republic_of'],
    ['VG', 'Virgin_Islands,_British'],
    ['PS', 'Palestine,_State_of Palestinian_Territory,_Occupied'],
    ['BS', 'Bahamas,_The'],
  ])('%s: %s', (code, names) => {
    expect(names.split(' ').map((name) => readCountry(name.replaceAll('_', ' ')))).toEqual(names.split(' ').map(() => code));
  });

  it.each(['XX', 'EU', 'Germnay', 'Deutschland', '-', 'Unknown', '0', 'Europe', ''])('%j is none', (name) => {
    expect(readCountry(name)).toBeNull();
  });
});
