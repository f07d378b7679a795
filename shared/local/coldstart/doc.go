// Package coldstart measures what a function costs before it does anything:
// the size of its archive, and the time from the start of its process to its
// first poll of the Runtime API.
package coldstart
