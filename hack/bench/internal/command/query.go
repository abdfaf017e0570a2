package command

import "context"

func (b bench) query(ctx context.Context, args []string) error { return nil }
