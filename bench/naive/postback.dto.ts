import { IsNotEmpty, IsNumberString, IsOptional, IsString, MaxLength } from 'class-validator';

export class PostbackDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  cid!: string;

  @IsOptional()
  @IsNumberString()
  payout?: string;

  @IsOptional()
  @IsString()
  @MaxLength(64)
  status?: string;

  @IsOptional()
  @IsString()
  @MaxLength(10)
  currency?: string;

  @IsOptional()
  @IsString()
  @MaxLength(191)
  txid?: string;
}
