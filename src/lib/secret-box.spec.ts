import { describe, expect, it } from '@jest/globals';
import { createSecretBox, NONCE_BYTES } from './secret-box.js';

const SECRET = 'a secret of at least thirty-two characters';
const nonce = (byte: number): Uint8Array => new Uint8Array(NONCE_BYTES).fill(byte);
const box = createSecretBox(SECRET, 'tests');

describe('a secret box', () => {
  it.each(['', 'token', 'ü€😀'.repeat(100)])('gives back %j', (text) => {
    expect(createSecretBox(SECRET, 'tests').open(box.seal(text, nonce(1)))).toBe(text);
  });

  it('shows nothing of the text, and another sealing of it looks different', () => {
    const sealed = box.seal('token', nonce(1));
    expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(sealed, 'base64url').includes('token')).toBe(false);
    expect(box.seal('token', nonce(2)).slice(16)).not.toBe(sealed.slice(16));
  });

  it('stays closed for another secret, another purpose, and every changed byte', () => {
    const sealed = box.seal('token', nonce(1));
    expect(createSecretBox(`${SECRET}!`, 'tests').open(sealed)).toBeNull();
    expect(createSecretBox(SECRET, 'others').open(sealed)).toBeNull();
    const bytes = Buffer.from(sealed, 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (bytes[i] ?? 0) ^ 1;
      expect(box.open(changed.toString('base64url'))).toBeNull();
    }
  });

  it.each(['', 'AAAA', '!!'])('stays closed for %j', (text) => expect(box.open(text)).toBeNull());
});
