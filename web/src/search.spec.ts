import { describe, expect, test } from '@jest/globals';
import { everywhereSearch, parseSearch, stringifySearch, textOfValues, valuesOf } from './search';

describe('what an address says of the period', () => {
  test.each([
    ['', {}],
    ['?period=today', { period: 'today' }],
    ['?period=never', {}],
    ['?from=2026-11-01&to=2026-11-30', { from: '2026-11-01', to: '2026-11-30' }],
    ['?from=2026-11-01', { from: '2026-11-01', to: '2026-11-01' }],
    ['?from=2026-11-05&to=2026-11-01', { from: '2026-11-05', to: '2026-11-05' }],
    ['?period=today&from=2026-11-01', { from: '2026-11-01', to: '2026-11-01' }],
    ['?from=x', {}],
    ['?zone=Asia/Kolkata', { zone: 'Asia/Kolkata' }],
    ['?zone=Atlantis/Capital', {}],
  ])('%s', (text, expected) => {
    expect(JSON.parse(JSON.stringify(everywhereSearch(parseSearch(text))))).toEqual(expected);
  });
});

test('an address reads as it is, and back', () => {
  const search = { columns: 'name,clicks', sort: '-revenue', zone: 'Europe/Berlin', filter: '100% & more', open: undefined };
  const text = stringifySearch(search);
  expect(text).toBe('?columns=name,clicks&sort=-revenue&zone=Europe/Berlin&filter=100%25+%26+more');
  expect(parseSearch(text)).toEqual(JSON.parse(JSON.stringify(search)));
});

test.each([[['DE']], [['']], [['a', 'b']], [['a,b', 'c\\d', '']], [['', 'x']]])('%j comes back from the address', (values) => {
  expect(valuesOf(textOfValues(values))).toEqual(values);
});
