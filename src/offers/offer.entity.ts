import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import type { DuplicateMode } from '../offer-sources/vocabulary.js';

export const OFFER_STATUSES = ['active', 'paused', 'archived'] as const;
export type OfferStatus = (typeof OFFER_STATUSES)[number];
export const PAYOUT_MODES = ['auto', 'fixed'] as const;
export type PayoutMode = (typeof PAYOUT_MODES)[number];

/** What a visitor is sent to. offer.dto.ts says what each field means. */
@Entity('offers')
export class Offer {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'offers_pkey' })
  id!: string;

  /** Names the offer in its tracking link. */
  @Column('text')
  key!: string;

  @Column('text')
  name!: string;

  @Column('text')
  url!: string;

  @Column('uuid', { name: 'offer_source_id', nullable: true })
  offerSourceId!: string | null;

  /** Overrides the source's rows one by one. */
  @Column('jsonb', { name: 'link_builder' })
  linkBuilder!: Record<string, string>;

  @Column('text', { name: 'payout_mode' })
  payoutMode!: PayoutMode;

  @Column('numeric', { nullable: true })
  payout!: string | null;

  @Column('text', { nullable: true })
  currency!: string | null;

  @Column('text', { nullable: true })
  country!: string | null;

  @Column('text', { array: true })
  tags!: string[];

  @Column('text')
  status!: OfferStatus;

  @Column('text', { name: 'duplicate_mode', nullable: true })
  duplicateMode!: DuplicateMode | null;

  @Column('text', { name: 'fallback_url', nullable: true })
  fallbackUrl!: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @VersionColumn()
  version!: number;
}
