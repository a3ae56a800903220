export {
  type Awaited,
  type Client,
  type Head,
  type Identity,
  IDENTITY_HEADER,
  isPosition,
  positionTopic,
  subscriptionText,
  type Viewer,
} from './identity.js';
export { IdentitySigner } from './signer.js';
export { IdentityVerifier, Unproven } from './verifier.js';
