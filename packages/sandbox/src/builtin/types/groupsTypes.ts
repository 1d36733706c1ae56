/** The groups with few types: apps, batch, networking, coordination, policy, storage, scheduling, rbac, admission, meta. Notation: `parseTypes`. Source: OpenAPI of Kubernetes 1.36. */
export const GROUPS_TYPES = `
AggregationRule clusterRoleSelectors:[LabelSelector]
AuditAnnotation key:s valueExpression:s
ClusterRole aggregationRule:AggregationRule rules:[PolicyRule]
ClusterRoleBinding roleRef:RoleRef subjects:[Subject]
Condition lastTransitionTime:t message:s observedGeneration:l? reason:s status:s type:s
ControllerRevision data:j revision:l
DaemonSet spec:DaemonSetSpec status:DaemonSetStatus
DaemonSetCondition lastTransitionTime:t message:s? reason:s? status:s type:s
DaemonSetSpec minReadySeconds:i? revisionHistoryLimit:i selector:LabelSelector template:PodTemplateSpec
  updateStrategy:DaemonSetUpdateStrategy
DaemonSetStatus collisionCount:i conditions:[DaemonSetCondition]#type~type currentNumberScheduled:i desiredNumberScheduled:i
  numberAvailable:i? numberMisscheduled:i numberReady:i numberUnavailable:i? observedGeneration:l? updatedNumberScheduled:i?
DaemonSetUpdateStrategy rollingUpdate:RollingUpdateDaemonSet type:s?
Deployment spec:DeploymentSpec status:DeploymentStatus
DeploymentCondition lastTransitionTime:t lastUpdateTime:t message:s? reason:s? status:s type:s
DeploymentSpec minReadySeconds:i? paused:b? progressDeadlineSeconds:i replicas:i revisionHistoryLimit:i selector:LabelSelector
  strategy:DeploymentStrategy& template:PodTemplateSpec
DeploymentStatus availableReplicas:i? collisionCount:i conditions:[DeploymentCondition]#type~type observedGeneration:l? readyReplicas:i?
  replicas:i? terminatingReplicas:i unavailableReplicas:i? updatedReplicas:i?
DeploymentStrategy rollingUpdate:RollingUpdateDeployment type:s?
ExpressionWarning fieldRef:s warning:s
IPBlock cidr:s except:[s]
Job spec:JobSpec status:JobStatus
JobCondition lastProbeTime:t lastTransitionTime:t message:s? reason:s? status:s type:s
JobSpec activeDeadlineSeconds:l backoffLimit:i backoffLimitPerIndex:i completionMode:s completions:i managedBy:s manualSelector:b
  maxFailedIndexes:i parallelism:i podFailurePolicy:PodFailurePolicy podReplacementPolicy:s selector:LabelSelector
  successPolicy:SuccessPolicy suspend:b template:PodTemplateSpec ttlSecondsAfterFinished:i
JobStatus active:i completedIndexes:s? completionTime:t conditions:[JobCondition]~type failed:i? failedIndexes:s? ready:i startTime:t
  succeeded:i? terminating:i uncountedTerminatedPods:UncountedTerminatedPods
LabelSelector! matchExpressions:[LabelSelectorRequirement] matchLabels:{s}
LabelSelectorRequirement key:s operator:s values:[s]
Lease spec:LeaseSpec
LeaseSpec acquireTime:u holderIdentity:s leaseDurationSeconds:i leaseTransitions:i preferredHolder:s renewTime:u strategy:s
ManagedFieldsEntry apiVersion:s? fieldsType:s? fieldsV1:j manager:s? operation:s? subresource:s? time:t
MatchCondition expression:s name:s
MatchResources! excludeResourceRules:[NamedRuleWithOperations] matchPolicy:s namespaceSelector:LabelSelector objectSelector:LabelSelector
  resourceRules:[NamedRuleWithOperations]
NamedRuleWithOperations! apiGroups:[s] apiVersions:[s] operations:[s] resourceNames:[s] resources:[s] scope:s?
NetworkPolicy spec:NetworkPolicySpec
NetworkPolicyEgressRule ports:[NetworkPolicyPort] to:[NetworkPolicyPeer]
NetworkPolicyIngressRule from:[NetworkPolicyPeer] ports:[NetworkPolicyPort]
NetworkPolicyPeer ipBlock:IPBlock namespaceSelector:LabelSelector podSelector:LabelSelector
NetworkPolicyPort endPort:i port:x protocol:s?
NetworkPolicySpec egress:[NetworkPolicyEgressRule] ingress:[NetworkPolicyIngressRule] podSelector:LabelSelector policyTypes:[s]
ObjectMeta annotations:{s} creationTimestamp:t deletionGracePeriodSeconds:l deletionTimestamp:t finalizers:[s]=~ generateName:s? generation:l?
  labels:{s} managedFields:[ManagedFieldsEntry] name:s? namespace:s? ownerReferences:[OwnerReference]#uid~uid resourceVersion:s? selfLink:s? uid:s?
OwnerReference! apiVersion:s blockOwnerDeletion:b controller:b kind:s name:s uid:s
ParamKind! apiVersion:s? kind:s?
ParamRef! name:s? namespace:s? parameterNotFoundAction:s selector:LabelSelector
PodDisruptionBudget spec:PodDisruptionBudgetSpec status:PodDisruptionBudgetStatus
PodDisruptionBudgetSpec maxUnavailable:x minAvailable:x selector:LabelSelector unhealthyPodEvictionPolicy:s
PodDisruptionBudgetStatus conditions:[Condition]#type~type currentHealthy:i desiredHealthy:i disruptedPods:{t} disruptionsAllowed:i
  expectedPods:i observedGeneration:l?
PodFailurePolicy rules:[PodFailurePolicyRule]
PodFailurePolicyOnExitCodesRequirement containerName:s? operator:s values:[i]=
PodFailurePolicyOnPodConditionsPattern status:s? type:s
PodFailurePolicyRule action:s onExitCodes:PodFailurePolicyOnExitCodesRequirement onPodConditions:[PodFailurePolicyOnPodConditionsPattern]
PolicyRule apiGroups:[s] nonResourceURLs:[s] resourceNames:[s] resources:[s] verbs:[s]
PriorityClass description:s? globalDefault:b? preemptionPolicy:s value:i
ReplicaSet spec:ReplicaSetSpec status:ReplicaSetStatus
ReplicaSetCondition lastTransitionTime:t message:s? reason:s? status:s type:s
ReplicaSetSpec minReadySeconds:i? replicas:i selector:LabelSelector template:PodTemplateSpec
ReplicaSetStatus availableReplicas:i? conditions:[ReplicaSetCondition]#type~type fullyLabeledReplicas:i? observedGeneration:l?
  readyReplicas:i? replicas:i terminatingReplicas:i
Role rules:[PolicyRule]
RoleBinding roleRef:RoleRef subjects:[Subject]
RoleRef! apiGroup:s kind:s name:s
RollingUpdateDaemonSet maxSurge:x maxUnavailable:x
RollingUpdateDeployment maxSurge:x maxUnavailable:x
RollingUpdateStatefulSetStrategy maxUnavailable:x partition:i
StatefulSet spec:StatefulSetSpec status:StatefulSetStatus
StatefulSetCondition lastTransitionTime:t message:s? reason:s? status:s type:s
StatefulSetOrdinals start:i
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:s? whenScaled:s?
StatefulSetSpec minReadySeconds:i? ordinals:StatefulSetOrdinals
  persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy podManagementPolicy:s? replicas:i
  revisionHistoryLimit:i selector:LabelSelector serviceName:s? template:PodTemplateSpec updateStrategy:StatefulSetUpdateStrategy
  volumeClaimTemplates:[PersistentVolumeClaim]
StatefulSetStatus availableReplicas:i? collisionCount:i conditions:[StatefulSetCondition]#type~type currentReplicas:i? currentRevision:s?
  observedGeneration:l? readyReplicas:i? replicas:i updateRevision:s? updatedReplicas:i?
StatefulSetUpdateStrategy rollingUpdate:RollingUpdateStatefulSetStrategy type:s?
StorageClass allowVolumeExpansion:b allowedTopologies:[TopologySelectorTerm] mountOptions:[s] parameters:{s} provisioner:s reclaimPolicy:s
  volumeBindingMode:s
Subject! apiGroup:s? kind:s name:s namespace:s?
SuccessPolicy rules:[SuccessPolicyRule]
SuccessPolicyRule succeededCount:i succeededIndexes:s?
TypeChecking expressionWarnings:[ExpressionWarning]
UncountedTerminatedPods failed:[s]= succeeded:[s]=
ValidatingAdmissionPolicy spec:ValidatingAdmissionPolicySpec status:ValidatingAdmissionPolicyStatus
ValidatingAdmissionPolicyBinding spec:ValidatingAdmissionPolicyBindingSpec
ValidatingAdmissionPolicyBindingSpec matchResources:MatchResources paramRef:ParamRef policyName:s validationActions:[s]=
ValidatingAdmissionPolicySpec auditAnnotations:[AuditAnnotation] failurePolicy:s matchConditions:[MatchCondition]#name~name
  matchConstraints:MatchResources paramKind:ParamKind validations:[Validation] variables:[Variable]#name~name
ValidatingAdmissionPolicyStatus conditions:[Condition]#type observedGeneration:l? typeChecking:TypeChecking
Validation expression:s message:s? messageExpression:s? reason:s?
Variable! expression:s name:s
`;
