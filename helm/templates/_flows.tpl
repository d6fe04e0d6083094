{{/* The flows that run, as JSON by name, each with its settings. None while a Job fills the lane. Takes the root context. */}}
{{- define "ekspiper.flows" -}}
{{- $flows := dict }}
{{- if not .Values.fill.command }}
{{- range $flow, $settings := .Values.flows }}
{{- $settings := $settings | default dict }}
{{- if ne (toString $settings.enabled) "false" }}
{{- $_ := set $flows $flow $settings }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $flows }}
{{- end }}

{{/* "true" for a flow that ends, by whatever way it was given its last ledger; takes its settings. */}}
{{- define "ekspiper.isBounded" -}}
{{- $names := concat (keys (.env | default dict)) (keys (.secretEnv | default dict)) }}
{{- range .extraEnv }}
{{- $names = append $names .name }}
{{- end }}
{{- $bounded := or (include "ekspiper.text" .until) (has "UNTIL" $names) }}
{{- range .args }}
{{- $bounded = or $bounded (eq (include "ekspiper.text" . | splitList "=" | first) "--until") }}
{{- end }}
{{- if $bounded }}true{{ end }}
{{- end }}

{{/* What scales a flow, as JSON: the release's settings with the flow's over them; empty where nothing does. Takes (list root settings). */}}
{{- define "ekspiper.autoscaling" -}}
{{- $values := (index . 0).Values }}
{{- $settings := index . 1 }}
{{- $scaling := include "ekspiper.over" (list $values.autoscaling $settings.autoscaling) | fromJson }}
{{- if and $scaling.enabled (not (include "ekspiper.isBounded" $settings)) }}
{{- toJson $scaling }}
{{- end }}
{{- end }}

{{/* A setting of a flow, or else the release's, as JSON; takes (list root settings key). */}}
{{- define "ekspiper.setting" -}}
{{- $settings := index . 1 }}
{{- $key := index . 2 }}
{{- hasKey $settings $key | ternary (get $settings $key) (get (index . 0).Values $key) | toJson }}
{{- end }}

{{/*
The priority class: the flow's own; on a lane beside the live one `lanes.priorityClassName`; the release's. Takes (list root
settings).
*/}}
{{- define "ekspiper.priorityClass" -}}
{{- $values := (index . 0).Values }}
{{- $settings := index . 1 }}
{{- $ofLane := eq (include "ekspiper.text" $values.lane) "live" | ternary "" $values.lanes.priorityClassName }}
{{- $ofRelease := coalesce $ofLane $values.priorityClassName | default "" }}
{{- hasKey $settings "priorityClassName" | ternary $settings.priorityClassName $ofRelease | default "" }}
{{- end }}

{{/* Template of a flow's pod; takes (list root flow-name settings restart-policy). */}}
{{- define "ekspiper.flow.pod" -}}
{{- $root := index . 0 }}
{{- $flow := index . 1 }}
{{- $settings := index . 2 }}
{{- include "ekspiper.check" (list $root (printf "flows.%s" $flow) $settings) }}
{{- $isSink := eq $flow "fluent-sink" }}
{{- $env := list (include "ekspiper.env.all" $root) (include "ekspiper.env.flow" (list $root $settings)) (include "ekspiper.env.ledgers" $root) }}
{{- if $isSink }}
{{- $env = append $env (include "ekspiper.fluent.env" $root.Values.fluent) }}
{{- end }}
{{- $pod := dict "root" $root "process" $flow "settings" $settings "command" (list $flow) "env" $env "fluent" $isSink }}
{{- $_ := set $pod "restartPolicy" (index . 3) }}
{{- include "ekspiper.pod" (merge $pod (dict "served" true "serviceAccount" (include "ekspiper.serviceAccount" $root))) }}
{{- end }}

{{/*
Spec of a Job that runs until its pods have succeeded. Each has to: one that fails is replaced, though others have succeeded. Takes
(list root replicas template).
*/}}
{{- define "ekspiper.job" -}}
{{- $jobs := (index . 0).Values.jobs }}
{{- $replicas := kindIs "invalid" (index . 1) | ternary 1 (index . 1) | int64 -}}
{{- if not $replicas }}
suspend: true
{{- end }}
parallelism: {{ max $replicas 1 }}
completions: {{ max $replicas 1 }}
backoffLimit: {{ int64 $jobs.backoffLimit }}
{{- if not (kindIs "invalid" $jobs.ttlSecondsAfterFinished) }}
ttlSecondsAfterFinished: {{ int64 $jobs.ttlSecondsAfterFinished }}
{{- end }}
podFailurePolicy:
  rules:
    # A drained or preempted pod says nothing about the flow.
    - action: Ignore
      onPodConditions: [{ type: DisruptionTarget, status: "True" }]
    # Settings that the command line refuses stay as they are.
    - action: FailJob
      onExitCodes: { containerName: flow, operator: In, values: [2] }
      # Kubernetes before 1.27 wants it in each rule.
      onPodConditions: []
template:
  {{- index . 2 | trim | nindent 2 }}
{{- end }}
