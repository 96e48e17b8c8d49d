import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';
import type { DuplicateMode, StatusMeaning, TransitionPolicy } from './vocabulary.js';

/** An affiliate network or any platform that calls back. offer-source.dto.ts says what each field means. */
@Entity('offer_sources')
export class OfferSource {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'offer_sources_pkey' })
  id!: string;

  @Column('text')
  name!: string;

  @Column('text')
  template!: string;

  @Column('text', { name: 'cid_parameter' })
  cidParameter!: string;

  @Column('text', { name: 'offer_url_template' })
  offerUrlTemplate!: string;

  @Column('jsonb', { name: 'link_builder' })
  linkBuilder!: Record<string, string>;

  @Column('jsonb', { name: 'status_map' })
  statusMap!: Record<string, StatusMeaning>;

  @Column('text', { name: 'default_status' })
  defaultStatus!: StatusMeaning;

  @Column('text', { name: 'default_currency', nullable: true })
  defaultCurrency!: string | null;

  @Column('text', { name: 'duplicate_mode' })
  duplicateMode!: DuplicateMode;

  @Column('integer', { name: 'retry_window_seconds' })
  retryWindowSeconds!: number;

  @Column('text', { name: 'transition_policy' })
  transitionPolicy!: TransitionPolicy;

  @Column('text', { name: 'amount_sign' })
  amountSign!: 'absolute' | 'signed';

  @Column('integer', { name: 'click_expiry_days', nullable: true })
  clickExpiryDays!: number | null;

  @Column('boolean', { name: 'event_makes_conversion' })
  eventMakesConversion!: boolean;

  @Column('text', { name: 'allowed_ips', array: true })
  allowedIps!: string[];

  @Column('boolean', { name: 'require_token' })
  requireToken!: boolean;

  @Column('text', { name: 'success_body', nullable: true })
  successBody!: string | null;

  @Column('jsonb', { name: 'parameter_aliases' })
  parameterAliases!: Record<string, string>;

  @Column('text', { name: 'legacy_encoding', nullable: true })
  legacyEncoding!: string | null;

  @Column('boolean')
  enabled!: boolean;

  @Column('timestamptz', { name: 'archived_at', nullable: true })
  archivedAt!: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @VersionColumn()
  version!: number;
}
