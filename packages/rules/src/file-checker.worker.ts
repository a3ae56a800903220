import { parentPort, workerData } from 'node:worker_threads';
import { checkFile } from './check-file.js';

const port = parentPort!;
port.postMessage(checkFile(workerData as string));
