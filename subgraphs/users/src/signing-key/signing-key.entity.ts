import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { JWK } from 'jose';

/** A key pair that signs access tokens. */
@Entity({ tableName: 'signing_key' })
export class SigningKey {
  @PrimaryKey({ type: 'text' })
  kid!: string;

  @Property({ type: 'jsonb' })
  publicKey!: JWK;

  /** The private key's JWK, encrypted (signing-keys.ts). */
  @Property({ type: 'text' })
  sealedPrivateKey!: string;

  /** From when on it signs; it is published before. */
  @Property({ type: 'timestamptz' })
  activeFrom!: Date;
}
