/**
 * The process in which everything runs that computes or keeps something: vault, store, sockets, ONNX Runtime, the
 * native addon. It is forked by a supervisor, and answers it alone.
 */
import { createAppServices } from '../services/app-services.ts';
import { runServices } from './run-services.ts';

runServices(createAppServices);
