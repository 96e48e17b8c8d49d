import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SETTINGS } from './config.js';

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
