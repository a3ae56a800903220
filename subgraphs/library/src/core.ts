// What decides about licences, for who runs it against a storage of their own: packages/simulator.
export { Licence, LicenceSource, LicenceState } from './licence/licence.entity.js';
