{{/* Receivers of fluent-sink, TLS and credentials; takes `fluent` of the values. The flow refuses combinations that can't be. */}}
{{- define "ekspiper.fluent.env" -}}
- { name: FLUENT_ADDRESS, value: {{ join "," .receivers | quote }} }
- { name: FLUENT_MODE, value: {{ .mode | quote }} }
- { name: FLUENT_ACK_TIMEOUT_S, value: {{ include "ekspiper.text" .ackTimeoutS | quote }} }
{{- with .tag }}
- { name: FLUENT_TAG, value: {{ . | quote }} }
{{- end }}
{{- if .tls.enabled }}
- { name: FLUENT_TLS, value: "true" }
{{- end }}
{{- if .tls.ca }}
- { name: FLUENT_CA_FILE, value: /etc/ekspiper/fluent/ca.crt }
{{- end }}
{{- if .tls.clientSecret }}
- { name: FLUENT_CLIENT_CERT_FILE, value: /etc/ekspiper/fluent/tls.crt }
- { name: FLUENT_CLIENT_KEY_FILE, value: /etc/ekspiper/fluent/tls.key }
{{- end }}
{{- with .tls.serverName }}
- { name: FLUENT_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- if .sharedKey }}
- { name: FLUENT_SHARED_KEY_FILE, value: /etc/ekspiper/fluent/shared-key }
{{- end }}
{{- with include "ekspiper.text" .user }}
- { name: FLUENT_USER, value: {{ . | quote }} }
{{- end }}
{{- if .password }}
- { name: FLUENT_PASSWORD_FILE, value: /etc/ekspiper/fluent/password }
{{- end }}
{{- end }}

{{/* The secrets behind those files; takes `fluent` of the values. */}}
{{- define "ekspiper.fluent.files" -}}
{{- with .tls.ca }}
- secret: { name: {{ .name | quote }}, items: [{ key: {{ .key | quote }}, path: ca.crt }] }
{{- end }}
{{- with .tls.clientSecret }}
- secret: { name: {{ . | quote }}, items: [{ key: tls.crt, path: tls.crt }, { key: tls.key, path: tls.key }] }
{{- end }}
{{- with .sharedKey }}
- secret: { name: {{ .name | quote }}, items: [{ key: {{ .key | quote }}, path: shared-key }] }
{{- end }}
{{- with .password }}
- secret: { name: {{ .name | quote }}, items: [{ key: {{ .key | quote }}, path: password }] }
{{- end }}
{{- end }}
