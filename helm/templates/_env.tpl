{{/* Environment of every process; takes the root context. */}}
{{- define "ekspiper.env.all" -}}
- { name: NETWORK, value: {{ include "ekspiper.text" .Values.network | quote }} }
- { name: LANE, value: {{ include "ekspiper.text" .Values.lane | quote }} }
- { name: LOG_FORMAT, value: {{ .Values.logFormat | quote }} }
- { name: KAFKA_BROKERS, value: {{ .Values.kafka.brokers | quote }} }
{{- include "ekspiper.kafka.env" . }}
{{- end }}

{{/* Environment of what processes ledgers, a flow or a lane's Job; takes the root context. */}}
{{- define "ekspiper.env.ledgers" -}}
- { name: REJECTS_MAX, value: {{ .Values.rejectsMax | quote }} }
- { name: ADMIN_ADDRESS, value: "0.0.0.0:9090" }
- { name: XRPL_URL, value: {{ join "," .Values.xrplUrls | quote }} }
{{- end }}

{{/* Environment of a flow; takes (list root settings). */}}
{{- define "ekspiper.env.flow" -}}
{{- $settings := index . 1 }}
- { name: SHUTDOWN_GRACE_S, value: {{ include "ekspiper.text" (index . 0).Values.shutdownGraceS | quote }} }
{{- with include "ekspiper.text" $settings.fromLane }}
- { name: FROM_LANE, value: {{ . | quote }} }
{{- end }}
{{- with include "ekspiper.text" $settings.start }}
- { name: START, value: {{ . | quote }} }
{{- end }}
{{- with include "ekspiper.text" $settings.until }}
- { name: UNTIL, value: {{ . | quote }} }
{{- end }}
{{- end }}

{{/* What a user adds to a process, by name: `env` and `secretEnv`; takes its settings. */}}
{{- define "ekspiper.env.given" -}}
{{- range $name, $value := .env }}
- { name: {{ $name }}, value: {{ include "ekspiper.text" $value | quote }} }
{{- end }}
{{- range $name, $secret := .secretEnv }}
- name: {{ $name }}
  valueFrom: { secretKeyRef: {{ $secret | toJson }} }
{{- end }}
{{- end }}

{{/* `extraEnv` with texts for values; takes the list. */}}
{{- define "ekspiper.env.extra" -}}
{{- range . }}
{{- if hasKey . "value" }}
- { name: {{ .name }}, value: {{ include "ekspiper.text" .value | quote }} }
{{- else }}
- {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}

{{/*
The environment, each variable once: a later entry replaces an earlier one of its name, in the earlier one's place, since a value
can refer only to variables before it. Takes (list root settings entries), with entries a list of YAML.
*/}}
{{- define "ekspiper.env" -}}
{{- $root := index . 0 }}
{{- $settings := index . 1 }}
{{- $extra := concat ($root.Values.extraEnv | default list) ($settings.extraEnv | default list) }}
{{- $lists := append (index . 2) (include "ekspiper.env.extra" $extra) }}
{{- $lists = append $lists (include "ekspiper.env.given" $settings) }}
{{- $entries := list }}
{{- range $lists }}
{{- $entries = concat $entries (. | fromYamlArray) }}
{{- end }}
{{- $last := dict }}
{{- range $entries }}
{{- $_ := set $last .name . }}
{{- end }}
{{- $seen := dict }}
{{- range $entries }}
{{- if not (hasKey $seen .name) }}
- {{ get $last .name | toJson }}
{{- $_ := set $seen .name true }}
{{- end }}
{{- end }}
{{- end }}
