export interface Config {
  /** Slipway: models on Kubernetes. */
  llm?: {
    /**
     * What this process does. `portal` serves the HTTP API; `controller` reconciles models, elected by a Lease.
     * Both if absent. In production the chart runs the controller as a deployment of its own.
     */
    roles?: Array<'portal' | 'controller'>;

    /** The cluster that models run on. Inside a pod, the cluster of that pod if absent. */
    cluster?: {
      /** Path of a kubeconfig. */
      kubeconfig?: string;
      /** A context of that kubeconfig; its current one if absent. */
      context?: string;
      /** Path of a kubeconfig for the controller, whose rights go further than the portal's; the same one if absent. */
      controllerKubeconfig?: string;
    };

    /**
     * Entity refs of the groups whose members administer the platform: they see every model and may use the Kubernetes proxy.
     */
    admins?: string[];

    /** Entity ref that owns models whose custom resource names no owner in the annotation `slipway.dev/owner`. */
    defaultOwner?: string;

    /** Where people get a token for the internal endpoint; shown in snippets. */
    token?: {
      /** Issuer of the OpenID provider. */
      issuer: string;
      /** Audience that the gateway asks for. */
      audience?: string;
      /** Public OIDC client for command lines. */
      clientId?: string;
    };

    /** Public base URLs of the gateway, without `/v1`; shown before a model is Ready. */
    endpoints?: {
      external?: string;
      internal?: string;
      /** Path of the CA certificate of the gateway on people's machines, if it is none that they trust anyway; shown in snippets. */
      caFile?: string;
    };

    /**
     * Settings of the controller. Each stands for an environment variable of the stand-alone controller: `baseDomain` for
     * `LLM_BASE_DOMAIN`, `oidcIssuerUrl` for `LLM_OIDC_ISSUER_URL`, and so on.
     */
    operator?: { [setting: string]: string | number | boolean };
  };
}
