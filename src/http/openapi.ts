import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { VERSION } from '../version.js';

type Node = Record<string, unknown>;
interface Operation extends Node {
  operationId: string;
  description?: string;
  security?: unknown[];
  'x-roles'?: string[];
  parameters?: (Node & { in: string; name: string; schema: Node })[];
  responses: Record<string, Node>;
}

/** What each word of a closed set means: words → meaning. */
export type Vocabulary = Readonly<Record<string, string>>;

const UUID_NAMES = /^(id|clickId|\w*(offer|offerSource|tokenSource|tokenOffer|job|person|postback|start)Id)$/i;
/** Ids that are none: a conversion's is its click's and its key, a search finds all kinds. */
const OTHER_IDS = new Set(['Found', 'Difference', 'SignedInPerson']);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIME_NAMES = /^(\w+At|firstSeen|lastSeen|since|at)$/;

/**
 * The API's document, made from the controllers; the committed openapi.json is what is served.
 * @param vocabularies the closed sets of words, whose meanings stand beside them
 */
export function openapiDocument(app: INestApplication, vocabularies: readonly Vocabulary[]): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setTitle('Cidra')
    .setDescription(
      'Tracker of affiliate clicks and server-to-server postbacks. A postback answered 200 is never lost and never counted twice, and every refusal says why.',
    )
    .setVersion(VERSION)
    .setOpenAPIVersion('3.1.0')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'API key', description: 'An API key' }, 'key')
    .addSecurityRequirements('key')
    .build();
  const document = SwaggerModule.createDocument(app, settings, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').replace(/^./, (c) => c.toLowerCase())}_${method}`,
  });
  const failures: Record<string, Node> = {};
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations) as [string, Operation][]) {
      // Networks, visitors and balancers call these without a key.
      if (!path.startsWith('/api/') && path !== '/metrics') operation.security = [];
      // No role at all: whoever has a key, and whoever has none.
      if (operation['x-roles']?.length === 0) delete operation['x-roles'];
      if (operation['x-roles'] !== undefined) operation.description = withRoles(operation.description, operation['x-roles']);
      // One handler serves paths with and without a token, and each is an operation of its own.
      operation.parameters = operation.parameters?.filter((p) => p.in !== 'path' || path.includes(`{${p.name}}`));
      operation.operationId = operation.operationId.replace(
        /\[\d+\]$/,
        path.includes('{token}') ? 'WithToken' : path.endsWith('.gif') ? 'Pixel' : '',
      );
      if (method === 'post' && operation.responses['422'] !== undefined)
        operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
      for (const [status, response] of Object.entries(operation.responses)) {
        if (path.startsWith('/api/')) response.headers = { ...(response.headers as Node), 'X-Request-Id': REQUEST_ID };
        if (path.startsWith('/postback')) response.content ??= path.endsWith('.gif') ? PIXEL : WORDS;
        if (status === '503') response.headers = { ...(response.headers as Node), 'Retry-After': RETRY_AFTER };
        if (status === '201') response.headers = { ...(response.headers as Node), Location: LOCATION };
        const isProblem = JSON.stringify(response.content ?? {}).includes('ProblemDetails');
        if (!isProblem) continue;
        failures[`Problem${status}`] ??= response;
        operation.responses[status] = { $ref: `#/components/responses/Problem${status}` };
      }
    }
  }
  document.components = { ...document.components, responses: { ...document.components?.responses, ...failures } as never };
  for (const [name, schema] of Object.entries(document.components.schemas ?? {})) sharpen(schema as Node, name);
  sortEnums(document);
  describeEnums(document, vocabularies);
  nullsAsTypes(document);
  document.paths = Object.fromEntries(Object.entries(document.paths).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return document;
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same request with the same key within 24 hours gets the same answer and does nothing',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
};
const REQUEST_ID = { description: 'Finds the request in the log', schema: { type: 'string', format: 'uuid' } };
const LOCATION = { description: 'Where it can be read', schema: { type: 'string', format: 'uri-reference' } };

const RETRY_AFTER = { description: 'Seconds after which it may be sent again', schema: { type: 'integer' } };
/** What a network reads, whatever the status. */
const PIXEL = { 'image/gif': { schema: { type: 'string', contentEncoding: 'base64' } } };
const WORDS = {
  'text/plain': { schema: { type: 'string' } },
  'application/json': {
    schema: {
      type: 'object',
      properties: {
        id: { type: 'string', format: 'uuid', description: 'In the log; absent where nothing was stored' },
        result: { type: 'string', enum: ['accepted', 'rejected'] },
        reason: { type: ['string', 'null'] },
      },
    },
  },
};

/** Who may call it, for whoever reads the page of the documentation. */
const withRoles = (description: string | undefined, roles: readonly string[]): string =>
  `${description === undefined || description === '' ? '' : `${description.replace(/(?<![.!?`])$/, '.')}\n\n`}Roles: ${roles.join(', ')}.`;

/** Formats that names tell. All numbers of this API are whole but ages, since money and ratios are decimal text. */
function sharpen(schema: Node, owner: string): void {
  for (const [name, property] of Object.entries((schema.properties ?? {}) as Record<string, Node>)) {
    const types = [property.type ?? []].flat();
    if (types.includes('number') && !name.endsWith('AgeSeconds'))
      property.type = Array.isArray(property.type) ? types.map((type) => (type === 'number' ? 'integer' : type)) : 'integer';
    if (!types.includes('string') || property.format !== undefined || property.enum !== undefined) continue;
    if (TIME_NAMES.test(name)) property.format = 'date-time';
    else if (isUuid(name, owner, property.example)) property.format = 'uuid';
  }
}

function isUuid(name: string, owner: string, example: unknown): boolean {
  if (!UUID_NAMES.test(name) || (name === 'id' && OTHER_IDS.has(owner))) return false;
  return typeof example !== 'string' || UUID.test(example);
}

/** The compiler lists a union's members in no lasting order; the committed file needs one. */
function sortEnums(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'enum' && Array.isArray(value)) value.sort();
    else sortEnums(value);
  }
}

/** Words stand with their meanings, where there are such. */
function describeEnums(node: unknown, vocabularies: readonly Vocabulary[]): void {
  if (typeof node !== 'object' || node === null) return;
  const { enum: words, description } = node as { enum?: unknown; description?: string };
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) {
    const known = vocabularies.find((vocabulary) => words.every((word) => Object.hasOwn(vocabulary, word)));
    if (known !== undefined) {
      const meanings = words.map((word) => `- \`${word}\`: ${known[word]}`).join('\n');
      (node as Node).description = description === undefined ? meanings : `${description}\n\n${meanings}`;
    }
  }
  for (const value of Object.values(node)) describeEnums(value, vocabularies);
}

/** OpenAPI 3.1 is JSON Schema: what may be null says so in its type. */
function nullsAsTypes(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    nullsAsTypes(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value) || (value as Node).nullable === undefined) continue;
    const { nullable, ...rest } = value as Node & { nullable: unknown };
    if (nullable !== true) (node as Node)[key] = rest;
    else if (typeof rest.type === 'string' && rest.allOf === undefined)
      (node as Node)[key] = { ...rest, type: [rest.type, 'null'], ...(Array.isArray(rest.enum) ? { enum: [...rest.enum, null] } : {}) };
    else {
      const { description, example, ...named } = rest;
      (node as Node)[key] = {
        anyOf: [named, { type: 'null' }],
        ...(description === undefined ? {} : { description }),
        ...(example === undefined ? {} : { example }),
      };
    }
  }
}
