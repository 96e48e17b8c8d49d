import { Column, CreateDateColumn, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn, Unique, UpdateDateColumn } from 'typeorm';

@Entity()
export class Click {
  @PrimaryColumn('text')
  cid!: string;

  @Column('timestamptz')
  createdAt!: Date;

  @Column('uuid')
  offerId!: string;

  @Column('text', { nullable: true })
  country!: string | null;

  @Column('text', { nullable: true })
  device!: string | null;

  @Column('text', { nullable: true })
  os!: string | null;

  @Column('text', { nullable: true })
  browser!: string | null;

  @Column('text', { nullable: true })
  sub1!: string | null;

  @Column('text', { nullable: true })
  sub2!: string | null;

  @Column('text', { nullable: true })
  ip!: string | null;
}

/** One per click and transaction id. */
@Entity()
@Unique(['cid', 'txid'])
export class Conversion {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text')
  cid!: string;

  /** Empty when the network sends none. */
  @Column('text')
  txid!: string;

  @Column('uuid')
  offerId!: string;

  @Column('text')
  status!: string;

  @Column('numeric', { nullable: true })
  payout!: string | null;

  @Column('text', { nullable: true })
  currency!: string | null;

  @Column('numeric', { nullable: true })
  payoutBase!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt!: Date;
}

@Entity()
export class ConversionHistory {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Index()
  @Column('uuid')
  conversionId!: string;

  @Column('text', { nullable: true })
  fromStatus!: string | null;

  @Column('text')
  toStatus!: string;

  @Column('numeric', { nullable: true })
  payout!: string | null;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

@Entity()
export class PostbackLog {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Index()
  @Column('text')
  cid!: string;

  @Column('jsonb')
  query!: object;

  @Column('text')
  result!: string;

  @Column('timestamptz')
  receivedAt!: Date;

  @CreateDateColumn({ type: 'timestamptz' })
  decidedAt!: Date;
}

@Entity()
export class HourlyStat {
  @PrimaryColumn('timestamptz')
  hour!: Date;

  @PrimaryColumn('uuid')
  offerId!: string;

  @Column('int')
  conversions!: number;

  @Column('int')
  approved!: number;

  @Column('numeric')
  revenue!: string;
}
