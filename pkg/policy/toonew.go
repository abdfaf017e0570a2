package policy

import (
	"encoding/json"

	kubermaticv1 "github.com/kubectl-opa/kubectl-opa/pkg/api/kubermatic/v1"
)

// TooNew says what of a template the Gatekeeper that KKP brings, 3.12, does
// not know: it takes the template and enforces nothing.
func TooNew(template *kubermaticv1.ConstraintTemplate) []Note {
	notes := []Note{}
	for t, target := range template.Spec.Targets {
		for c, code := range target.Code {
			path := []any{"spec", "targets", t, "code", c}
			source := RegoSource{}
			switch {
			case code.Engine == EngineCEL && len(target.Code) == 1:
				notes = append(notes, Note{append(path, "engine"),
					"Gatekeeper knows this engine from 3.13 on, and KKP brings 3.12: nothing is enforced there"})
			case code.Engine == EngineRego && json.Unmarshal(code.Source.Raw, &source) == nil && source.Version == "v1":
				notes = append(notes, Note{append(path, "source", "version"),
					"Gatekeeper knows Rego v1 from 3.19 on, and KKP brings 3.12: write the policy without if and contains for it"})
			}
		}
	}
	return notes
}
