{{/* The two templates that Karmada's chart takes from it: an image's name, and the Secrets to pull it with. */}}
{{- define "common.images.image" -}}
{{- $registry := default .imageRoot.registry (default dict .global).imageRegistry -}}
{{- printf "%s/%s:%s" $registry .imageRoot.repository (toString .imageRoot.tag) -}}
{{- end -}}

{{- define "common.images.pullSecrets" -}}
{{- $names := default list (default dict .global).imagePullSecrets -}}
{{- range .images -}}
{{- $names = concat $names (default list .pullSecrets) -}}
{{- end -}}
{{- if $names }}
imagePullSecrets:
{{- range uniq $names }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end -}}
