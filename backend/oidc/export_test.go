package oidc

import "context"

// RotateMeant is Rotate as asked for while meant was the next key.
func (k *Keys) RotateMeant(ctx context.Context, algorithm, meant string, atOnce bool) error {
	return k.rotate(ctx, algorithm, meant, atOnce)
}
