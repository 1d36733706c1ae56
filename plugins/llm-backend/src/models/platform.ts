/** One listener of a Gateway. */
export interface GatewayListener {
  /** Name of the Gateway. */
  name: string;
  namespace: string;
  /** Name of the listener (`sectionName`). */
  listener: string;
  /** Host that clients send. */
  hostname: string;
}

/** The Service behind which the authorizer listens. */
export interface AuthorizerService {
  namespace: string;
  name: string;
  /** gRPC without TLS. */
  port: number;
}

/** What the operator knows about the cluster it works for; the second input of every renderer. */
export interface Platform {
  external: GatewayListener;
  internal: GatewayListener;
  /** Public base URLs without `/v1`. */
  urls: { external: string; internal: string };
  oidc: {
    issuer: string;
    /** From discovery. Absent until the issuer has answered: no internal policy can be written before. */
    jwksUri?: string;
    /** Not checked if absent. */
    audience?: string;
    /** Claim that holds the groups, dots for nesting. */
    groupsClaim: string;
  };
  images: {
    serving: string;
    endpointPicker: string;
    /** Runs the download script: needs Python 3 and huggingface_hub. The serving image if absent. */
    downloader?: string;
  };
  /** Asked about every request, on both endpoints. Absent: the gateway judges tokens itself, and nobody gets through the external endpoint. */
  authorizer?: AuthorizerService;
  /** For claims that name no class; the cluster's default if absent. */
  storageClassName?: string;
  /** Namespace that may scrape metrics. */
  monitoringNamespace: string;
  /** Mount OCI weights as image volumes instead of copying them (Kubernetes 1.33 or later with the feature). */
  imageVolumes: boolean;
  /** Hugging Face endpoint for mirrors; the public one if absent. */
  huggingFaceEndpoint?: string;
}
