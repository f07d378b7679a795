// Package typescript holds the test that a TypeScript client generated from the
// OpenAPI document compiles under strict, and logs in at the local cloud.
package typescript
