import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { VERSION } from '../version.js';

interface Operation {
  security?: unknown[];
  parameters?: { in: string; name: string }[];
}

/** The API's document, made from the controllers; the committed openapi.json is what is served. */
export function openapiDocument(app: INestApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setTitle('Cidra')
    .setDescription(
      'Tracker of affiliate clicks and server-to-server postbacks. A postback answered 200 is never lost and never counted twice, and every refusal says why.',
    )
    .setVersion(VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'API key', description: 'An API key' }, 'key')
    .addSecurityRequirements('key')
    .build();
  const document = SwaggerModule.createDocument(app, settings, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').replace(/^./, (c) => c.toLowerCase())}_${method}`,
  });
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations) as Operation[]) {
      // Networks, visitors and balancers call these without a key.
      if (!path.startsWith('/api/') && path !== '/metrics') operation.security = [];
      // One handler serves paths with and without a token.
      operation.parameters = operation.parameters?.filter((p) => p.in !== 'path' || path.includes(`{${p.name}}`));
    }
  }
  sortEnums(document);
  document.paths = Object.fromEntries(Object.entries(document.paths).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return document;
}

/** The compiler lists a union's members in no lasting order; the committed file needs one. */
function sortEnums(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'enum' && Array.isArray(value)) value.sort();
    else sortEnums(value);
  }
}
