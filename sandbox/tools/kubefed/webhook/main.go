// kubefed's admission webhook, as its own command runs it, on one address.
//
// The command of the module listens on every interface (webhooks, and metrics on port 8080) and has no setting for
// either. This one serves the module's own handlers on --bind-address alone, and no metrics.
package main

import (
	"flag"
	"net/http"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/manager/signals"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"sigs.k8s.io/kubefed/pkg/controller/webhook/federatedtypeconfig"
	"sigs.k8s.io/kubefed/pkg/controller/webhook/kubefedcluster"
	"sigs.k8s.io/kubefed/pkg/controller/webhook/kubefedconfig"
)

func main() {
	klog.InitFlags(nil)
	kubeconfig := flag.String("kubeconfig", "", "Path to a kubeconfig; inside a cluster none is needed.")
	address := flag.String("bind-address", "127.0.0.1", "The address on which to serve HTTPS.")
	port := flag.Int("secure-port", 8443, "The port on which to serve HTTPS.")
	certificates := flag.String("cert-dir", "", "The folder with tls.crt and tls.key.")
	flag.Parse()
	if err := serve(*kubeconfig, *address, *port, *certificates); err != nil {
		klog.Fatal(err)
	}
}

func serve(kubeconfig, address string, port int, certificates string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	mgr, err := manager.New(config, manager.Options{
		Host:               address,
		Port:               port,
		CertDir:            certificates,
		MetricsBindAddress: "0",
	})
	if err != nil {
		return err
	}
	server := mgr.GetWebhookServer()
	for path, handler := range map[string]admission.Handler{
		"/validate-federatedtypeconfigs": &federatedtypeconfig.FederatedTypeConfigAdmissionHook{},
		"/validate-kubefedcluster":       &kubefedcluster.KubeFedClusterAdmissionHook{},
		"/validate-kubefedconfig":        &kubefedconfig.KubeFedConfigValidator{},
		"/default-kubefedconfig":         &kubefedconfig.KubeFedConfigDefaulter{},
	} {
		server.Register(path, &webhook.Admission{Handler: handler})
	}
	server.WebhookMux.Handle("/readyz/", http.StripPrefix("/readyz/", &healthz.Handler{}))
	return mgr.Start(signals.SetupSignalHandler())
}
