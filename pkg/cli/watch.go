package cli

import (
	"context"
	"reflect"
)

// Watch looks at something again and again until the context ends, whose error
// it returns then, and shows it whenever it is not what was shown last. Errors
// of the first look and of show end it. Where a later look fails, failed is
// told once, and watching goes on.
func Watch[T any](ctx context.Context, look func(context.Context) (T, error), show func(T) error, failed func(error)) error {
	seen, err := look(ctx)
	if err != nil {
		return err
	}
	failing := false
	for pause := steadyPause(); ; {
		if err := show(seen); err != nil {
			return err
		}
		for shown := seen; reflect.DeepEqual(shown, seen); {
			pause.wait(ctx)
			now, err := look(ctx)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err == nil:
				seen = now
			case !failing:
				failed(err)
			}
			failing = err != nil
		}
	}
}
