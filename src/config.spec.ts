import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig, SETTINGS } from './config.js';

const compose = readFileSync('docker-compose.yml', 'utf8');
const docs = readFileSync('docs/configuration.md', 'utf8');

describe('every setting', () => {
  it.each(SETTINGS)('%s is passed on by docker-compose.yml and described in docs/configuration.md', (name) => {
    expect(compose).toMatch(new RegExp(`^    ${name}: `, 'm'));
    expect(docs).toContain(`\`${name}\``);
  });

  it('is one: neither passes on what the program does not know', () => {
    const passed = [...(/environment: &env\n([^]*?)\n\n/.exec(compose)?.[1] ?? '').matchAll(/^ {4}([A-Z_]+): /gm)].map(([, name]) => name);
    expect(passed.toSorted()).toEqual([...SETTINGS].toSorted());
    const described = [...docs.matchAll(/^\|(.*?)\|/gm)].flatMap(([, key = '']) =>
      [...key.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
    );
    expect(described.toSorted()).toEqual([...SETTINGS].toSorted());
  });
});

describe('docker-compose.yml', () => {
  it('is open to this machine only, and its logs are bounded', () => {
    expect(compose).toContain('"${PUBLISH:-127.0.0.1}:${PORT:-3000}:3000"');
    const services = compose
      .slice(compose.indexOf('\nservices:'))
      .split(/^ {2}(?=\w+:$)/m)
      .slice(1);
    expect(services.length).toBeGreaterThanOrEqual(5);
    for (const service of services.filter((text) => /^ {4}/m.test(text) && !/^data:|^postgres:\n {2}redis/.test(text)))
      expect(service).toMatch(/logging: \*logging|<<: \*app/);
  });
});

describe('loadConfig', () => {
  const problems = (env: Record<string, string>): string[] => {
    try {
      loadConfig({ SECRET_KEY: 's'.repeat(32), ...env });
      return [];
    } catch (error) {
      return (error as ConfigError).problems;
    }
  };

  it.each([
    ['https://track.example.com', 'https://track.example.com'],
    ['https://track.example.com/', 'https://track.example.com'],
    [' HTTPS://Track.Example.com:443/go// ', 'https://track.example.com/go'],
    ['https:track.example.com', 'https://track.example.com'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
  ])('links begin with %s as %s', (PUBLIC_URL, publicUrl) =>
    expect(loadConfig({ SECRET_KEY: 's'.repeat(32), PUBLIC_URL })).toMatchObject({ publicUrl }),
  );

  it.each(['https://track.example.com?x=1', 'https://track.example.com/#top', 'https://me:secret@track.example.com'])(
    'nothing can be put behind %s',
    (PUBLIC_URL) => {
      const [problem, ...more] = problems({ PUBLIC_URL });
      expect([problem, more]).toEqual([expect.stringMatching(/^PUBLIC_URL /), []]);
      expect(problem).not.toContain('secret');
    },
  );

  it('a database that is named wrongly asks for its SECRET_KEY all the same', () => {
    expect(problems({ DATABASE_URL: 'mysql://db/x', DATABASE_DIRECT_URL: 'postgres://db/x', SECRET_KEY: '' })).toEqual([
      expect.stringMatching(/^DATABASE_URL /),
      expect.stringMatching(/^SECRET_KEY /),
    ]);
  });

  it.each(['a b', 'clé'])('a key that no header can carry is refused: %s', (part) => {
    expect(problems({ ADMIN_API_KEY: part.repeat(20), METRICS_TOKEN: part })).toEqual([
      expect.stringMatching(/^ADMIN_API_KEY has a space/),
      expect.stringMatching(/^METRICS_TOKEN has a space/),
    ]);
  });

  it('takes no notice of what Kubernetes says of a service called cidra', () => {
    expect(problems({ CIDRA_PORT: 'tcp://10.0.0.1:3000' })).toEqual([]);
    expect(problems({ CIDRA_PORT: '3000' })).toHaveLength(1);
  });
});
