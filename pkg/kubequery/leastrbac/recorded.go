package leastrbac

import (
	"fmt"
	"strings"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
	"github.com/kubectl-opa/kubectl-opa/pkg/kubequery"
	"github.com/kubectl-opa/kubectl-opa/pkg/manifest"
	"github.com/kubectl-opa/kubectl-opa/pkg/redact"
)

// Recording is what one recorded run asked.
type Recording struct {
	// File is where it was read.
	File     string
	Requests []kubequery.Request
}

// Recorded are the rules that recorded runs needed, and nothing else. The error
// says that a recording lacks a name.
func Recorded(recordings []Recording) (Rules, error) {
	rules := []Rule{}
	for _, recording := range recordings {
		for _, request := range recording.Requests {
			rule := ruleOf(request, recording.File)
			if err := rule.checkRedacted(recording.File); err != nil {
				return nil, err
			}
			rules = append(rules, rule)
		}
	}
	return NewRules(rules...), nil
}

// ruleOf is the rule that one request needs.
func ruleOf(request kubequery.Request, file string) Rule {
	rule := Rule{
		Verb: List, Resource: request.Resource, Namespace: request.Namespace, Name: request.Name,
		At: positions(manifest.Position{File: file}), Recorded: true,
	}
	if request.Name != "" {
		rule.Verb = Get
	}
	return rule
}

// checkRedacted refuses a rule about a name that is not there.
func (r Rule) checkRedacted(file string) error {
	if !strings.Contains(r.Name+r.Namespace, redact.Mark) {
		return nil
	}
	return advice.Wrap(fmt.Errorf("reading the recording %s: %s was asked, with the value of a Secret that was left out", file, r),
		"record again with --record-secrets")
}

// recorded are the rules that a call needs whose resource the code cannot tell:
// those of the recorded requests that it can have sent, but for what the code's
// own rules cover. It is nil where there is no such request. Where the code does
// not tell name or namespace, they are any, as the next input may name others;
// but for Secrets, of which nobody gets more than was asked for.
func (c Call) recorded(recordings []Recording, code Rules) ([]Rule, error) {
	var rules []Rule
	for _, recording := range recordings {
		for _, request := range recording.Requests {
			rule := ruleOf(request, recording.File)
			if !c.sends(rule) {
				continue
			}
			if rules == nil {
				rules = []Rule{}
			}
			if code.Cover(rule) {
				continue
			}
			rule = c.widened(rule)
			if err := rule.checkRedacted(recording.File); err != nil {
				return nil, err
			}
			rules = append(rules, rule)
		}
	}
	return rules, nil
}

// sends tells whether a call can be what needed a rule.
func (c Call) sends(rule Rule) bool {
	return c.verb() == rule.Verb && c.Name.can(rule.Name) && (!rule.Resource.Namespaced || c.Namespace.can(rule.Namespace))
}

// widened is a recorded rule for all that the call can ask.
func (c Call) widened(rule Rule) Rule {
	rule.At = append(positions(c.At), rule.At...)
	if redact.IsSecret(rule.Resource) {
		return rule
	}
	if !c.Name.Known {
		rule.Name = ""
	}
	if !c.Namespace.Known {
		rule.Namespace = ""
	}
	return rule
}

func positions(position manifest.Position) []manifest.Position { return []manifest.Position{position} }
