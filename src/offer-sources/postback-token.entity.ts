import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A valid token of a postback URL, of a source or of an offer: hashed for look-up, encrypted with SECRET_KEY for display. */
@Entity('postback_tokens')
export class PostbackToken {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'postback_tokens_pkey' })
  id!: string;

  @Column('uuid', { name: 'offer_source_id', nullable: true })
  offerSourceId!: string | null;

  @Column('uuid', { name: 'offer_id', nullable: true })
  offerId!: string | null;

  /** SHA-256, hex. */
  @Column('text', { name: 'token_hash' })
  tokenHash!: string;

  @Column('text', { name: 'token_encrypted' })
  tokenEncrypted!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;
}
