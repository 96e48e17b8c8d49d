import { IsOptional, IsString, IsUUID, Length, Matches } from 'class-validator';
import { IfGiven, LINE, LINE_MESSAGE, NotBlank } from '../http/fields.js';

/** Browsers take `//host` and `/\host` for another host. */
const ADDRESS = /^\/(?![/\\])[^\p{Cc}\p{Cs}]*$/u;
const ADDRESS_MESSAGE = 'address must be one of the page, beginning with a slash';

export class CreateView {
  /** @example "Germany by sub1" */
  @NotBlank()
  @IsString()
  @Length(1, 100)
  @Matches(LINE, { message: LINE_MESSAGE })
  name!: string;

  /**
   * What stands behind /app: page, filters, period, columns
   * @example "/reports?groupBy=sub1&country=DE"
   */
  @IsString()
  @Length(1, 8_000)
  @Matches(ADDRESS, { message: ADDRESS_MESSAGE })
  address!: string;
}

export class ChangeView {
  /** @example "Germany by sub1" */
  @IfGiven()
  @NotBlank()
  @IsString()
  @Length(1, 100)
  @Matches(LINE, { message: LINE_MESSAGE })
  name?: string;

  /** @example "/reports?groupBy=sub1&country=DE" */
  @IfGiven()
  @IsString()
  @Length(1, 8_000)
  @Matches(ADDRESS, { message: ADDRESS_MESSAGE })
  address?: string;
}

export class ChooseStart {
  /** Null: the page's own start */
  @IsOptional()
  @IsUUID()
  viewId!: string | null;
}

export class ViewAnswer {
  id!: string;
  /** @example "Germany by sub1" */
  name!: string;
  /** @example "/reports?groupBy=sub1&country=DE" */
  address!: string;
  /** Name of the person or the key */
  madeBy!: string;
  createdAt!: string;
  updatedAt!: string;
}

export class ViewList {
  data!: ViewAnswer[];
  /** The view that the caller starts with */
  startId!: string | null;
  /** Null on the last page; without a limit all are on one */
  nextCursor!: string | null;
}

export class StartAnswer {
  startId!: string | null;
}
