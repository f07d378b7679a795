// Package chaos lives many lives at once in a local cloud whose AWS keeps
// failing (shared/local/faults), and asks that nobody notices more than a 503
// that is worth trying again: every life ends as it would have without faults,
// nothing is half-made, and nobody gets an SMS or a discount twice.
package chaos
