package manifest

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// plainTexts are read without the library.
var plainTexts = []string{
	"a: b\n", "a: :8080\n", "a: :- b\n", "a:\n- :80\n", "a: b", "a:\n", "a:", "  a: 1\n  b: 2\n", "a: 1\n\n# c\n  # d\nb: 2 # e\nc: # f\n",
	"a: {}\nb: []\nc: {} # x\nd: [\"*\", kube-*, 1, 0.5, yes]\ne: {f: \"*\", g: 'a*b'}\n",
	"a:\n  b:\n    c: d\n  e: f\ng: h\n", "a:\n- b\n- c: d\n  e:\n  - f\n  - g\n- - h\n  - i: j\nk:\n  - l\n  -   m: n\n      o: p\n",
	"a: x y  \nb: x#y\nc: x:y\nd: http://x:80/?a=b&c=*\ne: -x\nf: --x=1\ng: a, b\nh: a{b}[c]\ni: \\n\nj: <<\nk: =\nl: ---\nm: ...\n",
	"a: \"x: # 'y'\"\nb: 'x: \"y\" ''z'''\n\"c\": ''\n'd''e': \"\"\nf: \" x \"\n\"g h\": 1\n",
	"a: \"x\\n\\u00e9\\x41\"\nb: \"x\n  y\"\nc: 'x\n\n  y'\nd: x\n y\n\n  z\ne:\n  x\nf:\n- x\n y\n",
	"a: |\n  x\n    y\n\n  z \n\n\nb: |-\n  x\n\nc: |+\n  x\n\n\nd: | # c\n\n \n  x\n  \ty\n   \n  # y\n # z\ne: f\n",
	"a: \"x \\\"y\\\" \\\n  \\ z\\\\\\t\n  \n\n    u  \n  v \"\nb: 'it''s  \n\n  w'\nc:\n- \"\n  x\"\n- x\n  - y\n   # z\nd: x\n  # y\ne: 1\n  2\n",
	"a: \"x\\\n\n  y\"\n", "a: \"x\\  y\"\n", "a: yes\n\n  no\nb: 1.50\nc: -0.0\nd: 00.5\ne: 1.\nf: 123456789012345.5\ng: 0.1234567890123456\n",
	"a:\n- |\n  x\n- >-\n  x\n  y\n\n   z\n- >\n\n x\n", "a: |\n  ---\n  b: c\n", "a: |\n  x\n ",
	"a: true\nb: false\nc: null\nd: ~\ne: True\nf: OFF\ng: y\nh: Null\ni: yess\nj: offf\nk: nulls\nl: on\nm: t\n",
	"a: 0\nb: 1\nc: -1\nd: 9223372036854775807\ne: -9223372036854775808\nf: 999999999999999999\ng: -0\nh: 00\ni: 010\nj: 0o17\nk: 0x1F\nl: -0x1f\nm: 0b11\nnn: -0b11\no: 1_000\np: +1\nq: 08\nr: 1__0\n",
	"a: 0.5\nb: 1.0\nc: -1.50\nd: 1e3\ne: 1E-3\nf: .5\ng: -.5\nh: 1.\ni: 1e\nj: 1.2.3\nk: 1.5e+3\nl: 1.e2\nm: 1_.5\nnn: 1e400\n",
	"a: 2001-12-14\nb: 2001-12-14t21:59:43.10-05:00\nc: 2001-12-14 21:59:43\nd: 1:30\ne: 10.0.0.1\nf: 1Gi\ng: 100m\nh: 6f1b9c2a-7e3d\nhh: 6d4cf56db6\nhhh: 6e4\nhhhh: 0d4c\nhhhhh: 0xd4c\ni: 7e-3d\nj: 1e-3\nk: 1e_-3\nl: 12:30:45\nll: 1b\nlll: 0b12\nllll: 0_x1\nlllll: 1x\nm: 0x\nnn: 1e5d-3\n",
	"a: .\nb: ./x\nc: ..\nd: .x\ne: ~/x\nf: -x\ng: --1\nh: -a1\ni: +x\nj: -_1\nk: .i\nl: .n\n", ".: a\n./b: c\nf:x: 1\nk:{\"a\":1}: {}\na/b.c-d_e: f\n1.2.3: a\n10.0.0.1: b\n2a-b: c\n",
	"a: \u00e9\u4e16 \U0001f600\n\u00e9: \u00a0\n", "a: b\tc\n", "a: 'b\tc'\n",
	"apiVersion: v1\nitems:\n- kind: A\n  b: 1\n# c\n\n-  kind: List\n   items:\n   - kind: C\n   -   kind: D\n       spec:\n         list: [a, {deep: 1}]\nkind: List\nmetadata:\n- a\n",
	"kind: BList\napiVersion: v1\nitems:\n  - metadata:\n      name: a\n    spec:\n\n      list:\n      - a\n      - deep: 1\n  - kind: C\n", "items:\n- >\n  x\nkind: List\n", "items: []\nkind: List\n", "items:\nkind: List\n", "items:\n- kind: A\n",
	"metadata:\n- a\nitems:\n- - kind: A\n- kind: B\nkind: List\nother:\n- b\n", "kind: List\nitems: x\nother:\n- kind: A\n", strings.Repeat("a", 900) + ": 1\n",
}

// leftTexts are left to the library, whether it can read them or not.
var leftTexts = []string{
	"", "# a\n", "a\n", "- a\n", "{a: b}\n", "---\na: b\n", "a: b\n...\n", "%YAML 1.1\n---\na: b\n", "a: &b c\n", "a: *b\n", "a: !!str 1\n", "? a\n: b\n", "<<: {a: b}\n", "a: b\na: c\n",
	"a: {b: *c}\n", "a: [&b c]\n", "a: {!!str b: c}\n", "a: [b,\n  c]\n", "a: {b: c\n", "1: a\n", "yes: a\n", "null: a\n", "0.5: a\n", "1e3: a\n", "~: a\n", "\"a\\n\": b\n", "a : b\n", "-a: b\n",
	"a: b: c\n", "... a: b\n", "a: \"\\/\"\n", "a: \"b\nc\"\n", "a: \"b\\\nc\"\n", "a: b\n  c:\n", "a:\n" + strings.Repeat("- 0x1\n", 40), "a: \"b\n  \tc\n", "a: 'b\n  c': d\n", "a: b:\n", "a: \"b\" c\n", "a: \"b\"c: d\n", "a: 'b\n", "a: %b\n", "a: @b\n", "a: `b`\n", "a: - b\n", "a: b\n  c: d\n", "a: b # c\n  d\n", "a:\n    b: 1\n  c: 2\n", "a:\n  b: 1\n - c\n",
	"  a: b\nc: d\n", "a:\n- b\nc\n", "a:\n  - b\n  c: d\n", "a:\n- b\n-\n", "a:\n-\n  b: c\n", "\ta: b\n", "a:\tb\n", "a:\n\t- b\n", "a: b\r\n", "a: \u0085\n", "a: \u2028\n", "a: \x01\n", "a: \xff\n", "\ufeffa: b\n",
	"a: |2\n   b\n", "a: >2\n   b\n", "a: |\n", "a: |\nb: c\n", "a: |\n    \n  b\n", "a: |\n  b", "a: |\n  b\n c: d\n", "a: |b\n", "a: |\n\tb\n", "a: |\n  b\n\tc\n", "a: .inf\n", "a: -.INF\n", "a: .NaN\n",
	"a: 92233720368547758080\n", strings.Repeat("a", 1100) + ": 1\n", "a: {b: " + strings.Repeat("x", 5000) + "}\n", "a:\n" + strings.Repeat("- ", deepest+10) + "b\n", "a:#b\n", "a: {b: 1, b: 2}\n",
	"a:\n  \"b\" : c\n", "a: &b [x]\nc: *b\n",
}

// TestPlainYAML wants what is common to be read without the library, as the
// library reads it, and what is rare, or wrong, to be left to it.
func TestPlainYAML(t *testing.T) {
	for _, text := range plainTexts {
		if !compare(t, text) {
			t.Errorf("%q is left to the library", text)
		}
	}
	for _, text := range leftTexts {
		if compare(t, text) {
			t.Errorf("%q is not left to the library", text)
		}
	}
}

// TestPlainWords wants words that are like numbers, dates and truth values to
// mean what they mean to the library.
func TestPlainWords(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	read := 0
	for _, letters := range []string{"0123456789", "01_-+.eE", "0123456789abcdefxXoO_-+.:", "yYnNeEsSoOfFtTrRuUlLaA~", "-+.inINfFaA0", "0123-:TtZ. "} {
		for range 5_000 {
			word := make([]byte, 1+random.IntN(9))
			for i := range word {
				word[i] = letters[random.IntN(len(letters))]
			}
			if compare(t, "k: "+string(word)+"\n") {
				read++
			}
			compare(t, string(word)+": v\n")
		}
	}
	if read < 20_000 {
		t.Errorf("%d words are read", read)
	}
}
