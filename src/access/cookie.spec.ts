import { expect, it } from '@jest/globals';
import { sessionCookie, sessionToken } from './cookie.js';

it('is bound to the host over https and has no Secure over http', () => {
  expect(sessionCookie('t', true)).toBe('__Host-cidra=t; Path=/; HttpOnly; SameSite=Strict; Secure');
  expect(sessionCookie('t', false)).toBe('cidra=t; Path=/; HttpOnly; SameSite=Strict');
  expect(sessionCookie('', false)).toMatch(/^cidra=; .*Max-Age=0$/);
});

it.each([
  [undefined, false, null],
  ['', false, null],
  ['cidra', false, null],
  ['other=1; cidra=t; last=2', false, 't'],
  ['cidra=plain; __Host-cidra=bound', false, 'bound'],
  ['cidra=planted', true, null],
  ['cidra=planted; __Host-cidra=bound', true, 'bound'],
  ['cidra=first; cidra=second', false, 'first'],
  ['xcidra=t', false, null],
])('of %s (https %s) reads %s', (header, secure, expected) => {
  expect(sessionToken(header, secure)).toBe(expected);
});
