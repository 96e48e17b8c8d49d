import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, type TransformFnParams } from 'class-transformer';
import { ArrayMaxSize, IsInt, IsOptional, IsString, Matches, Max, Min, ValidateIf } from 'class-validator';
import { canonicalIp } from '../lib/ip-ranges.js';

/** Text of a line: no control characters and no lone surrogates, neither of which PostgreSQL's jsonb can hold. */
export const LINE = /^[^\p{Cc}\p{Cs}]*$/u;
export const LINE_MESSAGE = '$property must be a line of text, without control characters';

/** Text of which something can be seen. */
export const NotBlank = (): PropertyDecorator => Matches(/\S/u, { message: '$property must not be blank' });

/** An id, or the empty text for none. */
export const UUID_OR_NONE = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/i;
export const UUID_OR_NONE_MESSAGE = '$property must be an id';

/** Optional, yet not null: a field that has a default. */
export const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** A filter of a query: repeated, any of its values fits; the empty text stands for those that have none. */
export const AnyOf = (): PropertyDecorator => (target, key) => {
  ApiPropertyOptional({ type: [String] })(target, key);
  IsOptional()(target, key);
  Transform(({ value }: TransformFnParams): unknown => (value === undefined ? undefined : [value].flat()))(target, key);
  IsString({ each: true })(target, key as string);
  ArrayMaxSize(100)(target, key as string);
};

/** A word that we name, found in any letter case. */
export const LowerCase = (): PropertyDecorator =>
  Transform(({ value }: TransformFnParams): unknown => {
    const lower = (one: unknown): unknown => (typeof one === 'string' ? one.toLowerCase() : one);
    return Array.isArray(value) ? value.map(lower) : lower(value);
  });

/** An address as we keep it, however it is written. */
export const Address = (): PropertyDecorator =>
  Transform(({ value }: TransformFnParams): unknown => {
    const kept = (one: unknown): unknown => (typeof one === 'string' ? (canonicalIp(one.trim()) ?? one) : one);
    return Array.isArray(value) ? value.map(kept) : kept(value);
  });

/** `true` and `false` of a query string. */
export const QueryBoolean = (): PropertyDecorator =>
  Transform(({ value }: TransformFnParams): unknown => (value === 'true' ? true : value === 'false' ? false : value));

/** A whole number of a query string, with one message for whatever else stands there. */
export const WholeNumber =
  (least: number, most: number): PropertyDecorator =>
  (target, key) => {
    const message = `$property must be a whole number from ${least} to ${most}`;
    ApiPropertyOptional({ type: 'integer', minimum: least, maximum: most })(target, key);
    Transform(({ value }: TransformFnParams): unknown => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value))(
      target,
      key,
    );
    IsInt({ message })(target, key as string);
    Min(least, { message })(target, key as string);
    Max(most, { message })(target, key as string);
  };

/** What `@IsBooleanString()` takes: true, false, 1 and 0. */
export const isTrue = (text: string | undefined, otherwise: boolean): boolean =>
  text === undefined ? otherwise : text === 'true' || text === '1';

/** The fields that were sent: an instance of a DTO has every field, undefined where the caller said nothing. */
export function given<T extends object>(dto: T): Partial<T> {
  return Object.fromEntries(Object.entries(dto).filter(([, value]) => value !== undefined)) as Partial<T>;
}
