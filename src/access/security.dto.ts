import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { API_KEY_ROLES, type ApiKeyRole } from './api-key.entity.js';
import { LINE, LINE_MESSAGE, NotBlank } from '../http/fields.js';
import { ISO_TIME, ISO_TIME_MESSAGE, LogQuery } from '../http/page.dto.js';

export class CreateApiKey {
  /** @example "Anna's laptop" */
  @NotBlank()
  @IsString()
  @Length(1, 100)
  @Matches(LINE, { message: LINE_MESSAGE })
  name!: string;

  /** admin: everything; manager: all but people, keys, erasure and the audit log; viewer: reading; ops: queues and metrics */
  @IsIn(API_KEY_ROLES)
  @ApiProperty({ enum: API_KEY_ROLES, example: 'viewer' })
  role!: ApiKeyRole;

  /**
   * null: never
   * @example "2027-11-23T00:00:00Z"
   */
  @IsOptional()
  @Matches(ISO_TIME, { message: ISO_TIME_MESSAGE })
  @IsISO8601({ strict: true }, { message: ISO_TIME_MESSAGE })
  expiresAt?: string | null;
}

export class ApiKeyAnswer {
  id!: string;
  name!: string;
  @ApiProperty({ enum: API_KEY_ROLES })
  role!: ApiKeyRole;
  createdAt!: string;
  expiresAt!: string | null;
  revokedAt!: string | null;
}

export class ApiKeyCreated extends ApiKeyAnswer {
  /** Shown this once; only its hash is kept */
  key!: string;
}

export class ApiKeyList {
  data!: ApiKeyAnswer[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
}

export class AuditQuery extends LogQuery {
  /** @example "Anna's laptop" */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  actor?: string;

  /** @example "PATCH /offers/:id" */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  action?: string;

  /** An id */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  subject?: string;
}

export class AuditAnswer {
  id!: string;
  at!: string;
  /** Name of the person or the API key, `job`, or `script NAME` */
  actor!: string;
  /** @example "PATCH /offers/:id" */
  action!: string;
  subject!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true })
  details!: Record<string, unknown>;
}

export class AuditPage {
  data!: AuditAnswer[];
  nextCursor!: string | null;
}
