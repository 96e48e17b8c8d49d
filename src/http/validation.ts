import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { nearestName } from '../lib/nearest.js';
import { type FieldError, Problem } from './problem.js';

/** DTOs of the admin API: unknown fields are refused, every wrong field is named at once. */
export function validation(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: true,
    validationError: { target: true },
    exceptionFactory: (errors) => Problem.invalid(flatten(errors, '')),
  });
}

function flatten(errors: ValidationError[], parent: string): FieldError[] {
  return errors.flatMap((error) => {
    const pointer = `${parent}/${error.property}`;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      pointer,
      message: rule === 'whitelistValidation' ? unknownField(error) : message,
    }));
    return [...own, ...flatten(error.children ?? [], pointer)];
  });
}

function unknownField({ property, target }: ValidationError): string {
  const known = getMetadataStorage().getTargetValidationMetadatas(Object.getPrototypeOf(target).constructor, '', false, false);
  const names = new Set(known.map(({ propertyName }) => propertyName));
  if (property === 'sort' && names.has('limit')) return 'there is no sort here: a list has one order, the newest first';
  const nearest = nearestName(property, names);
  return `there is no ${property} here${nearest === null ? '' : `; did you mean ${nearest}?`}`;
}
