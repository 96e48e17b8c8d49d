import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { clientIp, parseIpRanges, truncateIp } from './ip-ranges.js';

const ranges = (...entries: string[]) => {
  const { ranges: good, errors } = parseIpRanges(entries);
  expect(errors).toEqual([]);
  return good;
};
const number = (v4: string) => v4.split('.').reduce((n, octet) => n * 256n + BigInt(octet), 0n);

describe('parseIpRanges', () => {
  it.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['10.1.2.3/8', '10.255.0.1', true],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '198.51.100.1', false],
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['203.0.113.0/24', '::ffff:cb00:7109', true],
    ['::ffff:203.0.113.0/120', '203.0.113.9', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:DB8::1', '2001:db8:0:0:0:0:0:1', true],
    [' 203.0.113.0/24 ', '203.0.113.1', true],
    ['0.0.0.0/0', 'unknown', false],
    ['0.0.0.0/0', '', false],
    ['127.0.0.0/8', '2130706433', false],
    ['127.0.0.0/8', '127.1', false],
  ])('%s contains %s: %s', (range, ip, expected) => {
    expect(ranges(range).contains(ip)).toBe(expected);
  });

  it('contains nothing when empty', () => {
    expect(ranges().contains('127.0.0.1')).toBe(false);
  });

  it.each([
    ['', 'is not an IPv4 or IPv6 address'],
    ['example.com', 'is not an IPv4 or IPv6 address'],
    ['10.1/16', 'is not an IPv4 or IPv6 address'],
    ['010.0.0.1', 'is not an IPv4 or IPv6 address'],
    ['300.0.0.1', 'is not an IPv4 or IPv6 address'],
    ['fe80::1%eth0', 'is not an IPv4 or IPv6 address'],
    ['10.0.0.0/33', 'from 0 to 32'],
    ['10.0.0.0/', 'from 0 to 32'],
    ['10.0.0.0/-1', 'from 0 to 32'],
    ['10.0.0.0/8/9', 'from 0 to 32'],
    ['2001:db8::/129', 'from 0 to 128'],
    ['::ffff:10.0.0.0/8', 'write the IPv4 range'],
  ])('says what is wrong with "%s"', (entry, message) => {
    const { ranges: good, errors } = parseIpRanges(['203.0.113.7', entry]);
    expect(errors).toEqual([{ index: 1, message: expect.stringContaining(message) }]);
    expect(errors[0]?.message).toContain(`"${entry}"`);
    expect(good.contains('203.0.113.7')).toBe(true);
  });

  it('agrees with arithmetic on v4', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (network, ip, bits) => {
        const shift = BigInt(32 - bits);
        expect(ranges(`${network}/${bits}`).contains(ip)).toBe(number(network) >> shift === number(ip) >> shift);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        parseIpRanges([text, `${text}/8`]).ranges.contains(text);
      }),
    );
  });
});

describe('clientIp', () => {
  const proxies = ranges('10.0.0.0/8', '2001:db8:1::/48');
  it.each([
    ['no header', '203.0.113.7', undefined, '203.0.113.7'],
    ['a header from an untrusted peer', '203.0.113.7', '1.1.1.1', '203.0.113.7'],
    ['one proxy', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a spoofed entry left of the real one', '10.0.0.1', '1.1.1.1, 203.0.113.7', '203.0.113.7'],
    ['two proxies', '10.0.0.1', '1.1.1.1, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['proxies only', '10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
    ['an entry that is no address', '10.0.0.1', '203.0.113.7, unknown, 10.0.0.2', '10.0.0.2'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['an empty entry', '10.0.0.1', '203.0.113.7,', '10.0.0.1'],
    ['a leading comma', '10.0.0.1', ',10.0.0.2', '10.0.0.2'],
    ['a port', '10.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['v6 in brackets with a port', '10.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['an unclosed bracket', '10.0.0.1', '[2001:db8::7', '10.0.0.1'],
    ['several headers', '10.0.0.1', ['203.0.113.7', '10.0.0.2'], '203.0.113.7'],
    ['a mapped peer', '::ffff:10.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['v6 in long form', '2001:db8:1::1', '2001:0DB8:0:0:0:0:0:7', '2001:db8::7'],
    ['a zone', 'fe80::1%eth0', undefined, 'fe80::1'],
  ])('%s', (_, remote, header, expected) => {
    expect(clientIp(remote, header, proxies)).toBe(expected);
  });

  it('is null when the connection is gone', () => {
    expect(clientIp(undefined, '203.0.113.7', proxies)).toBeNull();
  });

  it('trusts nobody by default', () => {
    expect(clientIp('127.0.0.1', '203.0.113.7', ranges())).toBe('127.0.0.1');
  });

  it('is never moved by what a client writes', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.ipV4().filter((ip) => !ip.startsWith('10.')),
        (written, real) => {
          expect(clientIp('10.0.0.1', `${written}, ${real}`, proxies)).toBe(real);
        },
      ),
    );
  });
});

describe('truncateIp', () => {
  it.each([
    ['203.0.113.7', '203.0.113.0'],
    ['::ffff:203.0.113.7', '203.0.113.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['::1', '::'],
    ['nonsense', null],
  ])('%s: %s', (ip, expected) => {
    expect(truncateIp(ip)).toBe(expected);
  });
});
