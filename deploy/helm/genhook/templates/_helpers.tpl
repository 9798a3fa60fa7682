{{- define "genhook.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "genhook.labels" -}}
app.kubernetes.io/name: genhook
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* One process: a dict with root, component, args, resources, grace. */ -}}
{{- define "genhook.pod" -}}
metadata:
  labels:
    {{- include "genhook.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  terminationGracePeriodSeconds: {{ .grace }}
  enableServiceLinks: false
  securityContext: {runAsNonRoot: true, runAsUser: 10001, fsGroup: 10001, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: {{ .component }}
      image: {{ include "genhook.image" .root }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: {{ toJson .args }}
      envFrom:
        - secretRef: {name: {{ .root.Values.existingSecret }}}
      env:
        {{- range $name, $value := .root.Values.env }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      resources: {{ toJson .resources }}
      {{- if eq .component "web" }}
      ports: [{name: http, containerPort: 8000}]
      livenessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 10, failureThreshold: 6}
      readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 5}
      startupProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 5, failureThreshold: 60}
      {{- end }}
      volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, emptyDir: {}}]
{{- end }}
