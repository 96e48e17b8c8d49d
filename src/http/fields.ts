import { Transform, type TransformFnParams } from 'class-transformer';
import { ValidateIf } from 'class-validator';

/** Text of a line: no control characters and no lone surrogates, neither of which PostgreSQL's jsonb can hold. */
export const LINE = /^[^\p{Cc}\p{Cs}]*$/u;
export const LINE_MESSAGE = '$property must be a line of text, without control characters';

/** Optional, yet not null: a field that has a default. */
export const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** `true` and `false` of a query string. */
export const QueryBoolean = (): PropertyDecorator =>
  Transform(({ value }: TransformFnParams): unknown => (value === 'true' ? true : value === 'false' ? false : value));

/** The fields that were sent: an instance of a DTO has every field, undefined where the caller said nothing. */
export function given<T extends object>(dto: T): Partial<T> {
  return Object.fromEntries(Object.entries(dto).filter(([, value]) => value !== undefined)) as Partial<T>;
}
