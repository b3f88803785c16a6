import { Failure } from '../../app/failure/failure.ts';
import { installation } from '../installation/installation.ts';

/** A package has a window of its own; a listening port would only be a door. @throws Failure `refused` */
export function refuseInPackage(): void {
  const insideArchive = /[\\/]app\.asar[\\/]/.test(import.meta.dirname);
  // Electron tells every process of an application where its resources are.
  if (installation.packaged || insideArchive || 'resourcesPath' in process) {
    throw new Failure('refused', 'The web host is for development and does not run in a package.', {
      next: 'Open Sotto itself.',
    });
  }
}
