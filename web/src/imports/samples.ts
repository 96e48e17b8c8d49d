import type { Format, Kind } from './search';

const CONVERSIONS = `cid,status,payout,currency,txid,ts
01jd3q4k8m2v6x0r7t5w9y1z3b,approved,12.50,USD,T-1001,2026-11-20 14:05:00
01jd3q5c2n4w8y1s6v9x3z7b5d,rejected,8.00,USD,T-1002,2026-11-20 15:10:00
`;

/** A small file of each kind, with the columns that are read. */
const SAMPLES: Record<Kind, string> = {
  conversions: CONVERSIONS,
  statement: CONVERSIONS,
  clicks: `cid,createdAt,offer,country,source,keyword,cost,costCurrency,sub1
old-click-1,2026-11-20 10:00:00,Red shoes,DE,newsletter,red shoes,0.05,USD,banner-1
old-click-2,2026-11-20 10:05:00,Red shoes,US,newsletter,,0.04,USD,banner-2
`,
  rates: `currency,day,rate
EUR,2026-11-20,1.0842
GBP,2026-11-20,1.2615
`,
};
const LINES: Record<Exclude<Format, 'csv'>, string> = {
  keitaro: '01jd3q4k8m2v6x0r7t5w9y1z3b,12.50,T-1001,sale\n01jd3q5c2n4w8y1s6v9x3z7b5d,8.00,T-1002,rejected\n',
  binom: '01jd3q4k8m2v6x0r7t5w9y1z3b:payout=12.50&status=sale\n01jd3q5c2n4w8y1s6v9x3z7b5d:payout=8.00&status=rejected\n',
};

export const sampleOf = (kind: Kind, format: Format): { name: string; text: string } =>
  format === 'csv' ? { name: `${kind}-sample.csv`, text: SAMPLES[kind] } : { name: `${kind}-sample.txt`, text: LINES[format] };
