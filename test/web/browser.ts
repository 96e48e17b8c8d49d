import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { ADMIN_KEY, Tracker } from '../support/tracker.js';
import { chromiumBinary } from '../support/services.js';

/** Pictures of what was seen are kept for whoever looks into a failure; they are not compared. */
const PICTURES = 'test-results/pictures';

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
  async visitor({ width = 1440, scheme = 'light' }: Look = {}): Promise<Visitor> {
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

  /** Nothing that axe finds, nothing wider than the window; a picture is kept. */
  async isSound(name: string): Promise<void> {
    const { page } = this;
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    const found = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary})`).join('; ')}`,
    );
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: `${PICTURES}/${name}.png` });
    if (overflow > 0) found.push(`the page is ${overflow} px wider than the window`);
    if (found.length > 0) throw new Error(`${name}:\n${found.join('\n')}`);
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
