import * as fc from 'fast-check';

/** Any character of Unicode, halves of surrogate pairs among them. fast-check's own arbitraries of them first build a table of all, which takes half a second. */
export const character = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
