{{/*
The longest name of an object. A Job's name is a label of its pods (63 characters), and KEDA labels what it makes with the name and
9 characters before it.
*/}}
{{- define "ekspiper.name.max" -}}54{{- end }}

{{/*
First part of all names, unique among the releases and aliases of a namespace: the release's name, and the chart's alias or
nameOverride where it has one. Takes the root context.
*/}}
{{- define "ekspiper.fullname" -}}
{{- $chart := .Values.nameOverride | default .Chart.Name }}
{{- $whole := .Values.fullnameOverride | default (eq $chart "ekspiper" | ternary .Release.Name (printf "%s-%s" .Release.Name $chart)) }}
{{- include "ekspiper.short" $whole }}
{{- end }}

{{/* A text as a valid name: itself, or where it is none or too long, shortened with a hash. */}}
{{- define "ekspiper.short" -}}
{{- $max := include "ekspiper.name.max" . | int }}
{{- $valid := . | lower | replace "_" "-" }}
{{- if and (eq . $valid) (le (len .) $max) }}
{{- . }}
{{- else }}
{{- printf "%s-%s" ($valid | trunc (sub $max 9 | int) | trimAll "-.") (sha256sum . | trunc 8) }}
{{- end }}
{{- end }}

{{/*
Name of an object: first part and suffix, shortened with a hash of the whole where it is too long. Takes (list root suffix), or
(list root suffix content) for a name that changes with the content.
*/}}
{{- define "ekspiper.name" -}}
{{- $first := include "ekspiper.fullname" (index . 0) }}
{{- $suffix := index . 1 }}
{{- $whole := printf "%s-%s" $first $suffix }}
{{- $max := include "ekspiper.name.max" . | int }}
{{- if and (le (len $whole) $max) (eq (len .) 2) }}
{{- $whole }}
{{- else }}
{{- $hashed := prepend (rest (rest .)) $whole | join "\n" }}
{{- $short := $first | trunc (sub $max (add 10 (len $suffix)) | int) | trimAll "-." }}
{{- printf "%s-%s-%s" $short $suffix ($hashed | sha256sum | trunc 8) }}
{{- end }}
{{- end }}

{{/* Labels of everything; takes the root context. */}}
{{- define "ekspiper.labels" -}}
app.kubernetes.io/part-of: ekspiper
app.kubernetes.io/instance: {{ include "ekspiper.fullname" . | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimAll "-._" | quote }}
ekspiper/network: {{ include "ekspiper.text" .Values.network | quote }}
ekspiper/lane: {{ include "ekspiper.text" .Values.lane | quote }}
{{- end }}

{{/* Labels that find the pods of a process; takes (list root process-name). */}}
{{- define "ekspiper.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ include "ekspiper.fullname" (index . 0) | quote }}
{{- end }}

{{/* Labels of the pods of a process, as JSON: the user's, and the chart's own over them; takes (list root process-name settings). */}}
{{- define "ekspiper.podLabels" -}}
{{- $root := index . 0 }}
{{- $users := include "ekspiper.over" (list $root.Values.podLabels (index . 2).podLabels) | fromJson }}
{{- $own := merge (include "ekspiper.selector" . | fromYaml) (include "ekspiper.labels" $root | fromYaml) }}
{{- range $label, $_ := $users }}
{{- if hasKey $own $label }}
{{- fail (printf "podLabels: %s is set by the chart" $label) }}
{{- end }}
{{- end }}
{{- merge (include "ekspiper.texts" $users | fromJson) $own | toJson }}
{{- end }}

{{- define "ekspiper.image" -}}
{{ .Values.image.repository }}:{{ include "ekspiper.text" .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "ekspiper.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "ekspiper.fullname" .) }}
{{- end }}
