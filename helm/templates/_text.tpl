{{/* A scalar as text. Numbers of a values file are floats: 90000000 would become 9e+07. */}}
{{- define "ekspiper.text" -}}
{{- if kindIs "invalid" . }}
{{- else if kindIs "float64" . }}
{{- if eq . (floor .) }}{{ printf "%.0f" . }}{{ else }}{{ toJson . }}{{ end }}
{{- else }}
{{- toString . }}
{{- end }}
{{- end }}

{{/* A map of scalars as JSON with texts for values, without what is null: annotations, labels, nodeSelector. */}}
{{- define "ekspiper.texts" -}}
{{- $texts := dict }}
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{- $_ := set $texts $key (include "ekspiper.text" $value) }}
{{- end }}
{{- end }}
{{- toJson $texts }}
{{- end }}

{{/* An object as JSON without the fields that are null. */}}
{{- define "ekspiper.given" -}}
{{- $given := dict }}
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{- $_ := set $given $key $value }}
{{- end }}
{{- end }}
{{- toJson $given }}
{{- end }}

{{/* A map with the keys of another over it, `false`, 0 and null as well, as JSON; takes (list map over). */}}
{{- define "ekspiper.over" -}}
{{- $both := dict }}
{{- range . }}
{{- if kindIs "map" . }}
{{- range $key, $value := . }}
{{- $_ := set $both $key $value }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $both }}
{{- end }}

{{/* Affinity, tolerations and spread constraints as JSON: everything in them is text, but for four integers. */}}
{{- define "ekspiper.scheduling" -}}
{{- $parts := list }}
{{- if kindIs "map" . }}
{{- range $key, $value := . }}
{{- if kindIs "invalid" $value }}
{{- else if has $key (list "weight" "tolerationSeconds" "maxSkew" "minDomains") }}
{{- $parts = append $parts (printf "%s:%s" (toJson $key) (include "ekspiper.text" $value)) }}
{{- else }}
{{- $parts = append $parts (printf "%s:%s" (toJson $key) (include "ekspiper.scheduling" $value)) }}
{{- end }}
{{- end }}
{{- printf "{%s}" (join "," $parts) }}
{{- else if kindIs "slice" . }}
{{- range . }}
{{- $parts = append $parts (include "ekspiper.scheduling" .) }}
{{- end }}
{{- printf "[%s]" (join "," $parts) }}
{{- else }}
{{- include "ekspiper.text" . | toJson }}
{{- end }}
{{- end }}

{{/*
Resources as JSON, quantities as texts. On a lane beside the live one `lanes.cpuRequest` is the CPU request, and with it the share
of a busy node's CPU. Takes (list root resources).
*/}}
{{- define "ekspiper.resources" -}}
{{- $values := (index . 0).Values }}
{{- $resources := include "ekspiper.given" (index . 1) | fromJson }}
{{- range $kind := list "requests" "limits" }}
{{- if hasKey $resources $kind }}
{{- $_ := set $resources $kind (include "ekspiper.texts" (get $resources $kind) | fromJson) }}
{{- end }}
{{- end }}
{{- $share := include "ekspiper.text" $values.lanes.cpuRequest }}
{{- if and $share (ne (include "ekspiper.text" $values.lane) "live") }}
{{- $_ := set $resources "requests" (set ($resources.requests | default dict) "cpu" $share) }}
{{- end }}
{{- toJson $resources }}
{{- end }}
