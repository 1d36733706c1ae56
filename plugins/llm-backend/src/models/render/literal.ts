/**
 * A text as it has to stand in the `args` or `env` of a container, so that the container gets it as it is: the kubelet replaces `$(NAME)` by
 * the variable of that name and `$$` by `$`. For texts that people choose and that name no variable of ours.
 * Source: Container.args and EnvVar.value of the Kubernetes API.
 */
export function literal(text: string): string {
  return /\$[$(]/.test(text) ? text.replaceAll('$', '$$$$') : text;
}
