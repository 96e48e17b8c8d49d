import type { Network, NetworkVariant } from './network.js';
import type { StatusMeaning } from './vocabulary.js';

/**
 * The records of the network catalogue, gathered from public documentation and other trackers'
 * template packs. Where sources differ, the record follows the first and `disputed` names the other.
 */

const QUERY = '{url}?{cidParameter}={clickid}';
const PATH = '{url}/{clickid}';

/** For networks that can call one URL per status but say nothing of words: ours. */
const PER_STATUS: readonly NetworkVariant[] = [
  { status: 'approved', word: 'approved', label: 'Approved conversions' },
  { status: 'pending', word: 'pending', label: 'Conversions on hold' },
  { status: 'rejected', word: 'rejected', label: 'Rejected conversions' },
  { status: 'reversed', word: 'reversed', label: 'Refunds and chargebacks' },
];
/** For networks whose every call is an approved conversion. */
const ALWAYS_APPROVED: readonly NetworkVariant[] = [{ status: 'approved', word: 'approved', label: 'All conversions' }];

const NO_WORDS =
  'The words of its status are not known. Words that mean the same everywhere are understood; any other shows up among the unmapped statuses.';
const OWN_WORDS = "You choose its status words yourself in the network's panel: write pending, approved and rejected there.";
const INFERRED_WORDS = 'The status words are inferred, not seen in documentation.';
const EVENTS_APART = 'To count registration and deposit as two conversions, set the duplicate mode to by_status.';
const NO_LINK_PARAMETER =
  "The link parameter that carries the click id is not known: look it up at the network and enter it, or put {clickid} into the offer's URL.";

type Known = Pick<Network, 'key' | 'name' | 'cidParameter' | 'linkBuilder'> & Partial<Network>;

function network(known: Known): Network {
  const { currency } = known.linkBuilder;
  return {
    offerUrlTemplate: QUERY,
    variants: 'status' in known.linkBuilder ? [] : PER_STATUS,
    statusMap: {},
    defaultStatus: 'approved',
    defaultCurrency: currency !== undefined && /^[A-Z]{3}$/.test(currency) ? currency : null,
    amountSign: 'absolute',
    answer: null,
    knownIps: [],
    limits: {},
    docs: null,
    disputed: [],
    notes: [],
    ...known,
  };
}

/** `{ pending: 'new, wait' }` turned round: word → meaning. */
function words(byMeaning: Partial<Record<StatusMeaning, string>>): Record<string, StatusMeaning> {
  const map: Record<string, StatusMeaning> = {};
  for (const [meaning, list] of Object.entries(byMeaning)) {
    for (const word of list.split(', ')) map[word] = meaning as StatusMeaning;
  }
  return map;
}

export const NETWORKS: readonly Network[] = [
  network({
    key: 'custom',
    name: 'Custom',
    cidParameter: '',
    linkBuilder: {},
    notes: ["Enter the network's link parameter and its macros. Without a link parameter, put {clickid} into each offer's URL."],
  }),
  network({
    key: 'maxbounty',
    name: 'MaxBounty',
    cidParameter: 's2',
    linkBuilder: { cid: '#S2#', payout: '#RATE#', currency: 'USD' },
    variants: ALWAYS_APPROVED,
    notes: ["It sends no status: every call is an approved conversion. #OFFID# is the network's offer id."],
  }),
  network({
    key: 'clickbank',
    name: 'ClickBank',
    cidParameter: 'tid',
    linkBuilder: { cid: '{tid}', payout: '{affiliate_earnings}', status: '{event_type}', txid: '{event_id}', currency: 'USD' },
    statusMap: words({ pending: 'order_impression', approved: 'purchase, upsell' }),
    docs: 'https://support.clickbank.com/hc/en-us/articles/26572131282964-Postback-Pixels-Guide',
    notes: [
      'This is its S2S postback. It has words for refund, chargeback and rebill as well, but their list was not seen: watch the unmapped statuses.',
      'An order impression is an event of its own with its own id, and so a pending conversion of its own; leave that event out at ClickBank unless you want it.',
    ],
  }),
  network({
    key: 'cj',
    name: 'CJ',
    cidParameter: 'SID',
    linkBuilder: { cid: '{url(sid)}', payout: '{commission}', txid: '{url(oid)}' },
    disputed: ['The payout macro is {commission} in one place and [PAYOUT] in another.'],
  }),
  network({
    key: 'impact',
    name: 'impact.com',
    cidParameter: 'subId1',
    linkBuilder: { cid: '{SubId1}', payout: '{Payout}', status: '{Status}', txid: '{ActionId}', currency: '{Currency}' },
    statusMap: words({ pending: 'pending', approved: 'approved', reversed: 'reversed' }),
    disputed: [
      'The click id macro is {SubId1} in one source and {subId1} in another, and letter case matters.',
      'The status macro is {Status} or {ActionStatus}.',
      'The transaction id is {ActionId} or {OID}.',
    ],
    notes: ['A failed call is repeated up to 15 times.'],
  }),
  network({
    key: 'awin',
    name: 'Awin',
    cidParameter: 'clickRef',
    linkBuilder: {},
    statusMap: words({ pending: 'pending', approved: 'approved', rejected: 'declined' }),
    docs: 'https://developer.awin.com/docs/transaction-notifications',
    notes: [
      'The names of the placeholders are not known, so the postback URL is to be completed by hand: choose the GET method in Transaction Notifications and put in its placeholders for click reference, commission, status and transaction id. Letter case matters.',
      'Its POST method sends JSON of another form, which is not understood without an adapter.',
      "Amounts are in the currency of the advertiser's programme: set the default currency.",
      INFERRED_WORDS,
    ],
  }),
  network({
    key: 'shareasale',
    name: 'ShareASale',
    cidParameter: 'afftrack',
    linkBuilder: { cid: '{sscid}', payout: '{commission}', txid: '{transactionid}' },
    disputed: [
      'All of this comes from a single blog post, and the link parameter afftrack is inferred: send a test conversion before you rely on it.',
    ],
  }),
  network({
    key: 'everflow',
    name: 'Everflow',
    cidParameter: 'sub1',
    linkBuilder: {
      cid: '{sub1}',
      payout: '{payout_amount}',
      txid: '{transaction_id}',
      currency: '{offer_currency}',
      param1: '{event_id}',
      param2: '{event_name}',
    },
    variants: [
      { status: 'approved', word: 'approved', label: 'Conversion' },
      { status: 'pending', word: 'lead', label: 'Event before the sale, such as a registration' },
    ],
    docs: 'https://helpdesk.everflow.io/customer/introduction-to-partner-postbacks',
    disputed: [
      'The payout macro is {payout_amount} (inferred) or {amount}.',
      "{transaction_id} is Everflow's id of the click, not of the order: all events of a click carry the same one and update one conversion. Empty the txid row to count by the duplicate mode instead.",
      'The currency macro is {offer_currency} or {currency}.',
    ],
    notes: ['Each event gets its own postback URL. Conversions on hold stay inside the network and are not sent.'],
  }),
  network({
    key: 'tune',
    name: 'TUNE / HasOffers',
    cidParameter: 'aff_sub',
    linkBuilder: { cid: '{aff_sub}', payout: '{payout}', txid: '{transaction_id}', currency: '{currency}' },
    variants: ALWAYS_APPROVED,
    notes: [
      'Only approved conversions are sent by default (inferred).',
      'Some networks on this platform want the click id in aff_click_id and return it in {aff_click_id}.',
    ],
  }),
  network({
    key: 'affise',
    name: 'Affise',
    cidParameter: 'sub1',
    linkBuilder: { cid: '{sub1}', payout: '{sum}', status: '{status}', txid: '{transactionid}', currency: '{currency}' },
    statusMap: words({ pending: '2, 5', approved: '1', rejected: '3, 4' }),
    docs: 'https://help-center.affise.com/en/articles/6655842-affiliate-postback-macros-affiliates',
    notes: ['Its status is a number; 5 is a hold. sub1 to sub8 can carry the click id.'],
  }),
  network({
    key: 'cake',
    name: 'CAKE',
    cidParameter: 's2',
    linkBuilder: { cid: '#s2#', payout: '#price#', txid: '#leadid#' },
    variants: ALWAYS_APPROVED,
    limits: { s1: 50, s2: 100, s3: 100, s4: 100, s5: 100 },
    notes: [
      "#leadid# is CAKE's transaction id, #tid# the advertiser's.",
      'A value longer than its parameter takes spills over into the next one.',
    ],
  }),
  network({
    key: 'scaleo',
    name: 'Scaleo',
    cidParameter: 'aff_click_id',
    linkBuilder: { cid: '{aff_click_id}', payout: '{payout}', status: '{conv_status}', txid: '{conversion_id}', currency: '{currency}' },
    statusMap: words({ pending: 'pending', approved: 'approved', rejected: 'rejected', trash: 'trash' }),
    notes: ['Some installations write the status macro {status}.'],
  }),
  network({
    key: 'affstream',
    name: 'Affstream',
    cidParameter: 'aff_click_id',
    linkBuilder: { cid: '{aff_click_id}', payout: '{amount}', txid: '{conversion_id}', currency: '{currency}' },
  }),
  network({
    key: 'alanbase',
    name: 'Alanbase',
    cidParameter: 'sub_id1',
    linkBuilder: { cid: '{sub_id1}', payout: '{revenue}', status: '{status}', currency: '{currency}' },
    statusMap: words({ pending: 'pending, hold', approved: 'confirmed' }),
  }),
  network({
    key: 'altercpa',
    name: 'AlterCPA',
    cidParameter: 'subid',
    linkBuilder: { cid: '{subid}', payout: '{cash}', status: '{stage}', txid: '{id}', currency: '{currency}' },
    statusMap: words({ pending: 'wait, hold', approved: 'approve', rejected: 'cancel', trash: 'trash' }),
  }),
  network({
    key: 'cellxpert',
    name: 'Cellxpert',
    cidParameter: 'afp1',
    linkBuilder: { cid: '[afp1]', payout: '[CommissionAmount]' },
    notes: ['Amounts are in the one currency of your account there: set the default currency.'],
  }),
  network({
    key: 'adcombo',
    name: 'Adcombo',
    cidParameter: 'clickid',
    linkBuilder: { cid: '{clickid}', payout: '{revenue}', txid: '{trans_id}' },
    variants: [
      { status: 'approved', word: 'approved', label: 'Leads' },
      { status: 'pending', word: 'pending', label: 'Holds' },
      { status: 'rejected', word: 'rejected', label: 'Rejects' },
    ],
    statusMap: words({ pending: 'holds', approved: 'lead, leads', rejected: 'rejects' }),
    disputed: ['The click id macro is {clickid}; others use {subacc}.'],
    notes: ['AdCombo calls a confirmed order a lead, so the word lead means approved here.'],
  }),
  network({
    key: 'dr-cash',
    name: 'Dr.Cash',
    cidParameter: 'sub1',
    linkBuilder: { cid: '{sub1}', payout: '{payment}', status: '{status}', currency: 'USD' },
    statusMap: words({ pending: 'pending', approved: 'approved', rejected: 'rejected', trash: 'trash' }),
  }),
  network({
    key: 'leadbit',
    name: 'Leadbit',
    cidParameter: 'sub1',
    linkBuilder: { cid: '{sub1}', payout: '{cost}', status: '{status}', txid: '{id}', currency: 'USD' },
    statusMap: words({ pending: 'new', approved: 'confirm', rejected: 'reject, decline, invalid', trash: 'trash' }),
  }),
  network({
    key: 'm4leads',
    name: 'M4Leads',
    cidParameter: 'sub_id1',
    linkBuilder: { cid: '[sub_id1]', payout: '[price]', status: '[status]', txid: '[order_id]' },
    statusMap: words({ pending: 'pending', approved: 'approved', rejected: 'rejected, invalid' }),
    notes: ["You choose its status words yourself in the network's panel; Approved, Pending, Rejected and Invalid are understood."],
  }),
  network({
    key: 'terraleads',
    name: 'TerraLeads',
    cidParameter: 'sub_id',
    linkBuilder: { cid: '{sub_id}', payout: '{payment}', status: '{status}', txid: '{lead_id}' },
    statusMap: words({ pending: 'accept, expect', approved: 'confirm', rejected: 'reject, fail, error', trash: 'trash' }),
    answer: 'OK',
    disputed: ['The link parameter is sub_id in one source and sub_id_1 in another.'],
  }),
  network({
    key: 'lemonad',
    name: 'LemonAD',
    cidParameter: 'clickid',
    linkBuilder: { cid: '{clickid}', payout: '{payout}', status: '{status}', txid: '{leadid}' },
    notes: [OWN_WORDS, '{payoutOrZero} instead of {payout} is 0 where there is no payout.'],
  }),
  network({
    key: 'everad',
    name: 'Everad / RocketProfit',
    cidParameter: 'sid1',
    linkBuilder: { cid: '{sid1}', payout: '{payout}', status: '{status}', currency: '{currency}' },
    statusMap: words({ pending: 'pending', approved: 'approved', rejected: 'rejected', trash: 'trash' }),
    notes: ['sid1 to sid5 can carry the click id; use the macro of the same number, such as {sid5}.'],
  }),
  network({
    key: 'shakes',
    name: 'Shakes',
    cidParameter: 'sub1',
    linkBuilder: { cid: '{sub1}', payout: '{cost}', status: '{status}', currency: '{currency}' },
    statusMap: words({ pending: 'none', approved: 'confirm, approved', rejected: 'reject, decline' }),
  }),
  network({
    key: 'kma-biz',
    name: 'KMA.biz',
    cidParameter: 'data1',
    linkBuilder: { cid: '{data1}', payout: '{sum}', status: '{status}', txid: '{orderid}', currency: '{currency}' },
    statusMap: words({ pending: 'p', approved: 'a', rejected: 'd, f' }),
    notes: ['Its status is one letter: P pending, A approved, D and F rejected.'],
  }),
  network({
    key: 'cpa-house',
    name: 'cpa.house',
    cidParameter: 'sub_id_1',
    linkBuilder: { cid: '{sub_id_1}', payout: '{amount_commission}', status: '{status}', currency: '{currency_code}' },
    statusMap: words({ pending: 'new, in_processing', approved: 'accepted' }),
    notes: ['Its word for rejected was not seen: watch the unmapped statuses.'],
  }),
  network({
    key: 'cpagetti',
    name: 'CPAgetti',
    cidParameter: 'sub1',
    linkBuilder: { cid: '{sub1}', payout: '{money}', status: '{status}', txid: '{convid}', currency: 'USD' },
    statusMap: words({ pending: 'new, wait, valid', approved: 'accept, confirmed, hold', rejected: 'invalid, declined', trash: 'trash' }),
    notes: ['Its word hold means approved here: the order is confirmed, only the money waits.'],
  }),
  network({
    key: 'leadrock',
    name: 'LeadRock',
    cidParameter: 'sub1',
    linkBuilder: { cid: '{sub1}', payout: '{lead_price}', status: '{status}', currency: 'USD' },
    notes: [NO_WORDS],
  }),
  network({
    key: 'lucky-online',
    name: 'Lucky.online',
    cidParameter: 'subid',
    linkBuilder: { cid: '{get.subid}', payout: '{amount}', status: '{status}', currency: '{currency}' },
    statusMap: words({ pending: 'new', approved: 'confirmed', rejected: 'rejected', trash: 'trash' }),
  }),
  network({
    key: 'admitad',
    name: 'Admitad',
    cidParameter: 'subid',
    linkBuilder: { cid: '[[[subid]]]', payout: '[[[payment_sum]]]', status: '[[[payment_status]]]' },
    statusMap: words({ pending: 'pending', approved: 'approved', rejected: 'declined' }),
    notes: [INFERRED_WORDS],
  }),
  network({
    key: 'actionpay',
    name: 'Actionpay',
    cidParameter: 'subid',
    offerUrlTemplate: PATH,
    linkBuilder: { cid: '{subid2}', payout: '{payment}', status: '{event}', currency: '{currency}' },
    statusMap: words({ pending: 'accepted', approved: 'paid', rejected: 'rejected' }),
    notes: ["The click id is the last part of the link's path; it comes back in {subid2}."],
  }),
  network({
    key: 'adpump',
    name: 'AdPump',
    cidParameter: 'apsubid1',
    linkBuilder: { cid: '{subid1}', payout: '{payment}', status: '{status}', currency: '{currency2}' },
    statusMap: words({ pending: '1, 300', approved: '310', rejected: '400' }),
    disputed: [
      'The pending statuses are written "1,300" in our source. They are taken for the two numbers 1 and 300; were it one number, 1300 would show up among the unmapped statuses.',
    ],
  }),
  network({
    key: 'mylead',
    name: 'MyLead',
    cidParameter: 'ml_sub1',
    linkBuilder: { cid: '[ml_sub1]', payout: '[payout]', status: '[status]', txid: '[transaction_id]', currency: '[currency]' },
    statusMap: words({ pending: 'pending, pre_approved', approved: 'approved' }),
    notes: ['[payout_decimal] is another form of [payout]: use it if payouts arrive in a form that is not understood.'],
  }),
  network({
    key: 'indoleads',
    name: 'Indoleads',
    cidParameter: 'click_id',
    linkBuilder: { cid: '{click_id}', payout: '{payout}', status: '{status}', txid: '{txn_id}', currency: '{currency}' },
    statusMap: words({ pending: 'pending', approved: 'approved', rejected: 'declined' }),
  }),
  network({
    key: 'digistore24',
    name: 'Digistore24',
    cidParameter: 'cid',
    linkBuilder: {
      cid: '{cid}',
      payout: '{amount_affiliate}',
      status: '{transaction_type}',
      txid: '{transaction_id}',
      currency: '{currency}',
    },
    statusMap: words({
      approved: 'payment',
      rejected: 'payment_denial',
      reversed: 'refund, chargeback',
      ignored: 'missed, rebill_cancelled, rebill_resumed',
    }),
    docs: 'https://help.digistore24.com/hc/en-us/articles/24293288047761-S2S-Postback',
    notes: [
      'Missed, cancelled and resumed rebills are news only and are ignored. Instead of {transaction_type} you can use one URL per event with a constant status.',
    ],
  }),
  network({
    key: 'buygoods',
    name: 'BuyGoods',
    cidParameter: 'subid',
    linkBuilder: { cid: '{SUBID}', payout: '{COMMISSION_AMOUNT}', txid: '{ORDERID}' },
    variants: [
      { status: 'approved', word: 'purchase', label: 'Conversion URL' },
      { status: 'reversed', word: 'refund', label: 'Refund URL' },
    ],
    statusMap: words({ approved: 'purchase', reversed: 'refund, cancel, chargeback, commission void' }),
  }),
  network({
    key: 'perfect-pay',
    name: 'Perfect Pay',
    cidParameter: 'click_id',
    linkBuilder: { cid: '{click_id}', payout: '{comissaoAfiliado}', status: '{statusPagamento}', txid: '{transacao}', currency: 'BRL' },
    notes: [NO_WORDS],
  }),
  network({
    key: 'zeydoo',
    name: 'Zeydoo',
    cidParameter: 'ymid',
    linkBuilder: { cid: '{ymid}', payout: '{amount}', currency: 'USD' },
    limits: { var: 40 },
    notes: ['The payout can be sent as a share of itself: {amount50%} or {amount0.5}.'],
  }),
  network({
    key: 'mobidea',
    name: 'Mobidea',
    cidParameter: 'pub_click_id',
    linkBuilder: { cid: '{{EXTERNAL_ID}}', payout: '{{MONEY}}', currency: 'USD' },
  }),
  network({
    key: 'cpalead',
    name: 'CPALead',
    cidParameter: 'subid',
    linkBuilder: { cid: '{subid}', payout: '{payout}', txid: '{lead_id}' },
  }),
  network({
    key: 'adworkmedia',
    name: 'AdWorkMedia',
    cidParameter: 'sid',
    linkBuilder: { cid: '{sid}', payout: '{amount}', status: '{status}', txid: '{leadID}' },
    notes: [NO_WORDS],
  }),
  network({
    key: 'wannads',
    name: 'Wannads',
    cidParameter: 'aff_click_id',
    linkBuilder: { cid: '{aff_click_id}', payout: '{payout}', status: '{status}', txid: '{transaction_id}', currency: 'USD' },
    statusMap: words({ approved: 'credited', reversed: 'rejected' }),
    knownIps: ['3.22.177.178'],
    notes: ['Its word rejected takes a credited conversion back, with the same transaction id, and so means reversed here.'],
  }),
  network({
    key: 'clickdealer',
    name: 'ClickDealer / Advidi (CAKE)',
    cidParameter: 's2',
    linkBuilder: { cid: '#s2#', payout: '#price#', txid: '#leadid#' },
    notes: ["#leadid# is CAKE's transaction id, #tid# the advertiser's."],
  }),
  network({
    key: 'monetizer',
    name: 'Monetizer',
    cidParameter: '',
    linkBuilder: { cid: '{clickID}', payout: '{amount}', txid: '{transactionID}' },
    notes: [NO_LINK_PARAMETER],
  }),
  network({
    key: 'adsterra',
    name: 'Adsterra (affiliates)',
    cidParameter: '',
    linkBuilder: { cid: '##S2S##', payout: '##PAYOUT##' },
    notes: [NO_LINK_PARAMETER],
  }),
  network({
    key: 'lospollos',
    name: 'LosPollos',
    cidParameter: 'cid',
    linkBuilder: { cid: '{cid}', payout: '{sum}', currency: 'USD' },
  }),
  network({
    key: 'trafee',
    name: 'Trafee',
    cidParameter: 'ext_click_id',
    linkBuilder: { cid: '{ext_click_id}', payout: '{sum}', currency: 'USD' },
  }),
  network({
    key: 'jumbleberry',
    name: 'Jumbleberry',
    cidParameter: 'xxc1xx',
    linkBuilder: { cid: 'xxc1xx', payout: 'xxpayoutxx', currency: 'USD' },
    notes: [
      'Its macros have no braces: xxc1xx and xxpayoutxx are replaced as they stand.',
      "The link parameter was seen under the macro's own name, xxc1xx: compare it with the links in your panel.",
    ],
  }),
  network({
    key: 'monsterads',
    name: 'MonsterAds',
    cidParameter: 'XID1',
    linkBuilder: { cid: '[=XID1=]', payout: '[=Payout=]', txid: '[=TransID=]', currency: 'USD' },
  }),
  network({
    key: 'bongacash',
    name: 'BongaCash',
    cidParameter: 'subid2',
    linkBuilder: { cid: '{subid2}', payout: '{commission}', status: '{type}', currency: '{currency}' },
    statusMap: words({ pending: 'initial', approved: 'rebill', reversed: 'refund, chargeback' }),
    amountSign: 'signed',
    disputed: [
      'One source files refund and chargeback under sale, presumably because their amounts are negative; here they take the sale back.',
    ],
  }),
  network({
    key: 'trafficpartner',
    name: 'TrafficPartner',
    cidParameter: 'clicktag',
    linkBuilder: { cid: '{clicktag}', payout: '{payout}', status: '{status}', currency: '{currency}' },
    statusMap: words({ pending: 'lead', approved: 'sale, rebill', rejected: 'rejected' }),
    notes: [
      'A rebill is a further payment of the same click. It has no transaction id: set the duplicate mode to sum to add it to the sale, or to new to count it apart.',
    ],
  }),
  network({
    key: 'wap-click',
    name: 'Wap.click',
    cidParameter: 'p1',
    linkBuilder: { cid: '{label1}', payout: '{sum_rub}', status: '{type}', txid: '{rebill_id}', currency: 'RUB' },
    statusMap: words({ pending: 'on', approved: 'onetime, sell, rebill' }),
  }),
  network({
    key: 'exness',
    name: 'Exness (affiliates)',
    cidParameter: 'cid',
    linkBuilder: { cid: '{cid}', payout: '{aff_value}', currency: 'USD' },
    variants: [
      { status: 'pending', word: 'registration', label: 'Registration' },
      { status: 'approved', word: 'aggregated_deposit', label: 'Aggregated deposit' },
      { status: 'approved', word: 'qualification', label: 'Qualification' },
    ],
    statusMap: words({ pending: 'registration', approved: 'aggregated_deposit, qualification' }),
    notes: [EVENTS_APART],
  }),
  network({
    key: 'gambling-pro',
    name: 'Gambling.pro',
    cidParameter: 'pid',
    linkBuilder: { cid: '{pid}', payout: '{income}', status: '{action}', currency: 'USD' },
    statusMap: words({ pending: 'reg', approved: 'first_dep' }),
    notes: [EVENTS_APART],
  }),
  network({
    key: 'sharklink',
    name: 'Sharklink',
    cidParameter: 'sub1',
    linkBuilder: { cid: '{sub1}', payout: '{sum}', status: '{goal}', txid: '{transactionid}_{goal}', currency: '{currency}' },
    statusMap: words({ pending: 'reg', approved: 'ftd' }),
    notes: ['All goals of a player share one transaction id, so the goal is added to it: registration and deposit are two conversions.'],
  }),
  network({
    key: '12monkiss',
    name: '12Monkiss-type iGaming',
    cidParameter: 'click_id',
    linkBuilder: { cid: '##CLICK_ID##', payout: '##CPA_AMOUNT##', txid: '##POSTBACK_ID##' },
    variants: [
      { status: 'pending', word: 'reg', label: 'Registration' },
      { status: 'pending', word: 'lead', label: 'Lead' },
      { status: 'pending', word: 'dep', label: 'Deposit' },
      { status: 'approved', word: 'approve', label: 'Approved' },
      { status: 'approved', word: 'rebill', label: 'Rebill' },
      { status: 'rejected', word: 'reject', label: 'Rejected' },
    ],
    statusMap: words({ pending: 'reg, dep, lead', approved: 'approve, rebill', rejected: 'reject' }),
    notes: [
      'For a revenue share write ##RS_AMOUNT## instead of ##CPA_AMOUNT##.',
      'Amounts are in RUB, USD or EUR, by your agreement: set the default currency.',
      "Each postback has an id of its own and so makes a conversion of its own. Empty the txid row to let a click's events update one conversion.",
    ],
  }),
  network({
    key: 'appsflyer',
    name: 'AppsFlyer',
    cidParameter: 'af_sub1',
    linkBuilder: { cid: '{Sub Param 1}', payout: '{Event Revenue USD}', txid: '{AppsFlyer ID}', currency: 'USD' },
    variants: [
      { status: 'pending', word: 'install', label: 'Install' },
      { status: 'approved', word: 'purchase', label: 'In-app purchase' },
    ],
    docs: 'https://support.appsflyer.com/hc/en-us/articles/207273946',
    disputed: [
      "AppsFlyer's documentation for ad networks writes its macros in round brackets, such as (app-id); the names in braces come from other trackers' templates.",
    ],
    notes: [
      '{AppsFlyer ID} names an install: all events of one install update one conversion. Empty the txid row to count by the duplicate mode instead.',
      'It repeats a call only after an answer of 500 or above.',
    ],
  }),
];
