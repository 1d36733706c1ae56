import { KubeObject } from '@slipway/controller';

/**
 * What has been rendered for one model, spec and platform. A model is looked at many times between two changes of its spec, and rendering
 * and comparing is most of the work; the same input gives the very same object here, which others can recognise.
 */
export class Renders {
  private readonly objects = new Map<string, KubeObject>();

  private readonly lists = new Map<string, readonly KubeObject[]>();

  /** What `make` gives; made once for each `key`, which must name everything beside model and platform that it depends on. */
  once(key: string, make: () => KubeObject): KubeObject {
    let object = this.objects.get(key);
    if (!object) {
      object = make();
      this.objects.set(key, object);
    }
    return object;
  }

  /** As {@link once}, for several objects; the array is fresh. */
  list(key: string, make: () => KubeObject[]): KubeObject[] {
    let objects = this.lists.get(key);
    if (!objects) {
      objects = make();
      this.lists.set(key, objects);
    }
    return [...objects];
  }
}
