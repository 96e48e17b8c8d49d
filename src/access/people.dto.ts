import { ApiProperty } from '@nestjs/swagger';
import { IsBoolean, IsEmail, IsIn, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { IfGiven, LINE, LINE_MESSAGE, NotBlank } from '../http/fields.js';
import { API_KEY_ROLES, type ApiKeyRole } from './api-key.entity.js';
import { MAX_PASSWORD, MIN_PASSWORD } from './session.dto.js';

export class CreatePerson {
  /** @example "Anna" */
  @NotBlank()
  @IsString()
  @Length(1, 100)
  @Matches(LINE, { message: LINE_MESSAGE })
  name!: string;

  /**
   * To sign in with; one person an address
   * @example "anna@example.com"
   */
  @IsEmail()
  @MaxLength(254)
  email!: string;

  /** admin: everything; manager: all but people, keys, erasure and the audit log; viewer: reading; ops: queues and metrics */
  @IsIn(API_KEY_ROLES)
  @ApiProperty({ enum: API_KEY_ROLES, example: 'viewer' })
  role!: ApiKeyRole;

  /**
   * At least 12 characters. Without one the answer has a one-time link, by which the person chooses it
   * @example "correct horse battery"
   */
  @IfGiven()
  @IsString()
  @Length(MIN_PASSWORD, MAX_PASSWORD)
  password?: string;
}

export class ChangePerson {
  /** @example "Anna" */
  @IfGiven()
  @NotBlank()
  @IsString()
  @Length(1, 100)
  @Matches(LINE, { message: LINE_MESSAGE })
  name?: string;

  /** @example "anna@example.com" */
  @IfGiven()
  @IsEmail()
  @MaxLength(254)
  email?: string;

  @IfGiven()
  @IsIn(API_KEY_ROLES)
  @ApiProperty({ enum: API_KEY_ROLES, example: 'manager', required: false })
  role?: ApiKeyRole;

  /** true: cannot sign in, and every session ends at once */
  @IfGiven()
  @IsBoolean()
  disabled?: boolean;
}

export class ChangeMyself {
  /** @example "Anna" */
  @IfGiven()
  @NotBlank()
  @IsString()
  @Length(1, 100)
  @Matches(LINE, { message: LINE_MESSAGE })
  name?: string;

  /**
   * Asks for `currentPassword`
   * @example "anna@example.com"
   */
  @IfGiven()
  @IsEmail()
  @MaxLength(254)
  email?: string;

  /**
   * At least 12 characters. Asks for `currentPassword`; every other session of this person ends
   * @example "battery staple correct horse"
   */
  @IfGiven()
  @IsString()
  @Length(MIN_PASSWORD, MAX_PASSWORD)
  password?: string;

  /** @example "correct horse battery" */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_PASSWORD)
  currentPassword?: string;
}

export class InviteLink {
  /**
   * To be opened once, by whoever it is for
   * @example "https://track.example.com/app/invite/…"
   */
  url!: string;
  expiresAt!: string;
}

export class PersonAnswer {
  id!: string;
  name!: string;
  email!: string;
  @ApiProperty({ enum: API_KEY_ROLES })
  role!: ApiKeyRole;
  createdAt!: string;
  disabledAt!: string | null;
  /** Of the sessions that have not ended; to the minute */
  lastSeenAt!: string | null;
  /** false: has not used the one-time link yet */
  hasPassword!: boolean;
}

export class PersonCreated extends PersonAnswer {
  /** Shown this once; null when a password was given */
  @ApiProperty({ type: InviteLink, nullable: true })
  invite!: InviteLink | null;
}

export class PersonList {
  data!: PersonAnswer[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
}
