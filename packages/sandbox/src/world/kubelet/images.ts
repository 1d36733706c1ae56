import { createHash } from 'node:crypto';

/** What is known about images that can't be pulled. */
export class Images {
  readonly #broken = new Set<string>();
  readonly #onNode = new Map<string, Set<string>>();

  /** Makes images unpullable whose name contains `part`. Returns a function that undoes it. */
  breakImages(part: string): () => void {
    this.#broken.add(part);
    return () => {
      this.#broken.delete(part);
    };
  }

  /** Why an image can't be pulled: the message of containerd, or nothing. Names with `does-not-exist` never can. */
  problemOf(image: string): string | undefined {
    const parts = ['does-not-exist', ...this.#broken];
    if (!parts.some(part => image.includes(part))) return undefined;
    const reference = normalize(image);
    return `rpc error: code = NotFound desc = failed to pull and unpack image "${reference}": failed to resolve reference "${reference}": ${reference}: not found`;
  }

  /** What is wrong with the name itself (`InvalidImageName`; `pkg/kubelet/images/image_manager.go`). */
  nameProblemOf(image: string): string | undefined {
    const repository = image.split('@')[0].replace(/:[^/:]*$/, '');
    if (
      /^[a-z0-9]+([._:/-]+[a-z0-9]+)*$/.test(
        repository.replace(/^[A-Za-z0-9.-]+(:[0-9]+)?\//, ''),
      )
    ) {
      return undefined;
    }
    const why = /[A-Z]/.test(repository)
      ? `repository name (${repository}) must be lowercase`
      : 'invalid reference format';
    const detail = why.startsWith('repository')
      ? `invalid reference format: ${why}`
      : why;
    return `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${detail}`;
  }

  has(node: string, image: string): boolean {
    return this.#onNode.get(node)?.has(image) ?? false;
  }

  add(node: string, image: string): void {
    const images = this.#onNode.get(node) ?? new Set();
    this.#onNode.set(node, images.add(image));
  }
}

/** The digest that the sandbox gives to an image name. */
export function imageId(image: string): string {
  const digest = createHash('sha256').update(image).digest('hex');
  return `${normalize(image)
    .split('@')[0]
    .replace(/:[^/:]*$/, '')}@sha256:${digest}`;
}

/** The name with registry and tag, as containerd writes it. */
export function normalize(image: string): string {
  const first = image.split('/')[0];
  const hasRegistry =
    image.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  let name = image;
  if (!hasRegistry)
    name = image.includes('/')
      ? `docker.io/${image}`
      : `docker.io/library/${image}`;
  const last = name.slice(name.lastIndexOf('/'));
  return last.includes(':') || last.includes('@') ? name : `${name}:latest`;
}
