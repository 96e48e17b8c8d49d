import { expect, test } from '@jest/globals';
import { actionOf, detailsOf, hrefOf, subjectOf } from './audit-row';

const SHOES = '0197a000-0000-7000-8000-000000000001';
const nameOf = (id: string | null): string | null => (id === SHOES ? 'Red shoes' : id);
const row = (action: string, subject: string | null = null, details = {}) => ({ action, subject, details });

test.each([
  ['PATCH /offers/:id', 'Offer changed'],
  ['POST /people/:id/invite', 'One-time link made'],
  ['POST /something/new', 'POST /something/new'],
])('%s is said as %s', (action, said) => {
  expect(actionOf(row(action))).toBe(said);
});

test('a thing with a page of its own is one click away', () => {
  expect(hrefOf(row('PATCH /offers/:id', 'a1'))).toBe('/app/offers?open=a1');
  expect(hrefOf(row('POST /offer-sources/:id/rotate-token', 'b2'))).toBe('/app/offer-sources?open=b2');
  expect(hrefOf(row('PATCH /people/:id', 'c3'))).toBeNull();
  expect(hrefOf(row('PATCH /offers'))).toBeNull();
});

test('what was said reads as words, not as JSON', () => {
  const body = { name: 'Red shoes', tags: ['shoes', 'summer'], payout: null, linkBuilder: { cid: '{sub1}' } };
  expect(detailsOf(row('POST /offers', 'a1', { body, keyId: 'k', status: 201 }), nameOf)).toBe(
    'name: Red shoes, tags: shoes, summer, payout: none, linkBuilder: (cid: {sub1})',
  );
  expect(detailsOf(row('POST /clicks/import', null, { query: { commit: 'true' }, status: 202 }), nameOf)).toBe('commit: true');
  expect(detailsOf(row('POST /x', null, { body: '(too long to keep)' }), nameOf)).toBe('(too long to keep)');
  expect(detailsOf(row('DELETE /views/:id', 'v', { keyId: 'k', status: 204 }), nameOf)).toBe('');
});

test('things are called by their names', () => {
  expect(detailsOf(row('PATCH /offers', null, { body: { ids: [SHOES], status: 'paused' } }), nameOf)).toBe(
    'ids: Red shoes, status: paused',
  );
  expect(subjectOf(row('PATCH /offers/:id', SHOES, { body: { name: 'Blue shoes' } }), nameOf)).toBe('Red shoes');
  expect(subjectOf(row('POST /views', 'v1', { body: { name: 'By day' } }), nameOf)).toBe('By day');
  expect(subjectOf(row('DELETE /views/:id', 'v1'), nameOf)).toBe('v1');
  expect(subjectOf(row('PATCH /account'), nameOf)).toBeNull();
});
