export interface Config {
  /** Slipway: models on Kubernetes. */
  llm?: {
    /**
     * What this process does. `portal` serves the HTTP API; `controller` reconciles models, elected by a Lease; `authorizer` tells Envoy who
     * may call which model. All if absent, `authorizer` only where `llm.authorizer` is set. In production the chart runs the controller and
     * the authorizer as deployments of their own.
     */
    roles?: Array<'portal' | 'controller' | 'authorizer'>;

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

    /**
     * Settings of the authorizer. Each stands for an environment variable of the stand-alone authorizer, which `npm run authorizer -- --help`
     * lists.
     */
    authorizer?: {
      /** Models are called at `llm.<base>` and `llm-internal.<base>`. */
      baseDomain?: string;
      /** Host of the external endpoint, if it is another. */
      externalHost?: string;
      /** Host of the internal endpoint, if it is another. */
      internalHost?: string;
      /** Where Envoy asks, over gRPC without TLS; 9002 if absent. */
      port?: number;
      /** Address to listen on; all if absent. */
      host?: string;
      /** Issuer of tokens; without it only keys are accepted. */
      oidcIssuerUrl?: string;
      /** Audience that tokens must have; required with an issuer. */
      oidcAudience?: string;
      /** Address of the issuer's keys; found by discovery if absent. */
      oidcJwksUri?: string;
      /** Claim that holds the name of the user; `preferred_username` if absent. */
      oidcUserClaim?: string;
      /** Claim that holds the groups; `groups` if absent. */
      oidcGroupsClaim?: string;
      /** How far the issuer's clock may be off; 30 if absent. */
      oidcClockSkewSeconds?: number;
      /** Refuse tokens of people whom the portal does not know as members; true if absent. */
      requireMember?: boolean;
      /** How long it goes on without the database; 60 if absent. */
      stalenessSeconds?: number;
      /** How long it goes on without the Kubernetes API; 3600 if absent. */
      clusterStalenessSeconds?: number;
      /** How often it asks the database for changes; 100 if absent. */
      pollMilliseconds?: number;
      /** Keeps what it knows there, to start without the database. */
      snapshotFile?: string;
      /**
       * Key that the snapshot is signed with, at least 32 characters.
       * @visibility secret
       */
      snapshotKey?: string;
    };
  };
}
