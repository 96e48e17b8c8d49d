import type { Schemas } from '../api/client';

type Kind = Schemas['Attention']['kind'];

export const words = {
  title: 'Overview',
  figures: 'Figures of the period',
  before: (value: string) => `${value} before`,
  attention: 'Attention',
  attentionHint: 'What wants a hand, newest and dearest first.',
  nothing: 'Nothing wants a hand',
  nothingHint: 'Words are mapped, postbacks find their clicks, rates are there.',
  since: (ago: string) => `began ${ago}`,
  held: (money: string) => `${money} held up`,
  word: (word: string) => `“${word}”`,
  report: 'Open the report',
  /** Each with what it is, and the button that solves it. */
  kinds: {
    unmapped_words: { what: 'Status words that mean nothing yet', counted: 'conversions', button: 'Map the words' },
    unmatched: { what: 'Postbacks whose click is not there', counted: 'postbacks', button: 'See why' },
    source_silent: { what: 'A source has gone silent', counted: '', button: 'Open the source' },
    refusals_jumped: { what: 'Many more postbacks are refused than usual', counted: 'in an hour', button: 'See the refusals' },
    rates_missing: { what: 'Conversions in a currency without a rate', counted: 'conversions', button: 'Set the rate' },
    rates_old: { what: 'Exchange rates are old', counted: 'days', button: 'See the rates' },
    dead_letters: { what: 'Postbacks that could not be decided', counted: 'postbacks', button: 'Look at them' },
    one_click_for_all: { what: 'All sales are sent to one click', counted: 'conversions', button: 'Open the click' },
    public_url_local: { what: 'Postback URLs lead to this machine only', counted: 'sources', button: 'See the system' },
    proxy_untrusted: { what: 'A proxy in front is not trusted', counted: '', button: 'See the system' },
    backup_missing: { what: 'No backup has been made', counted: '', button: 'See the system' },
    strangers: { what: 'Requests with tokens that nobody has given out', counted: 'requests', button: 'See them' },
  } satisfies Record<Kind, { what: string; counted: string; button: string }>,
};
