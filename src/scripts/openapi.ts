import 'reflect-metadata';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { AppModule, openPools } from '../app.module.js';
import { loadConfig } from '../config.js';
import { messageOf } from '../lib/message-of.js';
import { fastifyAdapter } from '../http/http-app.js';
import { openapiDocument, type Vocabulary } from '../http/openapi.js';
import { queueBackend } from '../queues/queues.js';

const FILE = new URL('../../../openapi.json', import.meta.url);
/** The application is only read for its routes; it connects to nothing. */
const NOWHERE = 'postgres://nobody@127.0.0.1:1/none';

/** npm run openapi writes openapi.json; with --check it fails when the committed file is another one. */
async function main(): Promise<void> {
  const config = loadConfig({ DATABASE_URL: NOWHERE, SECRET_KEY: '0'.repeat(64), ADMIN_API_KEY: '0'.repeat(64), ROLE: 'api' });
  const resources = { config, databaseUrl: NOWHERE, directUrl: NOWHERE, queues: queueBackend(config, NOWHERE), pools: openPools(NOWHERE) };
  const app = await NestFactory.create(AppModule.forRoot(resources), fastifyAdapter(), {
    preview: true,
    logger: ['error'],
    abortOnError: false,
  });
  const text = `${JSON.stringify(openapiDocument(app, vocabularies()), null, 2)}\n`;
  if (!process.argv.includes('--check')) {
    writeFileSync(FILE, text);
    console.log('Wrote openapi.json.');
  } else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
    throw new Error('openapi.json does not say what the code does: run npm run openapi and commit the file.');
  } else {
    console.log('openapi.json is what the code does.');
  }
}

/** What the words of the API mean: the tables of docs/reference.md, which src/reference.spec.ts holds against the code. */
function vocabularies(): Vocabulary[] {
  const page = readFileSync(new URL('../../../docs/reference.md', import.meta.url), 'utf8');
  return ['Results', 'Refusals', 'Warnings', 'Which conversion', 'Statuses'].map((title) => {
    const section = page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
    const rows = [...section.matchAll(/^\| `([^`]+)` \| ([^|]+?) \|/gm)];
    if (rows.length === 0) throw new Error(`docs/reference.md has no table under ${title}.`);
    return Object.fromEntries(rows.map(([, word = '', meaning = '']) => [word, meaning]));
  });
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(messageOf(error));
    process.exit(1);
  },
);
