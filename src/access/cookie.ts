/** The session's cookie: its names, and how it is written and read. */

/** Only a page over https can set a name with this prefix, and only for its own host. */
const SECURE = '__Host-cidra';
const PLAIN = 'cidra';

/** The header that sets the cookie. It lasts until the browser is closed, unless the server ends the session earlier; an empty token removes it. */
export function sessionCookie(token: string, secure: boolean): string {
  const end = token === '' ? '; Max-Age=0' : '';
  return `${secure ? SECURE : PLAIN}=${token}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}${end}`;
}

/**
 * The session's token, or null.
 * @param secure the tracker is at home on https: a plain cookie, which a neighbouring host could have planted, counts for nothing
 */
export function sessionToken(header: string | undefined, secure: boolean): string | null {
  const cookies = new Map<string, string>();
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals).trim();
    // Of two with one name the first counts: browsers send the one with the longest path first.
    if (equals > 0 && !cookies.has(name)) cookies.set(name, part.slice(equals + 1).trim());
  }
  return cookies.get(SECURE) ?? (secure ? null : (cookies.get(PLAIN) ?? null));
}
