package cassette

import (
	"errors"

	strictjson "sigs.k8s.io/json"

	"github.com/kubectl-opa/kubectl-opa/pkg/advice"
)

// readAll reads an array whose entries differ in what they are about.
func readAll[T any](array node, read func(node) (entry T, about any, err error)) ([]T, error) {
	if !array.is('[') {
		return nil, array.errorf("want an array, found %s", array.brief())
	}
	all := []T{}
	seen := map[any]bool{}
	for _, element := range array.elements() {
		entry, about, err := read(element)
		if err != nil {
			return nil, err
		}
		if seen[about] {
			return nil, element.errorf("%v is there twice", about)
		}
		seen[about] = true
		all = append(all, entry)
	}
	return all, nil
}

func readWord(n node) (one word, about any, err error) {
	if err := n.decode(&one); err != nil {
		return word{}, nil, err
	}
	meanings := 0
	for _, is := range []bool{one.Resource != nil, one.Unknown != nil, one.Ambiguous != nil} {
		if is {
			meanings++
		}
	}
	if meanings != 1 {
		return word{}, nil, n.errorf("want one of resource, unknown and ambiguous, found %d", meanings)
	}
	if one.Resource != nil && (one.Resource.Version == "" || one.Resource.Name == "") {
		return word{}, nil, n.errorf("a resource has a version and a name")
	}
	return one, advice.Quote(one.Word), nil
}

// readAnswer reads all but the body as Go values, and leaves the body where it
// is.
func readAnswer(n node) (one answer, about any, err error) {
	if !n.is('{') {
		return answer{}, nil, n.errorf("want an object, found %s", n.brief())
	}
	members := n.members()
	strict, err := strictjson.UnmarshalStrict(n.with(members, "body"), &one)
	if err := errors.Join(append(strict, err)...); err != nil {
		return answer{}, nil, n.errorf("%w", err)
	}
	bodies := 0
	for _, field := range members {
		if field.key == "body" {
			one.body = field.value.text()
			bodies++
		}
	}
	if one.Text != nil {
		bodies++
	}
	switch {
	case bodies != 1:
		return answer{}, nil, n.errorf("want one body or text, found %d", bodies)
	case one.Question.Version == "" || one.Question.Resource == "":
		return answer{}, nil, n.errorf("a question has a version and a resource")
	case one.StatusCode < 100 || one.StatusCode > 599 || one.Status == "":
		return answer{}, nil, n.errorf("an answer has a statusCode from 100 to 599, and a status")
	}
	return one, one.Question, nil
}
