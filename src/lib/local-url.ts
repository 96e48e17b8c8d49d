import ipaddr from 'ipaddr.js';

/** Whether a URL names this machine or a private network, so that others cannot reach it. */
export function isLocalUrl(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$|\.$/g, '') : '';
  if (/(^|\.)(localhost|local|internal)$/.test(host)) return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() !== 'unicast';
}

/** For answers whose links are made of such a URL; null when they are good. */
export function localUrlWarning(url: string): string | null {
  return isLocalUrl(url)
    ? `Neither networks nor visitors reach ${new URL(url).origin}: set PUBLIC_URL to the address of this tracker on the internet and start again, before pasting its links anywhere.`
    : null;
}
