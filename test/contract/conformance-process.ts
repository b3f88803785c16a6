/** A services' process as the product starts one, with the services of the conformance suite. */
import { runServices } from '../../main/process/run-services.ts';
import { conformanceServices } from './conformance-services.ts';

runServices(async () => ({ services: conformanceServices().services, close: async () => undefined }));
