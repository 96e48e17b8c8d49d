import currencyCodes from 'currency-codes';

/** What stands beside amounts: codes of ISO 4217, codes of crypto currencies that networks pay in, and signs. */

/** Signs with the currencies they stand for. A sign of several stands for the first, unless `?` says that nobody can tell. */
const SIGNS: Readonly<Record<string, string>> = {
  $: '? USD ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD TWD UYU XCD',
  us$: 'USD',
  u$s: 'USD',
  r$: 'BRL',
  a$: 'AUD',
  au$: 'AUD',
  c$: '? CAD NIO',
  ca$: 'CAD',
  can$: 'CAD',
  cad$: 'CAD',
  hk$: 'HKD',
  mx$: 'MXN',
  mex$: 'MXN',
  nt$: 'TWD',
  nz$: 'NZD',
  s$: 'SGD',
  sg$: 'SGD',
  ec$: 'XCD',
  clp$: 'CLP',
  col$: 'COP',
  ar$: 'ARS',
  t$: 'TOP',
  '€': 'EUR',
  '£': 'GBP EGP FKP GIP LBP SHP SSP SYP',
  'e£': 'EGP',
  'l£': 'LBP',
  '¥': 'JPY CNY',
  '￥': 'JPY CNY',
  円: 'JPY',
  元: 'CNY',
  'cn¥': 'CNY',
  rmb: 'CNY',
  '₩': 'KRW KPW',
  '₫': 'VND',
  đ: 'VND',
  '₹': 'INR',
  rs: '? INR LKR MUR NPR PKR',
  '₽': 'RUB',
  руб: 'RUB',
  р: 'RUB',
  '₴': 'UAH',
  грн: 'UAH',
  '₸': 'KZT',
  тг: 'KZT',
  '₺': 'TRY',
  tl: 'TRY',
  '₪': 'ILS',
  '₱': 'PHP',
  '฿': 'THB',
  '₦': 'NGN',
  'gh₵': 'GHS',
  '₵': 'GHS',
  '₡': 'CRC',
  '₲': 'PYG',
  '₾': 'GEL',
  '₼': 'AZN',
  '֏': 'AMD',
  '؋': 'AFN',
  '៛': 'KHR',
  '₭': 'LAK',
  '₮': 'MNT',
  '৳': 'BDT',
  '₿': 'BTC',
  '₮t': 'USDT',
  zł: 'PLN',
  zl: 'PLN',
  kč: 'CZK',
  ft: 'HUF',
  lei: 'RON',
  лв: 'BGN',
  kr: '? DKK ISK NOK SEK',
  fr: 'CHF',
  sfr: 'CHF',
  r: 'ZAR',
  rp: 'IDR',
  rm: 'MYR',
  's/': 'PEN',
  bs: '? BOB VES',
  fcfa: 'XAF XOF',
  kz: 'AOA',
  dh: '? AED MAD',
  '﷼': '? IRR OMR QAR SAR YER',
};

/** Not of ISO 4217, but networks pay in them. */
const CRYPTO = 'USDT USDC BUSD DAI TUSD BTC XBT ETH LTC BCH TRX BNB XRP SOL TON DOGE SHIB XMR ADA MATIC POL DASH ZEC NOT'.split(' ');
/** Letter codes of ISO 4217 that are no money to be paid in: metals, units of account, tests. Their decimals are not known. */
const NO_MONEY = /^X(?![ACOP]F|CD|CG)/;

const CODES = new Set([...currencyCodes.codes().filter((code) => !NO_MONEY.test(code)), 'BYR', 'BGN', 'RUR', ...CRYPTO]);
const WITHOUT_DECIMALS = new Set(
  currencyCodes.data.filter(({ code, digits }) => digits === 0 && !NO_MONEY.test(code)).map(({ code }) => code),
);
const OWNERS = new Map(Object.entries(SIGNS).map(([sign, codes]) => [sign, codes.split(' ')]));
/** The rouble before 1998, which networks still write. */
const RENAMED: Readonly<Record<string, string>> = { RUR: 'RUB' };

const CODE = /^[A-Za-z0-9]{3,10}$/;

/** A currency's code as it is kept, or null for what is none: 3 to 10 letters or digits (USDT is one), in any case. */
export function currencyCode(text: string): string | null {
  if (!CODE.test(text)) return null;
  const code = text.toUpperCase();
  return RENAMED[code] ?? code;
}

/** The same of a text that was checked before, or that only has to be compared. */
export const namedCurrency = (text: string): string => currencyCode(text) ?? text.toUpperCase();

/** Words that senders put where they know no currency. */
export const isNoCurrency = (text: string): boolean => /^(?:null|undefined|none|nil|n\/a)$/i.test(text);

/** Whether amounts of it are whole: `150.000` is then a hundred and fifty thousand. */
export const hasNoDecimals = (code: string | null): boolean => code !== null && WITHOUT_DECIMALS.has(code);

/** Which currencies a sign or code stands for, the likeliest first; `?` first when nobody can tell. null: it is neither. `also` is a code that counts though no list has it. */
export function currenciesOf(text: string, also: string | null): readonly string[] | null {
  const code = currencyCode(text);
  if (code !== null && (CODES.has(code) || code === also)) return [code];
  const sign = text.toLowerCase();
  return OWNERS.get(sign) ?? OWNERS.get(sign.replace(/\.$/, '')) ?? null;
}

/** Whether a sign says nothing of the currency: so many have their dollar or peso. */
export const saysNothing = (text: string): boolean => text === '$';
