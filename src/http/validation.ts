import { type ArgumentMetadata, type PipeTransform, ValidationPipe, type ValidationError } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { nearestName } from '../lib/nearest.js';
import { pointerTo } from '../lib/json-pointer.js';
import { type FieldError, Problem } from './problem.js';

const UUID_IN_ANY_CASE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id in a path is found in any letter case, as ids in queries and bodies are. */
export const idsInAnyCase: PipeTransform = {
  transform: (value: unknown, { type }: ArgumentMetadata): unknown =>
    type === 'param' && typeof value === 'string' && UUID_IN_ANY_CASE.test(value) ? value.toLowerCase() : value,
};

/** DTOs of the admin API: unknown fields are refused, every wrong field is named at once. */
export function validation(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    validationError: { target: true, value: true },
    exceptionFactory: (errors) => Problem.invalid(flatten(errors, '')),
  });
}

function flatten(errors: ValidationError[], parent: string): FieldError[] {
  return errors.flatMap((error) => {
    const pointer = pointerTo(parent, error.property);
    const message = messageOf(error);
    return [...(message === null ? [] : [{ pointer, message }]), ...flatten(error.children ?? [], pointer)];
  });
}

/** Of all that is wrong with a field what is to be mended first: that it is missing, then that it is of another kind. */
function messageOf(error: ValidationError): string | null {
  const broken = Object.entries(error.constraints ?? {});
  if (broken.length === 0) return null;
  if (error.constraints?.whitelistValidation !== undefined) return unknownField(error);
  if (error.value === undefined) return `${error.property} is missing`;
  const [, message] = broken.find(([rule]) => KIND.test(rule)) ?? broken.at(-1) ?? [];
  return message ?? null;
}

/** class-validator's rules that ask what a value is, before others ask how long or great. */
const KIND = /^is(?!Length|NotEmpty|Defined)/;

function unknownField({ property, target }: ValidationError): string {
  const known = getMetadataStorage().getTargetValidationMetadatas(Object.getPrototypeOf(target).constructor, '', false, false);
  const names = new Set(known.map(({ propertyName }) => propertyName));
  if (property === 'sort' && names.has('limit')) return 'there is no sort here: a list has one order, the newest first';
  const nearest = nearestName(property, names);
  return `there is no ${property} here${nearest === null ? '' : `; did you mean ${nearest}?`}`;
}
