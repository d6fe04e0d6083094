{{/*
Refuses what the schema can't: values that contradict what the chart derives from others. Takes (list root path settings), where
path is the place of settings in the values, such as flows.fluent-sink.
*/}}
{{- define "ekspiper.check" -}}
{{- $values := (index . 0).Values }}
{{- $path := index . 1 }}
{{- $settings := index . 2 }}
{{- $set := dict "NETWORK" "use the value network" "LANE" "use the value lane" "SHUTDOWN_GRACE_S" "use the value shutdownGraceS" "ADMIN_ADDRESS" "probes and metrics need it as it is" }}
{{- $keys := dict "FROM_LANE" "fromLane" "START" "start" "UNTIL" "until" }}
{{- $names := concat (keys ($settings.env | default dict)) (keys ($settings.secretEnv | default dict)) }}
{{- range concat ($values.extraEnv | default list) ($settings.extraEnv | default list) }}
{{- $names = append $names .name }}
{{- end }}
{{- range $name := $names }}
{{- with get $set $name }}{{ fail (printf "%s: the environment variable %s is set by the chart: %s" $path $name .) }}{{ end }}
{{- $key := get $keys $name }}
{{- if and $key (include "ekspiper.text" (get $settings $key)) }}
{{- fail (printf "%s: %s is given twice, as %s and in the environment" $path $name $key) }}
{{- end }}
{{- end }}
{{- range $values.extraEnv }}
{{- if has .name (list "START" "UNTIL") }}{{ fail (printf "extraEnv: %s is a flow's own, use flows.<flow>.%s" .name (lower .name)) }}{{ end }}
{{- end }}
{{- range $settings.args }}
{{- $flag := include "ekspiper.text" . | splitList "=" | first }}
{{- $name := $flag | trimPrefix "--" | upper | replace "-" "_" }}
{{- if hasPrefix "--" $flag }}
{{- with get $set $name }}{{ fail (printf "%s.args: %s is set by the chart: %s" $path $flag .) }}{{ end }}
{{- $key := get $keys $name }}
{{- if and $key (include "ekspiper.text" (get $settings $key)) }}
{{- fail (printf "%s: %s is given twice, as %s and in args" $path $flag $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $_ := $settings.env }}
{{- if hasKey ($settings.secretEnv | default dict) $name }}
{{- fail (printf "%s: env and secretEnv both have %s: give it once" $path $name) }}
{{- end }}
{{- end }}
{{- range ($settings.env | default dict).XRPL_URL | toString | splitList "," }}
{{- if regexMatch "^\\s*https?://" (lower .) }}
{{- fail (printf "%s.env.XRPL_URL: servers are asked by WebSocket: ws:// or wss://, not http:// or https://" $path) }}
{{- end }}
{{- end }}
{{- range concat ($values.extraVolumes | default list) ($settings.extraVolumes | default list) }}
{{- if has .name (list "kafka" "kafka-tls" "fluent") }}
{{- fail (printf "%s: extraVolumes: the volume %s is the chart's own, choose another name" $path .name) }}
{{- end }}
{{- end }}
{{- end }}

{{/* The same for `fill`; takes the root context. */}}
{{- define "ekspiper.check.fill" -}}
{{- with .Values.fill }}
{{- if not .range }}
{{- fail (printf "fill.range: %s needs a range of ledgers, such as 90000000-90001000" .command) }}
{{- end }}
{{- if ne (eq .command "replay") (not (empty .flow)) }}
{{- fail "fill.flow: replay needs the flow whose outputs it fills the lane with, and backfill takes none" }}
{{- end }}
{{- if eq (include "ekspiper.text" $.Values.lane) "live" }}
{{- fail "lane: the live lane can't be filled with past ledgers, choose another name" }}
{{- end }}
{{- end }}
{{- include "ekspiper.check" (list . "fill" .Values.fill) }}
{{- end }}
