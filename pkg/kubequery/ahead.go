package kubequery

import "context"

// ahead sends requests before their answers are needed, one at a time.
type ahead struct {
	ctx     context.Context
	cancel  context.CancelFunc
	cluster Cluster
	// answers has the answer of the request that was sent, once it is there;
	// nil where none was.
	answers chan answered
}

type answered struct {
	response Response
	err      error
}

func newAhead(ctx context.Context, cluster Cluster) *ahead {
	ctx, cancel := context.WithCancel(ctx)
	return &ahead{ctx: ctx, cancel: cancel, cluster: cluster}
}

// ask sends a request, and does not wait.
func (a *ahead) ask(request Request) {
	answers := make(chan answered, 1)
	a.answers = answers
	go func() {
		response, err := a.cluster.Do(a.ctx, request)
		answers <- answered{response, err}
	}()
}

// answer waits for the answer of the request that was sent.
func (a *ahead) answer() (Response, error) {
	got := <-a.answers
	a.answers = nil
	return got.response, got.err
}

// stop ends what is on its way. Nothing of it is left then.
func (a *ahead) stop() {
	a.cancel()
	if a.answers == nil {
		return
	}
	if response, err := a.answer(); err == nil {
		_ = response.Body.Close()
	}
}
