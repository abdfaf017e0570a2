// Package leastrbac finds the least rights that a policy needs to ask what it
// asks the Kubernetes API, and writes them as roles and bindings.
//
// What a policy asks is found in its code: every call of the client that its
// rules can reach, with the words that its arguments can be. Where a word is
// computed from input or data, the code alone cannot tell, and a recorded run
// says which it was then.
package leastrbac
