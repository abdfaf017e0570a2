package encode_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-opa/kubectl-opa/pkg/encode"
)

func TestJUnit(t *testing.T) {
	suites := []encode.Suite{
		{Name: "a_test.rego", Cases: []encode.Case{
			{Class: "data.a", Name: "test_passes", File: "a_test.rego", Line: 3, Duration: 1500 * time.Millisecond, Printed: "a_test.rego:4:2: <hello>\n"},
			{Class: "data.a", Name: "test_fails", File: "a_test.rego", Line: 7, Outcome: encode.Failed, Message: `x == "y" & more`, Details: "one\ntwo"},
			{Class: "data.a", Name: "test_breaks", File: "a_test.rego", Line: 9, Outcome: encode.Errored, Message: "no \x00 server\n", Duration: time.Millisecond},
			{Class: "data.a", Name: "todo_test_later", Outcome: encode.Skipped},
		}},
		{Name: "empty"},
	}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" errors="1" skipped="1" time="1.501">
  <testsuite name="a_test.rego" tests="4" failures="1" errors="1" skipped="1" time="1.501">
    <testcase classname="data.a" name="test_passes" file="a_test.rego" line="3" time="1.500">
      <system-out>a_test.rego:4:2: &lt;hello&gt;&#xA;</system-out>
    </testcase>
    <testcase classname="data.a" name="test_fails" file="a_test.rego" line="7" time="0.000">
      <failure message="x == &#34;y&#34; &amp; more">one&#xA;two</failure>
    </testcase>
    <testcase classname="data.a" name="test_breaks" file="a_test.rego" line="9" time="0.001">
      <error message="no � server"></error>
    </testcase>
    <testcase classname="data.a" name="todo_test_later" time="0.000">
      <skipped></skipped>
    </testcase>
  </testsuite>
  <testsuite name="empty" tests="0" failures="0" errors="0" skipped="0" time="0.000"></testsuite>
</testsuites>
`
	var out bytes.Buffer
	if err := encode.JUnit(&out, suites); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	decoder := xml.NewDecoder(&out)
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestJUnitOfNothing(t *testing.T) {
	var out bytes.Buffer
	if err := encode.JUnit(&out, nil); err != nil {
		t.Fatal(err)
	}
	want := xml.Header + `<testsuites tests="0" failures="0" errors="0" skipped="0" time="0.000"></testsuites>` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
