import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** JSON Schema, as far as our document uses it; `nullable` is how `resolved` says that a value may be null. */
export interface Schema {
  $ref?: string;
  allOf?: Schema[];
  type?: string | string[];
  anyOf?: Schema[];
  nullable?: boolean;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  example?: unknown;
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
  responses: Record<string, { $ref?: string; content?: Content }>;
}

interface Document {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema>; responses: Operation['responses'] };
}

const DOCUMENT = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'openapi.json'), 'utf8')) as Document;

const shared = ($ref: string): { content?: Content } => DOCUMENT.components.responses[$ref.replace('#/components/responses/', '')] ?? {};

export const OPERATIONS: readonly Operation[] = Object.entries(DOCUMENT.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([verb, { parameters = [], requestBody, responses }]) => ({
    method: verb.toUpperCase(),
    path,
    // test/fuzz sends this one by rules of its own.
    parameters: parameters.filter(({ name }) => name !== 'Idempotency-Key'),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [status, response.$ref === undefined ? response : shared(response.$ref)]),
    ),
    bodies: Object.fromEntries(Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [type, schema])),
  })),
);

/** A schema without `$ref`, `allOf` and `anyOf`, which our document uses only to name another schema, or null beside one. */
export function resolved(schema: Schema): Schema & { type?: string } {
  const { $ref, allOf = [], anyOf = [], ...own } = schema;
  const named = $ref === undefined ? [] : [DOCUMENT.components.schemas[$ref.replace('#/components/schemas/', '')] ?? {}];
  const others = anyOf.filter(({ type }) => type !== 'null');
  const whole: Schema = Object.assign({}, ...[...named, ...allOf, ...others].map(resolved), own);
  const types = [whole.type ?? []].flat();
  const nullable = types.includes('null') || others.length < anyOf.length;
  const type = types.find((t) => t !== 'null');
  return { ...whole, type, ...(nullable ? { nullable, enum: whole.enum?.filter((word) => word !== null) } : {}) } as Schema & {
    type?: string;
  };
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
    const own = DOCUMENT.paths[path]?.[method.toLowerCase()]?.responses[status]?.$ref;
    const at = own === undefined ? ['paths', path, method.toLowerCase(), 'responses', String(status)] : own.slice(2).split('/');
    const validate = this.schemaAt([...at, 'content', mediaType, 'schema']);
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

/** Stricter than the document: an object has no properties but those its schema names. */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  const schema = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, strict(value)]));
  return schema.type === 'object' && schema.properties !== undefined ? { additionalProperties: false, ...schema } : schema;
}
