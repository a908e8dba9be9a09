module tools/prometheus

go 1.26.0

require github.com/prometheus-operator/prometheus-operator v0.45.0
