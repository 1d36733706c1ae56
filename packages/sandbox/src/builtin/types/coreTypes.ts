/** The core group without pods and volumes, and the events of `events.k8s.io`. Notation: `parseTypes`. Source: OpenAPI of Kubernetes 1.36. */
export const CORE_TYPES = `
AttachedVolume devicePath:s name:s
ClientIPConfig timeoutSeconds:i?
ConfigMap binaryData:{y} data:{s} immutable:b
ConfigMapNodeConfigSource kubeletConfigKey:s name:s namespace:s resourceVersion:s? uid:s?
DaemonEndpoint Port:i
Event action:s? count:i? eventTime:u firstTimestamp:t involvedObject:ObjectReference lastTimestamp:t message:s? reason:s?
  related:ObjectReference reportingComponent:s reportingInstance:s series:EventSeries source:EventSource type:s?
EventSeries count:i? lastObservedTime:u
EventSource component:s? host:s?
EventsEvent action:s? deprecatedCount:i? deprecatedFirstTimestamp:t deprecatedLastTimestamp:t deprecatedSource:EventSource eventTime:u
  note:s? reason:s? regarding:ObjectReference related:ObjectReference reportingController:s? reportingInstance:s? series:EventsEventSeries
  type:s?
EventsEventSeries count:i lastObservedTime:u
LimitRange spec:LimitRangeSpec
LimitRangeItem default:{q} defaultRequest:{q} max:{q} maxLimitRequestRatio:{q} min:{q} type:s
LimitRangeSpec limits:[LimitRangeItem]
LoadBalancerIngress hostname:s? ip:s? ipMode:s? ports:[PortStatus]
LoadBalancerStatus ingress:[LoadBalancerIngress]
LocalObjectReference! name:s?
Namespace spec:NamespaceSpec status:NamespaceStatus
NamespaceCondition lastTransitionTime:t message:s? reason:s? status:s type:s
NamespaceSpec finalizers:[s]
NamespaceStatus conditions:[NamespaceCondition]#type~type phase:s?
Node spec:NodeSpec status:NodeStatus
NodeAddress address:s type:s
NodeCondition lastHeartbeatTime:t lastTransitionTime:t message:s? reason:s? status:s type:s
NodeConfigSource configMap:ConfigMapNodeConfigSource
NodeConfigStatus active:NodeConfigSource assigned:NodeConfigSource error:s? lastKnownGood:NodeConfigSource
NodeDaemonEndpoints kubeletEndpoint:DaemonEndpoint
NodeFeatures supplementalGroupsPolicy:b
NodeRuntimeHandler features:NodeRuntimeHandlerFeatures name:s?
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:b userNamespaces:b
NodeSpec configSource:NodeConfigSource externalID:s? podCIDR:s? podCIDRs:[s]=~ providerID:s? taints:[Taint] unschedulable:b?
NodeStatus addresses:[NodeAddress]#type~type allocatable:{q} capacity:{q} conditions:[NodeCondition]#type~type config:NodeConfigStatus
  daemonEndpoints:NodeDaemonEndpoints declaredFeatures:[s] features:NodeFeatures images:[ContainerImage] nodeInfo:NodeSystemInfo phase:s?
  runtimeHandlers:[NodeRuntimeHandler] volumesAttached:[AttachedVolume] volumesInUse:[s]
NodeSwapStatus capacity:l
NodeSystemInfo architecture:s bootID:s containerRuntimeVersion:s kernelVersion:s kubeProxyVersion:s kubeletVersion:s machineID:s
  operatingSystem:s osImage:s swap:NodeSwapStatus systemUUID:s
ObjectReference! apiVersion:s? fieldPath:s? kind:s? name:s? namespace:s? resourceVersion:s? uid:s?
PortStatus error:s? port:i protocol:s
ResourceQuota spec:ResourceQuotaSpec status:ResourceQuotaStatus
ResourceQuotaSpec hard:{q} scopeSelector:ScopeSelector scopes:[s]
ResourceQuotaStatus hard:{q} used:{q}
ScopeSelector! matchExpressions:[ScopedResourceSelectorRequirement]
ScopedResourceSelectorRequirement operator:s scopeName:s values:[s]
Secret data:{y} immutable:b stringData:{s} type:s?
SecretReference! name:s? namespace:s?
Service spec:ServiceSpec status:ServiceStatus
ServiceAccount automountServiceAccountToken:b imagePullSecrets:[LocalObjectReference] secrets:[ObjectReference]#name~name
ServicePort appProtocol:s name:s? nodePort:i? port:i protocol:s? targetPort:x
ServiceSpec allocateLoadBalancerNodePorts:b clusterIP:s? clusterIPs:[s] externalIPs:[s] externalName:s? externalTrafficPolicy:s?
  healthCheckNodePort:i internalTrafficPolicy:s ipFamilies:[s] ipFamilyPolicy:s loadBalancerClass:s loadBalancerIP:s?
  loadBalancerSourceRanges:[s] ports:[ServicePort]#port,protocol~port publishNotReadyAddresses:b? selector:{s}! sessionAffinity:s?
  sessionAffinityConfig:SessionAffinityConfig trafficDistribution:s type:s?
ServiceStatus conditions:[Condition]#type~type loadBalancer:LoadBalancerStatus
SessionAffinityConfig clientIP:ClientIPConfig
Taint effect:s key:s timeAdded:t value:s?
`;
