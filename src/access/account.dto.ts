import { IsString, MaxLength } from 'class-validator';

export class ChangeAccount {
  /**
   * One of IANA's names
   * @example "Europe/Berlin"
   */
  @IsString()
  @MaxLength(64)
  timeZone!: string;
}

export class AccountAnswer {
  /** TIME_ZONE until it is set */
  timeZone!: string;
}
