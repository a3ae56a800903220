import { publicStage } from './public-stage.js';
import type { Stage } from './stage.js';

export const STAGES = { public: publicStage } satisfies Record<string, () => Stage>;
