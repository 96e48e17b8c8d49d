import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { LINE, LINE_MESSAGE, NotBlank } from '../http/fields.js';
import { API_KEY_ROLES, type ApiKeyRole } from './api-key.entity.js';

/** At least; spaces and every script count. */
export const MIN_PASSWORD = 12;
export const MAX_PASSWORD = 200;

/** One of: a key; an e-mail address and a password; a one-time link's token with the password (and name) to have from now on. */
export class SignIn {
  /**
   * An API key
   * @example "cidra_…"
   */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  key?: string;

  /** @example "anna@example.com" */
  @IsOptional()
  @IsString()
  @MaxLength(254)
  email?: string;

  /**
   * With `email` the password; with `invite` the one to have from now on, of at least 12 characters
   * @example "correct horse battery"
   */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_PASSWORD)
  password?: string;

  /** The token at the end of a one-time link */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  invite?: string;

  /**
   * With `invite`: how to be called
   * @example "Anna"
   */
  @IsOptional()
  @NotBlank()
  @IsString()
  @Length(1, 100)
  @Matches(LINE, { message: LINE_MESSAGE })
  name?: string;
}

export class InviteQuestion {
  /** The token at the end of a one-time link */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  invite?: string;
}

export class InviteAnswer {
  /** Null: a new person chooses a name */
  name!: string | null;
  /** Null: a new person gives an address */
  email!: string | null;
  @ApiProperty({ enum: API_KEY_ROLES })
  role!: ApiKeyRole;
  expiresAt!: string;
}

export class SignedInPerson {
  id!: string;
  name!: string;
  /** Null: signed in with a key, whose id and name these are */
  email!: string | null;
}

export class SignedIn {
  person!: SignedInPerson;
  @ApiProperty({ enum: API_KEY_ROLES })
  role!: ApiKeyRole;
  /** The account's zone, of IANA's names; lists and reports take it as `tz` */
  timeZone!: string;
  /** Of this program */
  version!: string;
}

export class SessionAnswer {
  id!: string;
  /** Null: signed in with a key */
  personId!: string | null;
  /** Of the person or the key */
  name!: string;
  @ApiProperty({ enum: API_KEY_ROLES })
  role!: ApiKeyRole;
  createdAt!: string;
  /** To the minute */
  lastSeenAt!: string;
  /** 12 hours after the last request, 30 days after the first */
  expiresAt!: string;
  address!: string | null;
  /** The browser, as it names itself */
  agent!: string | null;
  /** The one that asks */
  current!: boolean;
}

export class SessionList {
  data!: SessionAnswer[];
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
}
