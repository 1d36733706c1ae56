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

    /** Requests for models that are not served yet. */
    newModels?: {
      /**
       * What becomes of one that an admin approved. `apply`: the portal makes the `LLMModel` with its own rights. `pull-request`: it proposes the
       * `LLMModel` to a repository, for GitOps. `off`: nobody can ask. `apply` if absent.
       */
      mode?: 'apply' | 'pull-request' | 'off';
      /** Where it is proposed; only with `mode: pull-request`. */
      pullRequest?: {
        /**
         * `github.com?owner=<owner>&repo=<repository>`; the host must be one of `integrations.github`, with a token or a GitHub App that may write
         * contents and pull requests. Required, unless a module sets a host of its own at `llmPullRequestHostExtensionPoint`.
         */
        repoUrl?: string;
        /** The branch to merge into; the default branch of the repository if absent. */
        targetBranch?: string;
        /** Path of a model's file; must hold `{namespace}` and `{name}`. `models/{namespace}/{name}.yaml` if absent. */
        path?: string;
        /** Days after which the admins are told that a pull request still waits. 3 if absent. */
        remindDays?: number;
      };
    };

    /** Requests, grants and keys. */
    access?: {
      /** Bounds on what people may ask for. */
      limits?: {
        /** Longest life of a key in days. 365 if absent. */
        maxKeyDays?: number;
        /** Life of a key in days when nobody says how long. 90 if absent. */
        defaultKeyDays?: number;
        /** Active keys that one user may own. 10000 if absent. */
        maxKeysPerUser?: number;
        /** Models of one key. 100 if absent. */
        maxModelsPerKey?: number;
        /** Longest time in hours that a key and its successor both work. 168 if absent. */
        maxOverlapHours?: number;
        /** Longest grant in days. 180 if absent. */
        maxGrantDays?: number;
        /** Days that a request waits for a decision. 14 if absent. */
        requestDays?: number;
        /** Days after which an owner is to confirm again that a grant is needed. 90 if absent. */
        recertifyDays?: number;
        /** Open requests that one user may have. 100 if absent. */
        maxOpenRequestsPerUser?: number;
        /** Characters of a reason, a comment or an expected load. 2000 if absent. */
        maxReasonLength?: number;
        /** Characters of a name, 200 at most. 100 if absent. */
        maxNameLength?: number;
      };

      /**
       * What becomes of a request. The first rule that speaks about it counts: one speaks when all that it names fits. Without any, a request goes
       * to the owners of the model and of the tenant. No rule approves a request for a group.
       */
      rules?: Array<{
        /** Stands in the audit log as `rule:<name>`; unique. */
        name: string;
        /** Models as `<namespace>/<name>`, or `<namespace>/*`. Every model if absent. */
        models?: string[];
        /** Tenants by name. Every tenant if absent. */
        tenants?: string[];
        /** Groups of the one who asks, as identity tokens name them. Everybody if absent. */
        groups?: string[];
        /** At most so many days. Any number if absent. */
        maxDays?: number;
        /** `approve` at once, or `ask` the approvers. */
        decision: 'approve' | 'ask';
        /** Whose word it needs. `either` if absent. */
        approvers?: 'model-owners' | 'tenant-owners' | 'either';
      }>;

      /** Days after which a key that nobody uses ends; 0 for never. 90 if absent. The Access page names the day, and lets its owner keep it. */
      unusedDays?: number;

      /** Who belongs to which groups: from the catalog, or from the module that sets a source at `llmMembershipExtensionPoint`. */
      membership?: {
        /** How often it is read, in seconds. 60 if absent. Whoever left is refused, and her grants and keys end, within this time. */
        refreshSeconds?: number;
        /**
         * The largest share of the members, from 0 to 1, that may leave or lose a group in one refresh; five may always. 0.2 if absent.
         *
         * A catalog that was emptied or lost its groups must not end everybody's keys, for that can't be undone. When more would lose
         * something than this, or the source answers with nobody at all, the log says so as an error, nothing of theirs ends and they go
         * on as before. Those who join or gain a group do so at once. To let it pass, because it is true, raise this to 1 for one refresh.
         * An answer with nobody at all is never believed.
         */
        maxLossShare?: number;
        /**
         * For how many minutes they go on as before; 240 if absent, 0 for not at all. After that the calls of those who are missing or
         * have lost a group are refused, though their grants and keys still don't end: as soon as the source has them again, all works as before.
         */
        holdMinutes?: number;
      };
    };

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
