{{/* Labels of everything; takes the root context. */}}
{{- define "ekspiper.labels" -}}
app.kubernetes.io/part-of: ekspiper
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
ekspiper/network: {{ .Values.network | quote }}
ekspiper/lane: {{ .Values.lane | quote }}
{{- end }}

{{/* Labels that find a flow's pods; takes (list root flow-name). */}}
{{- define "ekspiper.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name | quote }}
{{- end }}

{{- define "ekspiper.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "ekspiper.serviceAccount" -}}
{{ .Values.serviceAccount.name | default .Release.Name }}
{{- end }}

{{/* What every process is told; takes the root context. */}}
{{- define "ekspiper.env" -}}
- { name: NETWORK, value: {{ .Values.network | quote }} }
- { name: LANE, value: {{ .Values.lane | quote }} }
- { name: LOG_FORMAT, value: {{ .Values.logFormat | quote }} }
- { name: KAFKA_BROKERS, value: {{ .Values.kafka.brokers | quote }} }
{{- $lines := list }}
{{- range $setting, $value := .Values.kafka.config }}
{{- $lines = append $lines (printf "%s=%v" $setting $value) }}
{{- end }}
{{- range $setting, $secret := .Values.kafka.secretConfig }}
{{- $variable := printf "KAFKA_SECRET_%s" ($setting | upper | replace "." "_") }}
{{- $lines = append $lines (printf "%s=$(%s)" $setting $variable) }}
- name: {{ $variable }}
  valueFrom: { secretKeyRef: {{ $secret | toJson }} }
{{- end }}
{{- with $lines }}
- { name: KAFKA_CONFIG, value: {{ join "\n" . | quote }} }
{{- end }}
{{- end }}

{{/* A pod that may do nothing but compute and connect. */}}
{{- define "ekspiper.podSecurity" -}}
automountServiceAccountToken: false
# A Service's name must not become a setting of ours.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "ekspiper.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* Files from secrets; both take (list root process-name). */}}
{{- define "ekspiper.mounts" -}}
{{- $fluent := include "ekspiper.fluent.files" . }}
{{- $kafka := (index . 0).Values.kafka.secretFiles }}
{{- if or $kafka $fluent -}}
volumeMounts:
  {{- if $kafka }}
  - { name: kafka, mountPath: /etc/ekspiper/kafka, readOnly: true }
  {{- end }}
  {{- if $fluent }}
  - { name: fluent, mountPath: /etc/ekspiper/fluent, readOnly: true }
  {{- end }}
{{- end }}
{{- end }}

{{- define "ekspiper.volumes" -}}
{{- $fluent := include "ekspiper.fluent.files" . }}
{{- $kafka := (index . 0).Values.kafka.secretFiles }}
{{- if or $kafka $fluent -}}
volumes:
  {{- with $kafka }}
  - name: kafka
    secret: { secretName: {{ . | quote }} }
  {{- end }}
  {{- with $fluent }}
  - name: fluent
    projected:
      sources:
        {{- . | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}
