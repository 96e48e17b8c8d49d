import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { type Visitor, WebTest } from './browser.js';

/** A word gets its meaning, files of other programs are taken in, a network's statement is compared. */
let web: WebTest;
let visitor: Visitor;
let viewerKey: string;
let source: { id: string };
let offer: { id: string; key: string };
const file = (name: string): string => fileURLToPath(new URL(`../fixtures/files/${name}`, import.meta.url));

beforeAll(async () => {
  web = await WebTest.start();
  const { tracker } = web;
  source = await tracker.ok('POST', '/offer-sources', {
    name: 'Network',
    cidParameter: 'clickid',
    defaultCurrency: 'EUR',
    statusMap: { aprobado: 'approved', pendiente: 'pending' },
  });
  offer = await tracker.ok('POST', '/offers', {
    name: 'Files',
    url: 'https://shop.example/',
    offerSourceId: source.id,
  });
  await tracker.ok('POST', '/rates', { currency: 'EUR', rate: '1.1' });
  for (const [word, payout] of [
    ['Strange', '7'],
    ['Strange', '5'],
    [`&quot;'onerror=alert(1)`, '3'],
  ] as const) {
    const cid = await tracker.click(offer);
    await tracker.postback(`cid=${cid}&payout=${payout}&currency=USD&status=${encodeURIComponent(word)}&txid=${payout}`);
  }
  await tracker.settled();
  viewerKey = (await tracker.ok<{ key: string }>('POST', '/api-keys', { name: 'looks', role: 'viewer' })).key;
  visitor = await web.signedIn();
});
afterAll(async () => {
  await web.stop();
});

const totals = async (): Promise<{ revenue: string; revenueHold: string }> =>
  (await web.tracker.ok<{ totals: { revenue: string; revenueHold: string } }>('GET', '/reports')).totals;

describe('words', () => {
  test('a viewer sees them, and is told who gives them a meaning', async () => {
    const viewer = await web.signedIn({ key: viewerKey });
    await viewer.open('words');
    await viewer.page.getByText('Read only').waitFor();
    await viewer.page
      .getByRole('row', { name: /strange/i })
      .first()
      .click();
    await viewer.page.getByText('Your role is Viewer: you can see the words').waitFor();
    expect(await viewer.page.getByRole('button', { name: 'Give it this meaning' }).count()).toBe(0);
    await viewer.isSound('words-viewer');
    expect(viewer.complaints).toEqual([]);
    await viewer.close();
    const refused = await web.tracker.api(
      'PATCH',
      `/offer-sources/${source.id}`,
      { statusMap: {} },
      { authorization: `Bearer ${viewerKey}` },
    );
    expect(refused.status).toBe(403);
  });

  test('one gets its meaning, and its money moves from hold to revenue', async () => {
    const { page } = visitor;
    expect(await totals()).toMatchObject({ revenue: '0', revenueHold: '15' });
    await visitor.open('words');
    await page.getByText(`&quot;'onerror=alert(1)`).waitFor();
    await visitor.isSound('words');
    await page
      .getByRole('row', { name: /strange/i })
      .first()
      .click();
    await page.getByRole('combobox', { name: 'It means' }).click();
    await page.getByRole('option', { name: /^Approved/ }).click();
    await page.getByText('2 conversions of 12.00 USD would become approved.').waitFor();
    await visitor.isSound('word-meaning');
    await page.getByRole('button', { name: 'Give it this meaning' }).click();
    await page.getByText('The past is decided anew').waitFor();
    await page
      .getByRole('dialog')
      .getByText(/^(\d+) \/ \1$/)
      .waitFor();
    await page.getByRole('dialog').getByRole('link', { name: 'status words of the source' }).waitFor();
    await visitor.isSound('word-done');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('strange', { exact: true }).waitFor({ state: 'hidden' });
    expect(await totals()).toMatchObject({ revenue: '12', revenueHold: '3' });
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('region', { name: 'Figures of the period' }).getByText('12.00').first().waitFor();
  });

  test('none is left', async () => {
    const { page } = visitor;
    await visitor.open('words');
    await page
      .getByRole('row', { name: /onerror/ })
      .first()
      .click();
    await page.getByRole('combobox', { name: 'It means' }).click();
    await page.getByRole('option', { name: /^Trash/ }).click();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Give it this meaning' }).click();
    await page.getByText('The past is decided anew').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await page.getByText('Every word has a meaning').waitFor();
    await visitor.isSound('words-empty');
  });
});

describe('files', () => {
  const choose = (name: string): Promise<void> => visitor.page.locator('input[type=file]').setInputFiles(file(name));
  const section = (name: string) => visitor.page.locator('section').filter({ has: visitor.page.getByRole('heading', { name }) });
  const count = async (title: string, name: string): Promise<string> =>
    (await section(title).locator('dl > div').filter({ hasText: name }).locator('dd').innerText()).trim();

  test('clicks from Keitaro: read, a column put right by hand, looked at, taken in', async () => {
    const { page } = visitor;
    await visitor.open('imports?kind=clicks');
    await visitor.isSound('imports');
    await choose('clicks-keitaro.csv');
    await page.getByText('divided by commas').waitFor();
    await page.getByRole('combobox', { name: 'Column sub_id_2 is' }).click();
    await page.getByRole('option', { name: 'keyword', exact: true }).click();
    await page.getByRole('button', { name: 'Columns as found' }).waitFor();
    await visitor.isSound('import-read');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('heading', { name: 'What would happen' }).waitFor();
    expect(await count('What would happen', 'New')).toBe('2');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('What would happen');
    await section('What would happen').getByText('zone-7').waitFor();
    await visitor.isSound('import-preview');
    await page.getByRole('button', { name: 'Import 2 lines' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    await visitor.isSound('import-done');
    expect((await web.tracker.ok<{ keyword: string }>('GET', '/clicks/kt-1')).keyword).toBe('zone-7');

    // The same file again changes nothing.
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('heading', { name: 'What would happen' }).waitFor();
    await page.getByText('There is nothing to import in this file.').waitFor();
  });

  test('conversions as Keitaro’s lines, and one line that cannot be read', async () => {
    const { page } = visitor;
    await visitor.open('imports');
    await page.getByRole('combobox', { name: 'Format' }).click();
    await page.getByRole('option', { name: /^Keitaro/ }).click();
    await page.locator('input[type=file]').setInputFiles({
      name: 'keitaro.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('kt-1,2.50,K-1,sale\nkt-2,lots,K-2,lead\n'),
    });
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText(/^Line 2: /).waitFor();
    await visitor.isSound('import-lines');
    await page.getByRole('button', { name: 'Import 1 line' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    expect(await web.tracker.conversions('kt-1')).toMatchObject([{ status: 'approved', payout: '2.5', txid: 'K-1' }]);
  });

  test('Excel’s: another alphabet needs its encoding, which is said; then UTF-16 with tabs and decimal commas', async () => {
    const { page } = visitor;
    await visitor.open(`imports?kind=clicks&offerId=${offer.id}`);
    await choose('clicks-excel-ru.csv');
    await page
      .getByText(/encoding/i)
      .nth(1)
      .waitFor();
    await page.getByRole('alert').waitFor();
    await visitor.isSound('import-unread');
    await page.getByRole('combobox', { name: 'Encoding' }).click();
    await page.getByRole('option', { name: 'windows-1251' }).click();
    await page.getByRole('columnheader', { name: /Ключевое слово/ }).waitFor();
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText(/Line 5: country "Россия" is neither/).waitFor();
    await page.getByRole('button', { name: 'Import 2 lines' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();

    await visitor.open(`imports?offerSourceId=${source.id}`);
    await choose('conversions-excel-utf16.txt');
    await page.getByText('divided by tabs').waitFor();
    await page.getByRole('button', { name: 'Preview' }).click();
    await section('What would happen').getByText('1,234.50 EUR').first().waitFor();
    await visitor.isSound('import-sums');
    await page.getByRole('button', { name: 'Import 2 lines' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    expect(await web.tracker.conversions('ru-1')).toMatchObject([{ status: 'approved', payout: '1234.5', currency: 'EUR' }]);
  });

  test('the sample file is read as it stands, and what has no click is found in the log', async () => {
    const { page } = visitor;
    await visitor.open('imports');
    const sample = await visitor.download(() => page.getByRole('button', { name: 'Download a sample' }).click());
    await page.locator('input[type=file]').setInputFiles({ name: 'sample.csv', mimeType: 'text/csv', buffer: sample });
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('button', { name: 'Import 2 lines' }).click();
    await page.getByRole('heading', { name: 'Imported' }).waitFor();
    await page.getByRole('link', { name: 'Click unknown: 2 in the postback log' }).click();
    await page.getByText('No click has this id').nth(1).waitFor();
  });

  test('a statement: what differs, and each line with its cure', async () => {
    const { page } = visitor;
    await visitor.open(`imports?kind=statement&offerSourceId=${source.id}`);
    await choose('statement-es.csv');
    await page.getByText('divided by semicolons').waitFor();
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('1 of 3 lines agree').waitFor();
    await page.getByText('Click unknown').waitFor();
    await visitor.isSound('statement-missing');
    await page.getByText('Other amount 1').click();
    await page.getByRole('button', { name: 'Set to 9.99 EUR' }).click();
    await page.getByText('Saved').waitFor();
    expect(await web.tracker.conversions('ru-2')).toMatchObject([{ payout: '9.99' }]);
    await visitor.isSound('statement-amount');
    // The file stays chosen while one looks at a line: it is the browser's own.
    const loads = await page.evaluate<number>(`performance.getEntriesByType('navigation').length`);
    await page.getByRole('link', { name: 'Open' }).first().click();
    await page.getByRole('heading', { name: /Z-2/ }).first().waitFor();
    expect(await page.evaluate<number>(`performance.getEntriesByType('navigation').length`)).toBe(loads);
  });

  test('a viewer may compare and look, and imports nothing', async () => {
    const viewer = await web.signedIn({ key: viewerKey });
    await viewer.open('imports?kind=clicks');
    await viewer.page.getByText('a manager or an administrator imports').waitFor();
    expect(await viewer.page.locator('input[type=file]').count()).toBe(0);
    await viewer.isSound('imports-viewer');
    await viewer.open(`imports?kind=statement&offerSourceId=${source.id}`);
    await viewer.page.locator('input[type=file]').setInputFiles(file('statement-es.csv'));
    await viewer.page.getByRole('button', { name: 'Compare' }).click();
    await viewer.page.getByText('of 3 lines agree').waitFor();
    expect(viewer.complaints).toEqual([]);
    await viewer.close();
  });

  test.each([
    [390, 'light'],
    [2560, 'dark'],
  ] as const)('sound at %i px, %s', async (width, scheme) => {
    const other = await web.signedIn({ width, scheme });
    await other.open('words');
    await other.isSound(`words-${width}`);
    for (const kind of ['conversions', 'statement', 'clicks', 'rates']) {
      await other.open(`imports?kind=${kind}`);
      await other.page.locator('input[type=file]').setInputFiles(file('statement-es.csv'));
      await other.page.getByText('divided by semicolons').waitFor();
      await other.isSound(`imports-${kind}-${width}`);
    }
    expect(other.complaints).toEqual([]);
    await other.close();
  });

  test('nothing went wrong unnoticed', () => {
    expect(visitor.complaints.filter((each) => !/^Failed to load resource: .* 400 /.test(each))).toEqual([]);
  });
});
