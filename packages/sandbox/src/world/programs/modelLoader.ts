import { IMAGE_BYTES } from '../kubelet/mounts';
import { Program } from './program';

/** `cp -r /models/. <target>/` in an image that carries weights: they are in the target when it ends. */
export function modelLoader(copyMs: number): Program {
  return context => {
    const target = context.argv[context.argv.length - 1] ?? '';
    const place = context.locate(target);
    if (!place) {
      context.log(
        `cp: cannot create directory '${target}': No such file or directory`,
      );
      context.exit(
        1,
        `cp: cannot create directory '${target}': No such file or directory`,
      );
      return undefined;
    }
    context.after(copyMs, () => {
      const { volume, path } = place;
      if (volume.used + IMAGE_BYTES > volume.capacity) {
        context.log(`cp: error writing '${target}': No space left on device`);
        context.exit(1, 'No space left on device');
        return;
      }
      volume.weights.set(path, {
        bytes: IMAGE_BYTES,
        complete: true,
        modelId: context.container.image,
      });
      context.exit(0);
    });
    return { terminatedExitCode: 143 };
  };
}
