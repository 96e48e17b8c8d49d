import { mkdirSync, readFileSync } from 'node:fs';
import axe, { type AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ADMIN_KEY, Tracker } from '../support/tracker.js';
import { chromiumBinary } from '../support/services.js';

/** Pictures of what was seen are kept for whoever looks into a failure; they are not compared. */
const PICTURES = 'test-results/pictures';
const USUAL_WIDTH = 1440;

export interface Look {
  width?: number;
  scheme?: 'light' | 'dark';
}

/** The real program with its page, and a real browser that looks at it. */
export class WebTest {
  private constructor(
    readonly tracker: Tracker,
    private readonly browser: Browser,
  ) {}

  static async start(extra: Record<string, string> = {}): Promise<WebTest> {
    const [tracker, browser] = await Promise.all([
      Tracker.start('postgres', extra),
      chromium.launch({
        executablePath: chromiumPath(),
        args: ['--no-sandbox', '--disable-background-networking', '--disable-dev-shm-usage'],
      }),
    ]);
    return new WebTest(tracker, browser);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.tracker.stop();
  }

  /** Somebody new in front of the browser. */
  async visitor({ width = USUAL_WIDTH, scheme = 'light' }: Look = {}): Promise<Visitor> {
    const context = await this.browser.newContext({
      baseURL: this.tracker.running.url,
      viewport: { width, height: 900 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    return Visitor.in(context);
  }

  /** Somebody who has signed in with a key (the admin's, if none is given). */
  async signedIn(look: Look & { key?: string } = {}): Promise<Visitor> {
    const visitor = await this.visitor(look);
    await visitor.signIn(look.key ?? ADMIN_KEY);
    return visitor;
  }
}

/** A page that nothing may go wrong on unnoticed: errors of the console and refusals of the security policy are kept. */
export class Visitor {
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async in(context: BrowserContext): Promise<Visitor> {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const visitor = new Visitor(context, page);
    page.on('console', (message) => {
      // That nobody is signed in is asked and answered with a 401.
      const isAnswer = message.text().startsWith('Failed to load resource') && message.location().url.includes('/api/v1/session');
      if (message.type() === 'error' && !isAnswer) visitor.complaints.push(message.text());
    });
    page.on('pageerror', (error) => visitor.complaints.push(String(error.stack ?? error)));
    await page.exposeFunction('reportViolation', (text: string) => visitor.complaints.push(text));
    await page.addInitScript({
      content: `document.addEventListener('securitypolicyviolation', (event) =>
        reportViolation('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile));`,
    });
    return visitor;
  }

  async signIn(key: string): Promise<void> {
    const { page } = this;
    await page.goto('/app');
    await page.getByRole('button', { name: 'Use a key instead' }).click();
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page
      .getByRole('navigation', { name: 'Pages' })
      .or(page.getByRole('button', { name: 'Menu' }))
      .first()
      .waitFor();
  }

  /** Goes to a page of the program and waits until what it asked for is there. */
  async open(path: string): Promise<void> {
    await this.page.goto(`/app/${path}`);
    await this.arrived();
  }

  /** Until nothing is on its way any more: no skeleton is left, and the page has its heading. */
  async arrived(): Promise<void> {
    await this.page.getByRole('heading', { level: 1 }).first().waitFor();
    await this.page.locator('[aria-busy=true], .mantine-Skeleton-root, .mantine-Loader-root').first().waitFor({ state: 'detached' });
  }

  /**
   * Nothing that axe finds, nothing wider than the window; pictures are kept. At the usual width in both colour schemes: a
   * scheme changes nothing but colours, and a width does not change these.
   */
  async isSound(name: string): Promise<void> {
    const { page } = this;
    mkdirSync(PICTURES, { recursive: true });
    await this.drawn();
    const found = await this.violations({ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    await page.screenshot({ path: `${PICTURES}/${name}.png` });
    if (page.viewportSize()?.width === USUAL_WIDTH) found.push(...(await this.inOtherScheme(name)));
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    if (overflow > 0) found.push(`the page is ${overflow} px wider than the window`);
    if (found.length > 0) throw new Error(`${name}:\n${found.join('\n')}`);
  }

  private async inOtherScheme(name: string): Promise<string[]> {
    const { page } = this;
    const isDark = await page.evaluate<boolean>(`matchMedia('(prefers-color-scheme: dark)').matches`);
    const [shown, other] = isDark ? (['dark', 'light'] as const) : (['light', 'dark'] as const);
    await this.wears(other);
    await page.screenshot({ path: `${PICTURES}/${name}-${other}.png` });
    const found = await this.violations({ type: 'rule', values: ['color-contrast', 'link-in-text-block'] });
    await this.wears(shown);
    return found.map((each) => `${other}: ${each}`);
  }

  private async wears(scheme: 'light' | 'dark'): Promise<void> {
    await this.page.emulateMedia({ colorScheme: scheme });
    await this.page.locator(`html[data-mantine-color-scheme=${scheme}]`).waitFor();
    await this.drawn();
  }

  /** Until what has changed has been drawn and no colour is on its way to another. What turns without end is not waited for. */
  private async drawn(): Promise<void> {
    await this.page.evaluate(`new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame))).then(() =>
      Promise.allSettled(document.getAnimations().filter((each) => each.effect?.getComputedTiming().iterations !== Infinity).map((each) => each.finished)))
      .then(() => undefined)`);
  }

  private async violations(runOnly: { type: 'tag' | 'rule'; values: string[] }): Promise<string[]> {
    const { page } = this;
    if (!(await page.evaluate<boolean>(`'axe' in window`))) await page.evaluate(axe.source);
    const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify({ runOnly, resultTypes: ['violations'] })})`);
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary})`).join('; ')}`,
    );
  }

  /** Presses a button that downloads, and gives the file’s bytes. */
  async download(press: () => Promise<unknown>): Promise<Buffer> {
    const [file] = await Promise.all([this.page.waitForEvent('download'), press()]);
    return readFileSync(await file.path());
  }

  clipboard(): Promise<string> {
    return this.page.evaluate<string>('navigator.clipboard.readText()');
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

let path: string | undefined;
/** Playwright wants a path, where the system knows a name. */
function chromiumPath(): string {
  path ??= chromiumBinary();
  return path.includes('/') ? path : `/usr/bin/${path}`;
}
