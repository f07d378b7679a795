// Package journey drives the local cloud as the app, the operator and an
// attacker do: one person's whole life in the app, from the first code to
// being forgotten, over HTTP and the control address. The scripts in testdata
// read like the session of somebody who does the same steps by hand.
package journey
