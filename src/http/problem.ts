import { STATUS_CODES } from 'node:http';

export interface FieldError {
  /** JSON pointer into the body, or to the parameter's name; empty: all of it. */
  pointer: string;
  message: string;
}

/** An error with an answer: RFC 9457. Whatever else is thrown becomes a 500 that says nothing. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    /** Stable word for programs. */
    readonly code: string,
    /** What went wrong and what to do, for people. */
    readonly detail: string,
    readonly errors: FieldError[] = [],
    /** Seconds after which it may be tried again. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail);
  }

  static notFound(what: string, id: string): Problem {
    return new Problem(404, 'not_found', `There is no ${what} ${id}.`);
  }

  static invalid(errors: FieldError[]): Problem {
    return new Problem(
      400,
      'invalid',
      `${errors.length === 1 ? 'One field is' : `${errors.length} fields are`} wrong: see errors.`,
      errors,
    );
  }
}

/** The body of an error answer. */
export function problemBody(problem: Problem, requestId: string): Record<string, unknown> {
  return {
    type: `urn:cidra:problem:${problem.code}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    errors: problem.errors,
    requestId,
  };
}
