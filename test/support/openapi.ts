import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** OpenAPI 3.0's dialect of JSON Schema, as far as our document uses it. */
export interface Schema {
  $ref?: string;
  allOf?: Schema[];
  type?: string;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  example?: unknown;
  nullable?: boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  items?: Schema;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Schema;
}

type Content = Record<string, { schema?: Schema }>;

export interface Operation {
  method: string;
  path: string;
  parameters: Parameter[];
  /** By media type. */
  bodies: Record<string, Schema>;
  /** By status. */
  responses: Record<string, { content?: Content }>;
}

interface Described {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Operation['responses'];
}

interface Document {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
}

const DOCUMENT = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'openapi.json'), 'utf8')) as Document;

export const OPERATIONS: readonly Operation[] = Object.entries(DOCUMENT.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([verb, { parameters = [], requestBody, responses }]) => ({
    method: verb.toUpperCase(),
    path,
    parameters,
    responses,
    bodies: Object.fromEntries(Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema])),
  })),
);

/** A schema without `$ref` and `allOf`, which our document uses only to name another schema. */
export function resolved(schema: Schema): Schema {
  const { $ref, allOf = [], ...own } = schema;
  const named = $ref === undefined ? [] : [DOCUMENT.components.schemas[$ref.replace('#/components/schemas/', '')] ?? {}];
  return Object.assign({}, ...[...named, ...allOf].map(resolved), own) as Schema;
}

const ROOT = 'openapi.json';
/** Of answers that are described without their content. */
const PLAIN = new Set(['', 'text/plain', 'text/html', 'image/gif', 'application/json', 'application/problem+json']);

/** What an answer says that the description does not. */
export class Description {
  private readonly ajv = new Ajv({ strict: false, allErrors: true });

  constructor() {
    formats.default(this.ajv);
    this.ajv.addSchema(strict(DOCUMENT) as object, ROOT);
  }

  violations({ method, path, responses }: Operation, status: number, mediaType: string, text: string): string[] {
    const described = responses[status];
    if (described === undefined) return [`the status ${status} is not described; these are: ${Object.keys(responses).join(', ')}`];
    if (described.content === undefined)
      return PLAIN.has(mediaType) ? [] : [`the content type ${mediaType} is not one of ${[...PLAIN].join(' ')}`];
    if (described.content[mediaType] === undefined)
      return [`the content type ${mediaType} is not described; these are: ${Object.keys(described.content).join(', ')}`];
    if (!/^application\/(\w+\+)?json$/.test(mediaType) || described.content[mediaType].schema === undefined) return [];
    const validate = this.schemaAt(['paths', path, method.toLowerCase(), 'responses', String(status), 'content', mediaType, 'schema']);
    try {
      validate(JSON.parse(text));
      return validate.errors?.length ? [`the answer does not fit its schema: ${validate.errors.map(explained).join('; ')}`] : [];
    } catch {
      return ['the answer is not JSON'];
    }
  }

  private schemaAt(pointer: string[]): ValidateFunction {
    const $ref = `${ROOT}#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
    const known = this.ajv.getSchema($ref);
    if (known === undefined) throw new Error(`there is no schema ${$ref}`);
    return known;
  }
}

const explained = ({ instancePath, message, params }: ErrorObject): string => `${instancePath} ${message} ${JSON.stringify(params)}`;

/**
 * Into JSON Schema, and stricter: an object has no properties but those its schema names. `nullable` allows null for the schema
 * as a whole, as OpenAPI 3.0.0 has it, whatever its `enum` and `allOf` say.
 */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, strict(value)]));
  const schema = rest.type === 'object' && rest.properties !== undefined ? { additionalProperties: false, ...rest } : rest;
  return nullable === true ? { anyOf: [{ type: 'null' }, schema] } : schema;
}
