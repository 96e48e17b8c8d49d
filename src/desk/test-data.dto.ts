import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, Length, Matches, MaxLength } from 'class-validator';
import { IfGiven, LINE, LINE_MESSAGE } from '../http/fields.js';

export class TestToken {
  /** The parameter of a tracking link whose value it is */
  @ApiProperty({ example: 'cidra_test' })
  parameter!: string;
  token!: string;
  expiresAt!: string;
}

export class SendTestPostback {
  /** @example "01973b52-b111-7f02-8c4e-52a1d8e6f301" */
  @IsUUID()
  offerId!: string;

  /** Of a test click of the offer; without one its newest, or one that is made */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  cid?: string;

  /**
   * In the network’s words
   * @example "approved"
   */
  @IfGiven()
  @IsString()
  @Length(1, 64)
  @Matches(LINE, { message: LINE_MESSAGE })
  status?: string;

  /** @example "12.50" */
  @IfGiven()
  @IsString()
  @Length(1, 32)
  @Matches(LINE, { message: LINE_MESSAGE })
  payout?: string;

  /** @example "USD" */
  @IfGiven()
  @IsString()
  @Length(1, 10)
  @Matches(LINE, { message: LINE_MESSAGE })
  currency?: string;

  /** @example "TEST-1" */
  @IfGiven()
  @IsString()
  @Length(1, 191)
  @Matches(LINE, { message: LINE_MESSAGE })
  txid?: string;
}

export class TestPostbackSent {
  /** Of the request in the log */
  id!: string;
  cid!: string;
  /**
   * What was sent
   * @example "http://localhost:3000/postback?cid=01jd3q4k8m2v6x0r7t5w9y1z3b&status=approved"
   */
  url!: string;
  /** `accepted`, or `rejected` with the reason */
  @ApiProperty({ enum: ['accepted', 'rejected'] })
  result!: 'accepted' | 'rejected';
  /** @example "ip_denied" */
  reason!: string | null;
}

export class TestDataRemoved {
  @ApiProperty({ type: 'integer' })
  clicks!: number;
  @ApiProperty({ type: 'integer' })
  conversions!: number;
}
