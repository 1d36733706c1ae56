{{- define "slipway.name" -}}
{{- if contains .Chart.Name .Release.Name -}}{{ .Release.Name | trunc 48 | trimSuffix "-" }}{{- else -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 48 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "slipway.authorizerName" -}}
{{ include "slipway.name" . }}-authorizer
{{- end -}}

{{- define "slipway.baseDomain" -}}
{{ required "baseDomain is required: models answer at llm.<baseDomain>" .Values.baseDomain }}
{{- end -}}

{{- define "slipway.issuerUrl" -}}
{{ required "oidc.issuerUrl is required: the issuer of sign-in and of the tokens for the internal endpoint" .Values.oidc.issuerUrl }}
{{- end -}}

{{- define "slipway.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: slipway
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{/* Call with (dict "root" $ "component" "operator"). */}}
{{- define "slipway.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/name: slipway
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "slipway.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* An environment variable, left out when its value is empty. Call with (list NAME value). */}}
{{- define "slipway.env" -}}
{{- $value := toString (index . 1) -}}
{{- if $value -}}
- name: {{ index . 0 }}
  value: {{ $value | quote }}
{{- end -}}
{{- end -}}

{{- define "slipway.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "slipway.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
