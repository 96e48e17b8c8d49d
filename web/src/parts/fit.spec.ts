import { expect, test } from '@jest/globals';
import { neededWidth } from './fit';
import { showMoney } from './format';

const column = { value: (row: string | null) => row, cell: (row: string | null) => showMoney(row, 'USD') };
const widthOf = (text: string): number => 22 + 8 * text.length;

test.each([
  [['1', '1234567', '20'], '1,234,567.00 USD'],
  [['5', '-1234567', '1234567'], '-1,234,567.00 USD'],
  [['5', '0.000125', '1'], '0.000125 USD'],
  [[null], ''],
])('a column of %j is as wide as %s', (rows, longest) => {
  expect(neededWidth(column, rows)).toBe(widthOf(longest));
});

test('the total is never cut, and a cell that is more than a text says its text', () => {
  expect(neededWidth({ ...column, total: '9,999,999,999.00 USD' }, ['1'])).toBe(widthOf('9,999,999,999.00 USD'));
  expect(neededWidth({ value: () => 1, cell: () => ({}) as never, text: () => '1,000' }, [1])).toBe(widthOf('1,000'));
});
