import { ownStage } from './own-stage.js';
import { publicStage } from './public-stage.js';
import type { Stage } from './stage.js';

export const STAGES = { public: publicStage, own: ownStage } satisfies Record<string, () => Stage>;
