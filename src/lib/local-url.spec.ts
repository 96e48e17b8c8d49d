import { describe, expect, it } from '@jest/globals';
import { isLocalUrl } from './local-url.js';

describe('isLocalUrl', () => {
  it.each([
    'http://localhost:3000',
    'http://LOCALHOST',
    'https://tracker.localhost/x',
    'http://localhost.',
    'http://my-nas.local',
    'http://127.0.0.1:3000',
    'http://127.1.2.3',
    'http://0.0.0.0',
    'http://[::1]:3000',
    'http://[::ffff:127.0.0.1]',
    'http://192.168.1.4',
    'http://10.0.0.1',
    'http://172.16.0.9',
    'http://[fd00::1]',
  ])('%s leads nowhere for others', (url) => expect(isLocalUrl(url)).toBe(true));

  it.each([
    'https://track.example.com',
    'http://8.8.8.8',
    'http://[2606:4700::1111]',
    'https://localhost.example.com',
    'https://notlocalhost',
  ])('%s may be reached', (url) => expect(isLocalUrl(url)).toBe(false));
});
