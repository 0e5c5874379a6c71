//go:build !bindings

package main

const bindingsBuild = false

func generateBindings() error { return nil }
