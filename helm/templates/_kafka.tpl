{{/* KAFKA_CONFIG, and before it the variables that it refers to; takes the root context. */}}
{{- define "ekspiper.kafka.env" -}}
{{- $kafka := .Values.kafka }}
{{- $lines := list }}
{{- range $setting, $value := $kafka.config }}
{{- if hasKey ($kafka.secretConfig | default dict) $setting }}
{{- fail (printf "kafka.config and kafka.secretConfig both have %s: give it once" $setting) }}
{{- end }}
{{- $lines = append $lines (printf "%s=%s" $setting (include "ekspiper.text" $value | replace "$(" "$$(")) }}
{{- end }}
{{- range $setting, $secret := $kafka.secretConfig }}
{{- $variable := printf "KAFKA_SECRET_%s" ($setting | upper | replace "." "_") }}
{{- $lines = append $lines (printf "%s=$(%s)" $setting $variable) }}
- name: {{ $variable }}
  valueFrom: { secretKeyRef: {{ $secret | toJson }} }
{{- end }}
{{- $given := merge (dict) ($kafka.config | default dict) ($kafka.secretConfig | default dict) }}
{{- range $setting, $value := include "ekspiper.kafka.tls" . | fromYaml }}
{{- if not (hasKey $given $setting) }}
{{- $lines = append $lines (printf "%s=%s" $setting $value) }}
{{- end }}
{{- end }}
{{- with $lines }}
- { name: KAFKA_CONFIG, value: {{ join "\n" . | quote }} }
{{- end }}
{{- end }}

{{/* The settings of librdkafka that `kafka.tls` stands for, where `kafka.config` has none of their name; takes the root context. */}}
{{- define "ekspiper.kafka.tls" -}}
{{- $kafka := .Values.kafka }}
{{- if ne (empty $kafka.tls.certificate) (empty $kafka.tls.key) }}
{{- fail "kafka.tls: a client certificate has a certificate and a key, and only one of them is given" }}
{{- end }}
{{- if or $kafka.tls.ca $kafka.tls.certificate }}
{{- $keys := concat (keys ($kafka.config | default dict)) (keys ($kafka.secretConfig | default dict)) | join " " }}
security.protocol: {{ contains "sasl." $keys | ternary "SASL_SSL" "SSL" }}
{{- end }}
{{- if $kafka.tls.ca }}
ssl.ca.location: /etc/ekspiper/kafka-tls/ca.crt
{{- end }}
{{- if $kafka.tls.certificate }}
ssl.certificate.location: /etc/ekspiper/kafka-tls/tls.crt
ssl.key.location: /etc/ekspiper/kafka-tls/tls.key
{{- end }}
{{- end }}

{{/* The secrets behind those files; takes the root context. */}}
{{- define "ekspiper.kafka.files" -}}
{{- with .Values.kafka.tls }}
{{- with .ca }}
- secret: { name: {{ .name | quote }}, items: [{ key: {{ .key | quote }}, path: ca.crt }] }
{{- end }}
{{- with .certificate }}
- secret: { name: {{ .name | quote }}, items: [{ key: {{ .key | quote }}, path: tls.crt }] }
{{- end }}
{{- with .key }}
- secret: { name: {{ .name | quote }}, items: [{ key: {{ .key | quote }}, path: tls.key }] }
{{- end }}
{{- end }}
{{- end }}
