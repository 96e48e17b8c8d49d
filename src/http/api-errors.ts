import { STATUS_CODES } from 'node:http';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { Problem, problemBody } from './problem.js';

const REQUEST_ID = '6f1c2d0e-8f0b-4c7e-9a4e-2b5d8c1f7a90';

class ProblemField {
  @ApiProperty({ description: "JSON pointer into the body, or to the parameter's name; empty: all of it", example: '/name' })
  pointer!: string;

  @ApiProperty({ example: 'name must be 1 to 200 characters' })
  message!: string;
}

/** RFC 9457, as problemBody writes it. */
class ProblemDetails {
  @ApiProperty({ example: 'urn:cidra:problem:invalid' })
  type!: string;

  @ApiProperty({ example: 'Bad Request' })
  title!: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status!: number;

  @ApiProperty({ description: 'What went wrong and what to do, for people', example: 'One field is wrong: see errors.' })
  detail!: string;

  @ApiProperty({ description: 'Stable word for programs', example: 'invalid' })
  code!: string;

  @ApiProperty({ type: [ProblemField] })
  errors!: ProblemField[];

  @ApiProperty({ description: 'Finds the request in the log', example: REQUEST_ID })
  requestId!: string;
}

const EXAMPLES = {
  400: Problem.invalid([{ pointer: '/name', message: 'name must be 1 to 200 characters' }]),
  401: new Problem(401, 'unauthorized', 'Send a valid API key: Authorization: Bearer KEY.'),
  403: new Problem(403, 'forbidden', 'The role viewer may not do this.'),
  404: Problem.notFound('offer', '01973b52-b111-7f02-8c4e-52a1d8e6f301'),
  409: new Problem(409, 'conflict', 'This already exists.'),
  412: new Problem(412, 'precondition_failed', 'It was changed meanwhile. Get it again and repeat the change.'),
  413: new Problem(413, 'too_large', 'The body is too large.'),
  415: new Problem(415, 'unsupported_media_type', 'Send the body as application/json.'),
  422: new Problem(422, 'idempotency_mismatch', 'This Idempotency-Key came with another body before.'),
  429: new Problem(429, 'slowed', 'Too many failures. Try again in 4 seconds.'),
  503: new Problem(503, 'unavailable', 'The database cannot be reached or is busy. Try again in a moment.'),
};

/** Documents the error answers of a route. Where a key is asked for, an address that sends wrong ones is slowed, and the database may be away. */
export function ApiErrors(...statuses: (keyof typeof EXAMPLES)[]): ReturnType<typeof applyDecorators> {
  return applyDecorators(
    ApiExtraModels(ProblemDetails),
    ...[...new Set(statuses.includes(401) ? [...statuses, 429 as const, 503 as const] : statuses)].map((status) =>
      ApiResponse({
        status,
        description: STATUS_CODES[status],
        content: {
          'application/problem+json': {
            schema: { $ref: getSchemaPath(ProblemDetails) },
            example: problemBody(EXAMPLES[status], REQUEST_ID),
          },
        },
      }),
    ),
  );
}
