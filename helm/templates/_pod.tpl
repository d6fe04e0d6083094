{{/*
Template of a pod. Takes a dict: root, process (its name), settings (a flow's, or such as those), command (a list), env (a list
of YAML), and where they apply restartPolicy, serviceAccount, and served, for a process that serves metrics and health.
*/}}
{{- define "ekspiper.pod" -}}
{{- $root := .root }}
{{- $values := .root.Values }}
{{- $settings := .settings -}}
metadata:
  labels: {{ include "ekspiper.podLabels" (list $root .process $settings) }}
  {{- with include "ekspiper.over" (list $values.podAnnotations $settings.podAnnotations) | fromJson }}
  annotations: {{ include "ekspiper.texts" . }}
  {{- end }}
spec:
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  {{- with .serviceAccount }}
  serviceAccountName: {{ . }}
  {{- end }}
  automountServiceAccountToken: false
  # Names of Services must not become settings.
  enableServiceLinks: false
  securityContext: {{ include "ekspiper.given" $values.podSecurityContext }}
  terminationGracePeriodSeconds: {{ add $values.shutdownGraceS 10 }}
  {{- with $values.imagePullSecrets }}
  imagePullSecrets: {{ toJson . }}
  {{- end }}
  {{- with include "ekspiper.priorityClass" (list $root $settings) }}
  priorityClassName: {{ . }}
  {{- end }}
  containers:
    - name: {{ .container | default "flow" }}
      image: {{ include "ekspiper.image" $root | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      command: {{ toJson .command }}
      {{- with $settings.args }}
      args:
        {{- range . }}
        - {{ include "ekspiper.text" . | quote }}
        {{- end }}
      {{- end }}
      env:
        {{- include "ekspiper.env" (list $root $settings .env) | trim | nindent 8 }}
      {{- if .served }}
      ports:
        - { name: metrics, containerPort: 9090 }
      {{- include "ekspiper.probes" (list $root $settings) | trim | nindent 6 }}
      {{- end }}
      resources: {{ include "ekspiper.resources" (list $root (include "ekspiper.setting" (list $root $settings "resources") | fromJson)) }}
      securityContext: {{ include "ekspiper.given" $values.securityContext }}
      {{- with include "ekspiper.mounts" . | fromYamlArray }}
      volumeMounts: {{ toJson . }}
      {{- end }}
  {{- with include "ekspiper.volumes" . | fromYamlArray }}
  volumes: {{ toJson . }}
  {{- end }}
  {{- with include "ekspiper.placement" (list $root .process $settings) | trim }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* Where the pods of a process run; takes (list root process-name settings). */}}
{{- define "ekspiper.placement" -}}
{{- $root := index . 0 }}
{{- $process := index . 1 }}
{{- $settings := index . 2 }}
{{- $of := dict }}
{{- range list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" }}
{{- $_ := set $of . (include "ekspiper.setting" (list $root $settings .) | printf "{\"it\":%s}" | fromJson).it }}
{{- end }}
{{- with $of.nodeSelector }}
nodeSelector: {{ include "ekspiper.texts" . }}
{{- end }}
{{- with $of.tolerations }}
tolerations: {{ include "ekspiper.scheduling" . }}
{{- end }}
{{- with $of.affinity }}
affinity: {{ include "ekspiper.scheduling" . }}
{{- end }}
{{- with $of.topologySpreadConstraints }}
{{- $constraints := list }}
{{- $selector := dict "matchLabels" (include "ekspiper.selector" (list $root $process) | fromYaml) }}
{{- range . }}
{{- $constraints = append $constraints (include "ekspiper.over" (list (dict "labelSelector" $selector) .) | fromJson) }}
{{- end }}
topologySpreadConstraints: {{ include "ekspiper.scheduling" $constraints }}
{{- end }}
{{- end }}

{{/* Probes; takes (list root settings). */}}
{{- define "ekspiper.probes" -}}
{{- $paths := dict "startup" "/livez" "liveness" "/livez" "readiness" "/readyz" }}
{{- $release := (index . 0).Values.probes | default dict }}
{{- $flows := (index . 1).probes | default dict }}
{{- range $probe := list "startup" "liveness" "readiness" }}
{{- $isOff := and (hasKey $flows $probe) (kindIs "invalid" (get $flows $probe)) }}
{{- with $isOff | ternary (dict) (include "ekspiper.over" (list (get $release $probe) (get $flows $probe)) | fromJson) }}
{{ $probe }}Probe:
  httpGet: { path: {{ get $paths $probe }}, port: metrics }
  {{- range $key, $value := . }}
  {{- if not (kindIs "invalid" $value) }}
  {{ $key }}: {{ int64 $value }}
  {{- end }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Files of secrets, and the user's volumes; both take what a pod takes. */}}
{{- define "ekspiper.mounts" -}}
{{- with .root.Values.kafka.secretFiles }}
- { name: kafka, mountPath: /etc/ekspiper/kafka, readOnly: true }
{{- end }}
{{- if include "ekspiper.kafka.files" .root }}
- { name: kafka-tls, mountPath: /etc/ekspiper/kafka-tls, readOnly: true }
{{- end }}
{{- if and .fluent (include "ekspiper.fluent.files" .root.Values.fluent) }}
- { name: fluent, mountPath: /etc/ekspiper/fluent, readOnly: true }
{{- end }}
{{- range concat (.root.Values.extraVolumeMounts | default list) (.settings.extraVolumeMounts | default list) }}
- {{ toJson . }}
{{- end }}
{{- end }}

{{- define "ekspiper.volumes" -}}
{{- with .root.Values.kafka.secretFiles }}
- name: kafka
  secret: { secretName: {{ . | quote }} }
{{- end }}
{{- with include "ekspiper.kafka.files" .root }}
- name: kafka-tls
  projected:
    sources:
      {{- . | nindent 6 }}
{{- end }}
{{- if .fluent }}
{{- with include "ekspiper.fluent.files" .root.Values.fluent }}
- name: fluent
  projected:
    sources:
      {{- . | nindent 6 }}
{{- end }}
{{- end }}
{{- range concat (.root.Values.extraVolumes | default list) (.settings.extraVolumes | default list) }}
- {{ toJson . }}
{{- end }}
{{- end }}
