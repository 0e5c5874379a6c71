// Package probes attacks a running provider in the ways of testdata/probes.json, each row a subtest by its ID: TestProbes/CO-01. What a row expects stands in the row; where it is wrong, or another rule goes before it, the probe says so beside itself.
//
// testdata/mutants.json seeds a bug for each: `make mutants` shows that the probe sees it.
package probes
