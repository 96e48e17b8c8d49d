import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/runs.js';
import { compileTemplate, type MacroValue, parseTemplate } from './macros.js';
import { character } from '../../test/support/texts.js';

type Values = Record<string, string | null | undefined>;
const NAMES = ['clickid', 'sub1', 'sub2', 'country', 'useragent'];
const GETTERS = new Map(NAMES.map((name): [string, MacroValue<Values>] => [name, (values) => values[name]]));
const expand = (template: string, values: Values = {}) => compileTemplate(template, GETTERS)(values);

/** What of a URL no value may change. */
const shape = (text: string) => {
  const url = new URL(text);
  return {
    origin: url.origin,
    user: url.username,
    depth: url.pathname.split('/').length,
    parameters: url.search.split('&').length,
    hash: text.includes('#'),
  };
};

describe('parseTemplate', () => {
  it('finds macros with position, place and letter case', () => {
    const template = 'https://h.example/{ClickID}/a?x={sub1}{nope}#f={SUB2}';
    const { macros, errors } = parseTemplate(template, NAMES);
    expect(errors).toEqual([]);
    expect(macros.map((m) => [template.slice(m.start, m.end), m.name, m.place, m.known])).toEqual([
      ['{ClickID}', 'clickid', 'path', true],
      ['{sub1}', 'sub1', 'query', true],
      ['{nope}', 'nope', 'query', false],
      ['{SUB2}', 'sub2', 'fragment', true],
    ]);
  });

  it.each(['https://h.example/?j={"a":1}', 'https://h.example/?x={}', 'https://h.example/?x={a b}', 'https://h.example/?x={1}'])(
    'sees no macro in %s',
    (template) => {
      expect(parseTemplate(template, NAMES).macros).toEqual([]);
    },
  );

  it.each([
    ['click_id', 'clickid'],
    ['clikcid', 'clickid'],
    ['clickd', 'clickid'],
    ['sub_1', 'sub1'],
    ['user-agent', 'useragent'],
    ['subid', 'sub1'],
    ['contry', 'country'],
    ['countries', null],
    ['sb1', 'sub1'],
    ['transaction', null],
    ['x', null],
    ['xy1', null],
  ])('nearest of {%s} is %s', (name, nearest) => {
    expect(parseTemplate(`https://h.example/?x={${name}}`, NAMES).macros[0]?.nearest).toBe(nearest);
  });

  it.each([
    ['{sub1}', 'in its scheme or host'],
    ['{sub1}://h.example/', 'in its scheme or host'],
    ['https://{sub1}/', 'in its scheme or host'],
    ['https://{sub1}.h.example/', 'in its scheme or host'],
    ['https://h.example{sub1}', 'in its scheme or host'],
    ['https://h.example:{sub1}/', 'in its scheme or host'],
    ['https://{sub1}@h.example/', 'in its scheme or host'],
    ['https:///{sub1}/a', 'in its scheme or host'],
    ['https:\\\\{sub1}/a', 'in its scheme or host'],
    ['https:{sub1}/a', 'in its scheme or host'],
    ['https://{unknown}/', 'in its scheme or host'],
    ['', 'is not a URL'],
    ['h.example/{sub1}', 'is not a URL'],
    ['/path', 'is not a URL'],
    ['https://', 'is not a URL'],
    ['https://a b/', 'is not a URL'],
    ['ftp://h.example/', 'http:// or https://'],
    ['javascript:alert(1)', 'http:// or https://'],
    ['https://user:pass@h.example/', 'user name or password'],
    ['java\nscript:alert(1)', 'control character'],
    ['https://h.example/\t', 'control character'],
    [' https://h.example/', 'space at its beginning'],
  ])('refuses "%s"', (template, message) => {
    const { errors } = parseTemplate(template, NAMES);
    expect(errors).toEqual([expect.stringContaining(message)]);
    expect(() => compileTemplate(template, GETTERS)).toThrow(message);
  });
});

describe('compileTemplate', () => {
  it.each<[string, Values, string]>([
    ['https://h.example', {}, 'https://h.example/'],
    ['https://h.example?c={clickid}', { clickid: 'abc' }, 'https://h.example/?c=abc'],
    ['https://h.example/{CLICKID}', { clickid: 'abc' }, 'https://h.example/abc'],
    ['https://h.example/?a={sub1}&b={sub2}', { sub2: 'x' }, 'https://h.example/?a=&b=x'],
    ['https://h.example/?a={sub1}', { sub1: null }, 'https://h.example/?a='],
    ['https://h.example/{nope}?x={Nope2}', {}, 'https://h.example/{nope}?x={Nope2}'],
    ['https://h.example/?a={sub1}', { sub1: 'x&b=1#f' }, 'https://h.example/?a=x%26b%3D1%23f'],
    ['https://h.example/?a={sub1}', { sub1: "a b+c'd" }, 'https://h.example/?a=a%20b%2Bc%27d'],
    ['https://h.example/{sub1}/z', { sub1: 'a/b\\c?d' }, 'https://h.example/a%2Fb%5Cc%3Fd/z'],
    ['https://h.example/#r={sub1}', { sub1: 'a#b"' }, 'https://h.example/#r=a%23b%22'],
    ['https://h.example/?a={sub1}', { sub1: '{clickid}', clickid: 'no' }, 'https://h.example/?a=%7Bclickid%7D'],
    ['https://h.example/?a={sub1}{sub2}', { sub1: '{click', sub2: 'id}', clickid: 'no' }, 'https://h.example/?a=%7Bclickid%7D'],
    ['https://h.example/?a={sub1}', { sub1: 'x\r\nSet-Cookie: a\0' }, 'https://h.example/?a=x%0D%0ASet-Cookie%3A%20a%00'],
    ['https://h.example/?a={sub1}', { sub1: '世é' }, 'https://h.example/?a=%E4%B8%96%C3%A9'],
    ['https://h.example/?a={sub1}', { sub1: 'a\ud800b' }, 'https://h.example/?a=a%EF%BF%BDb'],
    ['https://bücher.example/世?q=é {sub1}', { sub1: '1' }, 'https://xn--bcher-kva.example/%E4%B8%96?q=%C3%A9%201'],
    ['HTTPS://H.Example:443/A/{sub1}', { sub1: 'B' }, 'https://h.example/A/B'],
    ['https://h.example/a/../{sub1}/./b', { sub1: 'x' }, 'https://h.example/x/b'],
    ['https://h.example/a/{sub1}/../b', { sub1: 'x' }, 'https://h.example/a/b'],
    ['https://h.example\\a\\{sub1}', { sub1: 'x' }, 'https://h.example/a/x'],
    // Dot segments made by values.
    ['https://h.example/a/{sub1}/b', { sub1: '..' }, 'https://h.example/a//b'],
    ['https://h.example/a/{sub1}{sub2}/b', { sub1: '.', sub2: '.' }, 'https://h.example/a//b'],
    ['https://h.example/a/{sub1}.{sub2}/b', {}, 'https://h.example/a//b'],
    ['https://h.example/a/%2e{sub1}/b', { sub1: '.' }, 'https://h.example/a//b'],
    ['https://h.example/a/{sub1}/b', { sub1: '%2e%2e' }, 'https://h.example/a/%252e%252e/b'],
    ['https://h.example/a/{sub1}/b', { sub1: '...' }, 'https://h.example/a/.../b'],
    ['https://h.example/a/v{sub1}/b', { sub1: '..' }, 'https://h.example/a/v../b'],
    // Escapes made by a value and the text beside it.
    ['https://h.example/a/%{sub1}/b', { sub1: '2e' }, 'https://h.example/a/%252e/b'],
    ['https://h.example/a/%2{sub1}/b', { sub1: 'f' }, 'https://h.example/a/%252f/b'],
    ['https://h.example/a/%2{sub1}e/b', {}, 'https://h.example/a/%252e/b'],
    // Words like those that stand in for macros.
    ['https://h.example/macro0z/{sub1}?macroq0z={sub2}', { sub1: 'x', sub2: 'y' }, 'https://h.example/macro0z/x?macroq0z=y'],
    ['https://macro0z.example/macr{sub1}macro', { sub1: 'x' }, 'https://macro0z.example/macrxmacro'],
    ['https://h.example/?a={{sub1}}&b=${sub2}', { sub1: 'x', sub2: 'y' }, 'https://h.example/?a={x}&b=$y'],
    ['https://h.example/?', {}, 'https://h.example/?'],
  ])('%s with %j', (template, values, expected) => {
    expect(expand(template, values)).toBe(expected);
  });

  const literal = fc.string({ unit: fc.constantFrom(...'ab.%2eE/\\&=?#é世 +\'"{}z0macroq:@'), maxLength: 8 });
  const macro = fc.constantFrom('{clickid}', '{SUB1}', '{sub2}', '{country}', '{nope}');
  const template = fc.array(fc.oneof(literal, macro), { maxLength: 8 }).map((parts) => `https://h.example/${parts.join('')}`.trim());
  const nasty = fc.constantFrom(
    '.',
    '..',
    '%2e',
    '%2E.',
    '/',
    '\\',
    '&a=b',
    '#',
    '?',
    '{sub1}',
    '{nope}',
    '\r\n',
    '\0',
    '\ud800',
    '//evil.example',
    '@evil.example',
    ';',
    "'",
  );
  const value = fc.option(fc.oneof(nasty, fc.string({ unit: character }), fc.string({ unit: fc.constantFrom(...'.%2eE/&=?#{}sub1') })), {
    nil: null,
  });
  const values = fc.record(Object.fromEntries(NAMES.map((name) => [name, value])));

  it('gives URLs of one shape whatever the values', () => {
    fc.assert(
      fc.property(template, values, (text, given) => {
        const { macros } = parseTemplate(text, NAMES);
        expect(shape(expand(text, given))).toEqual(shape(expand(text, Object.fromEntries(macros.map((m) => [m.name, 'x'])))));
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('gives a header value that is a normal URL', () => {
    fc.assert(
      fc.property(template, values, (text, given) => {
        const out = expand(text, given);
        expect(out).toMatch(/^[!-~]+$/);
        expect(new URL(out).href).toBe(out.replaceAll(/^[^?#]*/g, (path) => path.replaceAll(/[{}]/g, encodeURIComponent)));
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('carries every value whole', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: character }).filter((text) => !/^\.{1,2}$/.test(text)),
        (sub1) => {
          const url = new URL(expand('https://h.example/{sub1}?a={sub1}#{sub1}', { sub1 }));
          const wellFormed = Buffer.from(sub1).toString();
          expect(decodeURIComponent(url.pathname.slice(1))).toBe(wellFormed);
          expect(url.searchParams.get('a')).toBe(wellFormed);
          expect(decodeURIComponent(url.hash.slice(1))).toBe(wellFormed);
        },
      ),
    );
  });
});
