package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/kubectl-opa/kubectl-opa/pkg/engine/conformance"
)

// denied begins what the API server says when Gatekeeper's webhook denies.
const denied = `admission webhook "validation.gatekeeper.sh" denied the request: `

// warnings keeps what the API server warns of.
type warnings struct {
	mu    sync.Mutex
	texts []string
}

func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
}

// ask sends the request of a review as a dry run. An object that is there already shows that the request was admitted: the
// API server asks its webhooks first.
func (g *reviewed) ask(ctx context.Context, r conformance.Review) (conformance.Outcome, error) {
	warned := &warnings{}
	config := rest.CopyConfig(g.config)
	config.WarningHandler = warned
	if r.User != "" {
		config.Impersonate = rest.ImpersonationConfig{UserName: r.User, Groups: []string{"system:masters"}}
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return conformance.Outcome{}, err
	}
	err = g.send(ctx, client, r)
	outcome := conformance.Outcome{}
	switch {
	case err == nil || apierrors.IsAlreadyExists(err):
	case strings.HasPrefix(err.Error(), denied):
		outcome.Violations = spoken(strings.TrimPrefix(err.Error(), denied), "deny")
	default:
		outcome.Error = err.Error()
	}
	for _, text := range warned.texts {
		outcome.Violations = append(outcome.Violations, spoken(text, "warn")...)
	}
	outcome.Violations = together(outcome.Violations)
	return outcome, nil
}

func (g *reviewed) send(ctx context.Context, client dynamic.Interface, r conformance.Review) error {
	object := (&unstructured.Unstructured{Object: r.Object}).DeepCopy()
	if r.Operation == conformance.Delete {
		object = (&unstructured.Unstructured{Object: r.OldObject}).DeepCopy()
	}
	resource, err := g.resource(client, object)
	if err != nil {
		return err
	}
	dryRun := []string{metav1.DryRunAll}
	switch r.Operation {
	case conformance.Delete:
		return resource.Delete(ctx, object.GetName(), metav1.DeleteOptions{DryRun: dryRun})
	case conformance.Update:
		_, err = resource.Update(ctx, object, metav1.UpdateOptions{DryRun: dryRun})
		return err
	}
	_, err = resource.Create(ctx, object, metav1.CreateOptions{DryRun: dryRun})
	return err
}

// speaker is the constraint that a line of the webhook begins with.
var speaker = regexp.MustCompile(`(?m)^\[([-a-z0-9.]+)\] `)

// spoken reads what the webhook said: each constraint begins a line, and a message may have several.
func spoken(text, action string) []conformance.Violation {
	violations := []conformance.Violation{}
	places := speaker.FindAllStringSubmatchIndex(text, -1)
	for i, place := range places {
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0] - 1
		}
		message := text[place[1]:end]
		violations = append(violations, conformance.Violation{
			Constraint: text[place[2]:place[3]], Message: message, Actions: []string{action},
			Autoreject: conformance.Autorejected(message),
		})
	}
	return violations
}

// together makes one violation of those that differ in what is done only.
func together(violations []conformance.Violation) []conformance.Violation {
	all := []conformance.Violation{}
	for _, v := range violations {
		i := slices.IndexFunc(all, func(other conformance.Violation) bool {
			return other.Constraint == v.Constraint && other.Message == v.Message && !slices.Equal(other.Actions, v.Actions)
		})
		if i < 0 {
			all = append(all, v)
		} else {
			all[i].Actions = append(all[i].Actions, v.Actions...)
		}
	}
	return all
}

// audited reads what the audit found of an object.
func (g *reviewed) audited(c conformance.Case, r conformance.Review) (conformance.Outcome, error) {
	outcome, object := conformance.Outcome{}, unstructured.Unstructured{Object: r.Object}
	for _, written := range c.Constraints {
		name := (&unstructured.Unstructured{Object: written}).GetName()
		constraint := g.constraints[fmt.Sprint(written["kind"])+"/"+name]
		if constraint == nil {
			return outcome, fmt.Errorf("constraint %s was not audited", name)
		}
		entries, _, err := unstructured.NestedSlice(constraint.Object, "status", "violations")
		if err != nil {
			return outcome, err
		}
		if total, _, _ := unstructured.NestedInt64(constraint.Object, "status", "totalViolations"); total != int64(len(entries)) {
			return outcome, fmt.Errorf("constraint %s has %d violations and shows %d", name, total, len(entries))
		}
		for _, entry := range entries {
			found, _ := entry.(map[string]any)
			if found["kind"] != object.GetKind() || found["name"] != object.GetName() || fmt.Sprint(found["namespace"]) != orNil(object.GetNamespace()) {
				continue
			}
			outcome.Violations = append(outcome.Violations, auditViolation(name, found))
		}
	}
	return outcome, nil
}

// orNil is a namespace as an entry shows it that may lack it.
func orNil(namespace string) string {
	if namespace == "" {
		return fmt.Sprint(nil)
	}
	return namespace
}

func auditViolation(constraint string, found map[string]any) conformance.Violation {
	message, _ := found["message"].(string)
	action, _ := found["enforcementAction"].(string)
	actions := []string{action}
	if action == "scoped" {
		actions, _, _ = unstructured.NestedStringSlice(found, "enforcementActions")
	}
	return conformance.Violation{
		Constraint: constraint, Message: message, Actions: actions, Autoreject: conformance.Autorejected(message),
	}
}
