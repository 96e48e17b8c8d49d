import { Catalog1764000000001 } from './0001-catalog.js';
import { Clicks1764000000002 } from './0002-clicks.js';
import { Postbacks1764000000003 } from './0003-postbacks.js';
import { Conversions1764000000004 } from './0004-conversions.js';
import { Counters1764000000005 } from './0005-counters.js';
import { Rates1764000000006 } from './0006-rates.js';
import { Audit1764000000007 } from './0007-audit.js';
import { BaseCurrency1764000000009 } from './0009-base-currency.js';
import { Ledger1764000000010 } from './0010-ledger.js';
import { CounterGrains1764000000011 } from './0011-counter-grains.js';
import { UserAgents1764000000012 } from './0012-user-agents.js';
import { ClickedAt1764000000013 } from './0013-clicked-at.js';
import { CounterTotals1764000000014 } from './0014-counter-totals.js';
import { DeadLetters1764000000015 } from './0015-dead-letters.js';
import { LegacyEncoding1764000000020 } from './0020-legacy-encoding.js';
import { WholeAmounts1764000000021 } from './0021-whole-amounts.js';
import { ClickWarnings1764000000022 } from './0022-click-warnings.js';
import { PostbackPath1764000000023 } from './0023-postback-path.js';
import { OfferTokens1764000000030 } from './0030-offer-tokens.js';
import { OtherCurrencies1764000000031 } from './0031-other-currencies.js';
import { ImportLines1764000000040 } from './0040-import-lines.js';
import { ColumnDays1764000000050 } from './0050-column-days.js';
import { Notices1764000000060 } from './0060-notices.js';
import { SecretCheck1764000000070 } from './0070-secret-check.js';
import { JobAttempts1764000000071 } from './0071-job-attempts.js';
import { People1764000000080 } from './0080-people.js';
import { Account1764000000081 } from './0081-account.js';
import { Views1764000000082 } from './0082-views.js';
import { OddPostbacks1764000000083 } from './0083-odd-postbacks.js';
import { TestClicks1764000000084 } from './0084-test-clicks.js';
import { HotClicks1764000000090 } from './0090-hot-clicks.js';
import { ClickIdMarks1764000000091 } from './0091-click-id-marks.js';
import { DueByDatabaseClock1764000000092 } from './0092-due-by-database-clock.js';
import { RarePostbacks1764000000100 } from './0100-rare-postbacks.js';
import { UnmappedByTime1764000000101 } from './0101-unmapped-by-time.js';
import { Unconverted1764000000110 } from './0110-unconverted.js';

/** In the order they are applied; TypeORM sorts by the time in the name. */
export const migrations = [
  Catalog1764000000001,
  Clicks1764000000002,
  Postbacks1764000000003,
  Conversions1764000000004,
  Counters1764000000005,
  Rates1764000000006,
  Audit1764000000007,
  BaseCurrency1764000000009,
  Ledger1764000000010,
  CounterGrains1764000000011,
  UserAgents1764000000012,
  ClickedAt1764000000013,
  CounterTotals1764000000014,
  DeadLetters1764000000015,
  LegacyEncoding1764000000020,
  WholeAmounts1764000000021,
  ClickWarnings1764000000022,
  PostbackPath1764000000023,
  OfferTokens1764000000030,
  OtherCurrencies1764000000031,
  ImportLines1764000000040,
  ColumnDays1764000000050,
  Notices1764000000060,
  SecretCheck1764000000070,
  JobAttempts1764000000071,
  People1764000000080,
  Account1764000000081,
  Views1764000000082,
  OddPostbacks1764000000083,
  TestClicks1764000000084,
  HotClicks1764000000090,
  ClickIdMarks1764000000091,
  DueByDatabaseClock1764000000092,
  RarePostbacks1764000000100,
  UnmappedByTime1764000000101,
  Unconverted1764000000110,
];
