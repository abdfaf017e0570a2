package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/controlplane"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/fill"
	"github.com/kubectl-opa/kubectl-opa/hack/bench/internal/pods"
)

// defaultPods is how many Pods the figures of the documentation are for.
const defaultPods = 20000

// fillStep is after how many Pods one hears of it.
const fillStep = 5000

var errNegative = errors.New("--pods must not be negative")

func (b bench) serve(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	count := flags.Int("pods", defaultPods, "")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *count < 0 {
		return fmt.Errorf("parsing arguments: %w: %w", errNegative, errUsage)
	}
	plane, err := controlplane.Start(ctx, b.root, b.errs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()
	if err := b.fill(ctx, plane.Kubeconfig, *count); err != nil {
		return err
	}
	fmt.Fprintf(b.out, "export KUBECONFIG=%s\n", plane.Kubeconfig)
	<-ctx.Done()
	return nil
}

// restConfig reads a kubeconfig, for a client that nothing slows down.
func restConfig(kubeconfig string) (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading kubeconfig %s: %w", kubeconfig, err)
	}
	config.ContentType = runtime.ContentTypeProtobuf
	config.QPS = -1
	return config, nil
}

// fill makes Pods and says how long it took.
func (b bench) fill(ctx context.Context, kubeconfig string, count int) (err error) {
	config, err := restConfig(kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	store, err := fill.Open(kubeconfig)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	began := time.Now()
	filler := fill.Filler{Set: pods.Company, Client: client, Store: store, Tell: func(made int) {
		if made%fillStep == 0 {
			b.say("%d pods made after %.0fs", made, time.Since(began).Seconds())
		}
	}}
	if err := filler.Fill(ctx, count); err != nil {
		return err
	}
	if err := checkServed(ctx, client, count); err != nil {
		return err
	}
	b.say("there are %d pods after %.0fs", count, time.Since(began).Seconds())
	return nil
}

// checkServed wants the API server to list what is in its store.
func checkServed(ctx context.Context, client kubernetes.Interface, count int) error {
	page, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return fmt.Errorf("counting the pods that are served: %w", err)
	}
	served := int64(len(page.Items))
	if page.RemainingItemCount != nil {
		served += *page.RemainingItemCount
	}
	if served != int64(count) {
		return fmt.Errorf("counting the pods that are served: want %d, found %d", count, served)
	}
	return nil
}
