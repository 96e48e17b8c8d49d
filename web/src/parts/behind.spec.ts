import { expect, test } from '@jest/globals';
import { figureHref, listHref } from './behind';

const period = { period: 'today' };

test.each([
  ['clicks', {}, 'click', '/app/clicks?period=today&bot=false'],
  ['conversions', {}, 'conversion', '/app/conversions?period=today'],
  ['conversions', { device: ['mobile', ''] }, 'click', '/app/conversions?period=today&device=mobile%2C&attribution=click'],
  ['revenueHold', { offer: ['1'] }, 'conversion', '/app/conversions?period=today&offerId=1&status=pending%2Cunmapped'],
  // What is filtered and what is counted have to hold together.
  ['approved', { status: ['Approved', 'pending'] }, 'conversion', '/app/conversions?period=today&status=approved'],
  ['revenueHold', { status: ['unmapped'] }, 'conversion', '/app/conversions?period=today&status=unmapped'],
  ['rejected', { status: ['approved'] }, 'conversion', null],
  ['clicks', { param1: ['a'] }, 'click', null],
  ['cr', {}, 'click', null],
] as const)('%s of %j by %s', (figure, filtered, attribution, href) => {
  expect(figureHref(figure, filtered, period, attribution)).toBe(href);
});

test('requests are kept by source alone', () => {
  expect(listHref('postbacks', { offerSource: ['1'] }, period, 'click')).toBe('/app/postbacks?period=today&offerSourceId=1');
  expect(listHref('postbacks', { country: ['DE'] }, period, 'click')).toBeNull();
});
