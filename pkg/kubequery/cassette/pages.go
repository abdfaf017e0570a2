package cassette

import (
	"bytes"
	"slices"
)

// page is one response to a request for a list.
type page struct {
	response answer
	// head are the fields of the list beside its items, each with its key.
	head [][]byte
	// items are the objects.
	items [][]byte
	// next is the continue token, "" on the last page.
	next string
}

// newPage takes a list apart; tidy brings its objects into the form in which
// they are kept. It is nil if there are no items.
func newPage(response answer, list node, tidy func(node) []byte) *page {
	p := &page{response: response}
	found := false
	for _, field := range list.members() {
		switch field.key {
		case "items":
			found = field.value.is('[') || string(field.value.text()) == "null"
			for _, item := range field.value.elements() {
				p.items = append(p.items, tidy(item))
			}
			continue
		case "metadata":
			for _, each := range field.value.members() {
				if each.key == "continue" {
					p.next = each.value.string()
				}
			}
			metadata := without(field.value, "continue", "remainingItemCount")
			p.head = append(p.head, slices.Concat([]byte(`"metadata":`), metadata))
			continue
		}
		p.head = append(p.head, bytes.Clone(list.data[field.start:field.value.end]))
	}
	if !found {
		return nil
	}
	return p
}

// pages are the pages of one list, which may come in any order, and of lists
// that were begun and not ended.
type pages struct {
	first []*page
	// after are pages by the token that asked for them.
	after map[string]*page
}

func (p *pages) add(token string, next *page) {
	switch {
	case token == "":
		p.first = append(p.first, next)
	case p.after == nil:
		p.after = map[string]*page{token: next}
	default:
		p.after[token] = next
	}
}

// whole is the answer that a list which is there to its end is as one page. It
// is nil if there is none. As in what a policy sees, all that is not items is
// from the first page.
func (p *pages) whole() *answer {
	for _, first := range slices.Backward(p.first) {
		if chain := p.chain(first); chain != nil {
			items := [][]byte{}
			for _, each := range chain {
				items = append(items, each.items...)
			}
			whole := first.response
			whole.body = first.with(items)
			return &whole
		}
	}
	return nil
}

// chain are the pages of the list that a page begins, nil if one is missing.
func (p *pages) chain(last *page) []*page {
	chain := []*page{last}
	for last.next != "" {
		last = p.after[last.next]
		if last == nil || len(chain) > len(p.after) {
			return nil
		}
		chain = append(chain, last)
	}
	return chain
}

// with is the text of the list with other items.
func (p *page) with(items [][]byte) []byte {
	all := slices.Concat([]byte(`"items":[`), bytes.Join(items, []byte(",")), []byte("]"))
	return slices.Concat([]byte("{"), bytes.Join(append(slices.Clip(p.head), all), []byte(",")), []byte("}"))
}
