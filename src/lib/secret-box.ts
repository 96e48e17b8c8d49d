import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

/** Texts that are stored encrypted: AES-256-GCM with a key of its own for each purpose, derived from one secret by HKDF. */
export interface SecretBox {
  /**
   * base64url of nonce, tag and ciphertext.
   * @param nonce NONCE_BYTES from a cryptographic source, never the same twice
   */
  seal(text: string, nonce: Uint8Array): string;
  /** The text; null when it was sealed with another secret or for another purpose, or was changed. */
  open(sealed: string): string | null;
}

export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

export function createSecretBox(secret: string, purpose: string): SecretBox {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32));
  return {
    seal(text, nonce) {
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      const tagEnd = NONCE_BYTES + TAG_BYTES;
      if (bytes.length < tagEnd) return null;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, tagEnd));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString('utf8');
      } catch {
        return null;
      }
    },
  };
}
