import { byStatusKey } from './status-word.js';
import { describe, expect, it } from '@jest/globals';
import { parseIpRanges } from '../lib/ip-ranges.js';
import { resolveStatus } from '../statuses/resolve-status.js';
import { parsePostback } from '../postbacks/parse-postback.js';
import { expandTemplate, findNetwork } from './networks.js';
import { NETWORKS } from './networks-data.js';
import { checkRows, postbackUrl } from './postback-url.js';

const BUCKETS = ['pending', 'approved', 'rejected', 'trash', 'reversed', 'ignored', 'unmapped'];
const CLICK_ID_LENGTH = 26;

/** Name, link parameter, macro of the click id, and the words with their buckets (T trash, I ignored), typed off from the networks' documentation. */
const TABLE: [name: string, parameter: string, cid: string | undefined, words: string][] = [
  ['MaxBounty', 's2', '#S2#', ''],
  ['ClickBank', 'tid', '{tid}', 'ORDER_IMPRESSION=P PURCHASE,UPSELL=A'],
  ['CJ', 'SID', '{url(sid)}', ''],
  ['impact.com', 'subId1', '{SubId1}', 'PENDING=P APPROVED=A REVERSED=X'],
  ['Awin', 'clickRef', undefined, 'pending=P approved=A declined=R'],
  ['ShareASale', 'afftrack', '{sscid}', ''],
  ['Everflow', 'sub1', '{sub1}', ''],
  ['TUNE / HasOffers', 'aff_sub', '{aff_sub}', ''],
  ['Affise', 'sub1', '{sub1}', '1=A 2=P 3=R 5=P 4=R'],
  ['CAKE', 's2', '#s2#', ''],
  ['Scaleo', 'aff_click_id', '{aff_click_id}', 'pending=P approved=A rejected=R trash=T'],
  ['Affstream', 'aff_click_id', '{aff_click_id}', ''],
  ['Alanbase', 'sub_id1', '{sub_id1}', 'pending,hold=P confirmed=A'],
  ['AlterCPA', 'subid', '{subid}', 'wait,hold=P approve=A cancel=R trash=T'],
  ['Cellxpert', 'afp1', '[afp1]', ''],
  ['Adcombo', 'clickid', '{clickid}', 'lead,leads=A holds=P rejects=R'],
  ['Dr.Cash', 'sub1', '{sub1}', 'pending=P approved=A rejected=R trash=T'],
  ['Leadbit', 'sub1', '{sub1}', 'new=P confirm=A reject,decline,invalid=R trash=T'],
  ['M4Leads', 'sub_id1', '[sub_id1]', 'Approved=A Pending=P Rejected,Invalid=R'],
  ['TerraLeads', 'sub_id', '{sub_id}', 'accept,expect=P confirm=A reject,fail,error=R trash=T'],
  ['LemonAD', 'clickid', '{clickid}', ''],
  ['Everad / RocketProfit', 'sid1', '{sid1}', 'pending=P approved=A rejected=R trash=T'],
  ['Shakes', 'sub1', '{sub1}', 'none=P confirm,approved=A reject,decline=R'],
  ['KMA.biz', 'data1', '{data1}', 'P=P A=A D,F=R'],
  ['cpa.house', 'sub_id_1', '{sub_id_1}', 'new,in_processing=P accepted=A'],
  ['CPAgetti', 'sub1', '{sub1}', 'new,wait,valid=P accept,confirmed,hold=A invalid,declined=R trash=T'],
  ['LeadRock', 'sub1', '{sub1}', ''],
  ['Lucky.online', 'subid', '{get.subid}', 'new=P confirmed=A rejected=R trash=T'],
  ['Admitad', 'subid', '[[[subid]]]', 'pending=P approved=A declined=R'],
  ['Actionpay', 'subid', '{subid2}', 'accepted=P paid=A rejected=R'],
  ['AdPump', 'apsubid1', '{subid1}', '1,300=P 310=A 400=R'],
  ['MyLead', 'ml_sub1', '[ml_sub1]', 'pending,pre_approved=P approved=A'],
  ['Indoleads', 'click_id', '{click_id}', 'pending=P approved=A declined=R'],
  ['Digistore24', 'cid', '{cid}', 'payment=A refund,chargeback=X payment_denial=R missed,rebill_cancelled,rebill_resumed=I'],
  ['BuyGoods', 'subid', '{SUBID}', 'purchase=A refund,cancel,chargeback,commission_void=X'],
  ['Perfect Pay', 'click_id', '{click_id}', ''],
  ['Zeydoo', 'ymid', '{ymid}', ''],
  ['Mobidea', 'pub_click_id', '{{EXTERNAL_ID}}', ''],
  ['CPALead', 'subid', '{subid}', ''],
  ['AdWorkMedia', 'sid', '{sid}', ''],
  ['Wannads', 'aff_click_id', '{aff_click_id}', 'credited=A rejected=X'],
  ['ClickDealer / Advidi (CAKE)', 's2', '#s2#', ''],
  ['Monetizer', '', '{clickID}', ''],
  ['Adsterra (affiliates)', '', '##S2S##', ''],
  ['LosPollos', 'cid', '{cid}', ''],
  ['Trafee', 'ext_click_id', '{ext_click_id}', ''],
  ['Jumbleberry', 'xxc1xx', 'xxc1xx', ''],
  ['MonsterAds', 'XID1', '[=XID1=]', ''],
  ['BongaCash', 'subid2', '{subid2}', 'initial=P rebill=A refund,chargeback=X'],
  ['TrafficPartner', 'clicktag', '{clicktag}', 'lead=P sale=A rebill=A rejected=R'],
  ['Wap.click', 'p1', '{label1}', 'on=P onetime,sell,rebill=A'],
  ['Exness (affiliates)', 'cid', '{cid}', 'registration=P aggregated_deposit,qualification=A'],
  ['Gambling.pro', 'pid', '{pid}', 'reg=P first_dep=A'],
  ['Sharklink', 'sub1', '{sub1}', 'reg=P ftd=A'],
  ['12Monkiss-type iGaming', 'click_id', '##CLICK_ID##', 'reg,dep,lead=P approve,rebill=A reject=R'],
  ['AppsFlyer', 'af_sub1', '{Sub Param 1}', ''],
];
const MEANINGS: Record<string, string> = { A: 'approved', P: 'pending', R: 'rejected', X: 'reversed', T: 'trash', I: 'ignored' };

function statusMapOf(words: string): Record<string, string | undefined> {
  return Object.fromEntries(
    words
      .split(' ')
      .filter(Boolean)
      .flatMap((group) => {
        const [list = '', meaning = ''] = group.split('=');
        return list.split(',').map((word) => [word.toLowerCase().replace('commission_void', 'commission void'), MEANINGS[meaning]]);
      }),
  );
}

describe('the network catalogue', () => {
  it('has exactly the networks of the table, and custom', () => {
    expect(NETWORKS.map((n) => n.name)).toEqual(['Custom', ...TABLE.map(([name]) => name)]);
    expect(new Set(NETWORKS.map((n) => n.key)).size).toBe(NETWORKS.length);
  });

  it.each(TABLE)('says of %s what the table says', (name, parameter, cid, words) => {
    const network = NETWORKS.find((n) => n.name === name);
    expect(network).toMatchObject({ cidParameter: parameter });
    expect(network?.linkBuilder.cid).toBe(cid);
    expect(network?.statusMap).toEqual(statusMapOf(words));
  });

  it('marks as disputed what the table does', () => {
    expect(NETWORKS.filter((n) => n.disputed.length > 0).map((n) => n.key)).toEqual([
      'cj',
      'impact',
      'shareasale',
      'everflow',
      'adcombo',
      'terraleads',
      'adpump',
      'bongacash',
      'appsflyer',
    ]);
  });

  it('finds a template by its key', () => {
    expect(findNetwork('sharklink')?.linkBuilder.txid).toBe('{transactionid}_{goal}');
    expect(findNetwork('custom')).toMatchObject({
      cidParameter: '',
      linkBuilder: {},
      statusMap: {},
      offerUrlTemplate: '{url}?{cidParameter}={clickid}',
    });
    expect(findNetwork('cpagrip')).toBeNull();
    expect(findNetwork('constructor')).toBeNull();
  });

  it('keeps the one path style, signed amounts, wanted answer and known address', () => {
    expect(NETWORKS.filter((n) => n.offerUrlTemplate === '{url}/{clickid}').map((n) => n.key)).toEqual(['actionpay']);
    expect(NETWORKS.filter((n) => n.amountSign === 'signed').map((n) => n.key)).toEqual(['bongacash']);
    expect(NETWORKS.filter((n) => n.answer !== null).map((n) => [n.key, n.answer])).toEqual([['terraleads', 'OK']]);
    expect(NETWORKS.filter((n) => n.knownIps.length > 0).map((n) => [n.key, n.knownIps])).toEqual([['wannads', ['3.22.177.178']]]);
  });
});

describe.each(NETWORKS.map((network) => [network.key, network] as const))('%s', (key, network) => {
  it('has a key, addresses and texts in good form', () => {
    expect(key).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(['{url}?{cidParameter}={clickid}', '{url}/{clickid}']).toContain(network.offerUrlTemplate);
    expect(encodeURIComponent(network.cidParameter)).toBe(network.cidParameter);
    expect(parseIpRanges(network.knownIps).errors).toEqual([]);
    if (network.docs !== null) expect(new URL(network.docs).protocol).toBe('https:');
    for (const text of [network.name, ...network.disputed, ...network.notes]) expect(text).toMatch(/^\S.*\S$/);
    for (const text of [...network.disputed, ...network.notes]) expect(text).toMatch(/\.$/);
  });

  it('takes our click id whole', () => {
    expect(network.limits[network.cidParameter] ?? CLICK_ID_LENGTH).toBeGreaterThanOrEqual(CLICK_ID_LENGTH);
  });

  it('fills canonical parameters, no two with the same text', () => {
    expect(checkRows(network.linkBuilder)).toEqual([]);
    const texts = Object.values(network.linkBuilder);
    for (const text of texts) expect(text).toMatch(/^\S(.*\S)?$/);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('makes a postback URL that holds its macros as they are', () => {
    const url = postbackUrl('https://t.example/postback', network.linkBuilder);
    for (const [parameter, text] of Object.entries(network.linkBuilder)) expect(url).toContain(`${parameter}=${text}`);
  });

  it('is written in macros that we recognise', () => {
    for (const [parameter, text] of Object.entries(network.linkBuilder)) {
      const constants = expandTemplate(text, () => '');
      if (parameter === 'currency' && constants === text) expect(network.defaultCurrency).toBe(text);
      else expect(constants).toMatch(/^_?$/);
    }
  });

  it('knows its words as they are looked up, and its currency in capitals', () => {
    const isGood = ([word, meaning]: [string, string]): boolean =>
      word !== '' && word === word.trim().toLowerCase() && (BUCKETS as readonly string[]).includes(meaning);
    expect(Object.entries(network.statusMap).filter((entry) => !isGood(entry))).toEqual([]);
    expect(BUCKETS).toContain(network.defaultStatus);
    if (network.defaultCurrency !== null) expect(network.defaultCurrency).toMatch(/^[A-Z]{3}$/);
  });

  it('says its status by a macro or by one URL per status, never by both', () => {
    expect(network.variants.length > 0).toBe(network.linkBuilder.status === undefined);
  });

  it('has variants whose words mean what they say', () => {
    for (const { status, word, label } of network.variants) {
      expect(resolveStatus(word, [byStatusKey(network.statusMap)]).meaning).toBe(status);
      expect(encodeURIComponent(word)).toBe(word);
      expect(label).not.toBe('');
    }
    expect(new Set(network.variants.map((v) => v.word)).size).toBe(network.variants.length);
  });

  it('sends a postback that is understood without a warning, and one with unresolved macros that is seen to be such', () => {
    const { linkBuilder } = network;
    const samples: Record<string, string> = { cid: '01jwnv5c8he1x8rk2m4p6q7s9t', payout: '12.50', currency: 'EUR' };
    const query = (fill: (parameter: string, text: string) => string): string =>
      new URLSearchParams(
        Object.entries(linkBuilder).map(([parameter, text]): [string, string] => [parameter, fill(parameter, text)]),
      ).toString();

    const filled = parsePostback({
      query: query((p, text) => expandTemplate(text, () => samples[p] ?? 'sample')),
      contentType: null,
      body: null,
    });
    expect(filled.warnings).toEqual([]);
    expect(filled.values.payout).toBe(linkBuilder.payout === undefined ? null : '12.5');

    // Jumbleberry's words look like values: nothing tells them from a click id.
    if (linkBuilder.cid === undefined || key === 'jumbleberry') return;
    expect(parsePostback({ query: query((_, text) => text), contentType: null, body: null }).refusal).toBe('unresolved_macro');
  });
});

describe('expandTemplate', () => {
  it.each(['{x}', '{{x}}', '${x}', '[x]', '[[[x]]]', '[=x=]', '#x#', '##x##', '%x%', '<x>', 'xxxxx'])('fills %s', (macro) =>
    expect(expandTemplate(macro, (name) => `(${name})`)).toBe('(x)'),
  );

  it.each([
    ['{transactionid}_{goal}', '(transactionid)_(goal)'],
    ['#S2#-#RATE#', '(S2)-(RATE)'],
    ['##A####B##', '(A)(B)'],
    ['{Sub Param 1}', '(Sub Param 1)'],
    ['{url(sid)}', '(url(sid))'],
    ['{get.subid}', '(get.subid)'],
    ['{amount50%}{amount0.5}', '(amount50%)(amount0.5)'],
    ['xxc1xx_xxpayoutxx', '(c1)_(payout)'],
    [
      'https://t.example/postback/AbC?cid={sub1}&payout=##PAYOUT##&currency=USD',
      'https://t.example/postback/AbC?cid=(sub1)&payout=(PAYOUT)&currency=USD',
    ],
    ['USD', 'USD'],
    ['', ''],
    ['50%', '50%'],
    ['a{}b', 'a{}b'],
    ['a#b', 'a#b'],
  ])('makes %s to %s', (text, expected) => expect(expandTemplate(text, (name) => `(${name})`)).toBe(expected));

  it('takes samples as they are', () => {
    expect(expandTemplate('{a}{b}', (name) => (name === 'a' ? '{b}' : '$&'))).toBe('{b}$&');
    expect(expandTemplate('{a}', () => '')).toBe('');
  });
});
