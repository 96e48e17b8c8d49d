/** In this order: most of them say that they are the later ones, too. */
const BROWSERS = [
  ['Edge', /\bEdgA?(?:iOS)?\/(\d+)/],
  ['Opera', /\bOPR\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /(?:Chrome|CriOS)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+).* Safari\//],
] as const;
const SYSTEMS = [
  ['Windows', /Windows/],
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Android', /Android/],
  ['ChromeOS', /CrOS/],
  ['macOS', /Mac OS X/],
  ['Linux', /Linux/],
] as const;

/** `Firefox 144 on Windows`; what is none of the known ones, as it calls itself. */
export function browserOf(agent: string): string {
  const system = SYSTEMS.find(([, sign]) => sign.test(agent))?.[0];
  for (const [name, sign] of BROWSERS) {
    const version = sign.exec(agent)?.[1];
    if (version !== undefined) return [`${name} ${version}`, system].filter(Boolean).join(' on ');
  }
  return agent.slice(0, 80);
}
